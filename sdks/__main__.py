"""`python3 run.py sdk [python|typescript]`."""

from __future__ import annotations

import argparse

from sdks import making

parser = argparse.ArgumentParser(prog="run.py sdk", description=making.__doc__)
parser.add_argument("languages", nargs="*", choices=[*making.MAKERS, []], metavar="python|typescript")  # []: none named
for language in parser.parse_args().languages or making.MAKERS:
    print(f"{language}: {making.make(language)}", flush=True)
