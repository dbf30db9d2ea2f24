"""The Python package's generated half, by openapi-python-client with our templates."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from sdks import reading

HERE = Path(__file__).resolve().parent / "python"
GENERATED = HERE / "onrecord_client" / "generated"
EMPTY = ("client.py", "errors.py")  # our layer has its own


def make() -> None:
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "openapi.yaml"
        source.write_text(yaml.dump(reading.for_python(reading.document()), Dumper=yaml.CSafeDumper, sort_keys=False))
        run(source)
    for name in EMPTY:
        (GENERATED / name).unlink()


def run(source: Path) -> None:
    line = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(source), "--meta", "none"]
    line += ["--config", str(HERE / "generator.yaml"), "--custom-template-path", str(HERE / "templates")]
    line += ["--output-path", str(GENERATED), "--overwrite", "--fail-on-warning"]
    # The generator calls ruff by name.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(line, env=os.environ | {"PATH": path}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"openapi-python-client could not make the Python SDK:\n{done.stdout}{done.stderr}")
