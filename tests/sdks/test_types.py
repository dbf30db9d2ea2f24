"""Both SDKs and what is written with them pass the strictest type checks; what is wrong in a user's code is seen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sdks import making
from tests.sdks.ground import PROGRAMS, readme_example

EXAMPLES = Path(making.__file__).with_name("examples")

WRONG = """\
from uuid import UUID

from onrecord_client import Client
from onrecord_client.models import QuoteRequest, SpanRequest

client = Client()
client.list_quotes(projekt="x")
client.create_quote(QuoteRequest(article=UUID(int=1), content=SpanRequest(exact=1)))
client.create_quote(QuoteRequest(article=UUID(int=1), content=SpanRequest(), type_="shouted"))
quote = client.get_quote("x")
quote.content.exact + 1
quote.cue.exact
"""


def mypy(sdk: Path, *files: Path) -> str:
    line = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", "--cache-dir", "build/mypy"]
    line += ["onrecord_client", *map(str, files)]
    done = subprocess.run(line, cwd=sdk, env=os.environ | {"MYPYPATH": str(sdk)}, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_python(python_sdk: Path, tmp_path: Path) -> None:
    readme = tmp_path / "readme.py"
    readme.write_text(readme_example(python_sdk, "python"))
    said = mypy(python_sdk, readme, PROGRAMS / "scenarios.py", *EXAMPLES.glob("*.py"))
    assert said.startswith("Success: no issues found"), said
    wrong = tmp_path / "wrong.py"
    wrong.write_text(WRONG)
    found = [line for line in mypy(python_sdk, wrong).splitlines() if "error:" in line]
    assert [line.split(":")[1] for line in found] == ["7", "8", "9", "11", "12"], found


def test_typescript(compiled: Path) -> None:
    """The programs were checked as they were compiled; `wrong` expects its errors, and would fail without them."""
    assert {"scenarios.js", "readme.js", "wrong.js"} <= {path.name for path in compiled.iterdir()}
