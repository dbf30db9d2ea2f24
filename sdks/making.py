"""Makes the SDKs, each from the OpenAPI document and what is in its folder; again only where those have changed."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from backend import postgres, postgres_host, tasks
from sdks import python_package, typescript_package

HERE = Path(__file__).resolve().parent
MADE = {"generated", "dist", "node_modules", "build", "__pycache__"}

MAKERS: dict[str, Callable[[], None]] = {"python": python_package.make, "typescript": typescript_package.make}
RESULTS = {"python": python_package.GENERATED, "typescript": typescript_package.DIST}


def make(language: str) -> Path:
    MAKERS[language]()
    return RESULTS[language]


def make_if_changed(language: str) -> None:
    """What the tests call, several at once: the first makes it, the others wait."""
    made = postgres.data_dir() / "sdks" / language
    made.parent.mkdir(parents=True, exist_ok=True)
    with postgres_host.locked(made.with_suffix(".lock")):
        source = fingerprint(language)
        if not made.exists() or made.read_text() != source or not RESULTS[language].exists():
            make(language)
            made.write_text(source)


def fingerprint(language: str) -> str:
    found = hashlib.sha256()
    for path in sorted([tasks.OPENAPI, *sources(language)]):
        found.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return found.hexdigest()


def sources(language: str) -> Iterator[Path]:
    """What it is made of."""
    yield from HERE.glob("*.py")
    for path in (HERE / language).rglob("*"):
        if path.is_file() and not MADE & set(path.parts):
            yield path


def node() -> bool:
    """Whether there is what the TypeScript SDK is made with: Node from version 20 on."""
    if not (shutil.which("node") and shutil.which("npm")):
        return False
    version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
    return int(version.removeprefix("v").split(".")[0]) >= 20
