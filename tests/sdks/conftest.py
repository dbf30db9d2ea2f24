"""The SDKs, made once; one live server with a database of its own; and what runs a program against it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend import serving, tasks
from sdks import making, python_package, typescript_package
from tests.browser.conftest import chromium as chromium
from tests.sdks.ground import LANGUAGES, PROGRAMS, Live, Run, copied_database, need_node, output, readme_example


@pytest.fixture(scope="session")
def python_sdk() -> Path:
    """The folder to import `onrecord_client` from."""
    making.make_if_changed("python")
    return python_package.HERE


@pytest.fixture(scope="session")
def typescript_sdk() -> Path:
    """The package `@onrecord/client`, built."""
    need_node()
    making.make_if_changed("typescript")
    return typescript_package.HERE


@pytest.fixture(scope="session")
def live(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with django_db_blocker.unblock(), copied_database() as address:
        data = tmp_path_factory.mktemp("live")
        limits = {f"ONRECORD_THROTTLE_{kind}": "" for kind in ("READ", "WRITE", "BULK", "ANONYMOUS")}
        environment = os.environ | limits | {"DATABASE_URL": address, "ONRECORD_DATA": str(data)}
        port, friend = free_port(), f"http://127.0.0.1:{free_port()}"
        environment["ONRECORD_CORS_ORIGINS"] = friend
        line = [sys.executable, "manage.py", "prepare", "--json"]
        prepared = subprocess.run(line, cwd=tasks.CHECKOUT, env=environment, stdout=subprocess.PIPE, check=True)
        demo = json.loads(prepared.stdout.splitlines()[-1])
        server = subprocess.Popen(serving.web_server("127.0.0.1", port), cwd=tasks.CHECKOUT, env=environment)
        worker = subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=tasks.CHECKOUT, env=environment)
        try:
            assert serving.answers(server, "127.0.0.1", port)
            yield Live(f"http://127.0.0.1:{port}", demo["token"], friend)
        finally:
            for process in (server, worker):
                process.terminate()
                process.wait(timeout=30)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def python_program(python_sdk: Path, live: Live) -> Run:
    """Runs a Python program against the live server, and gives what it printed, parsed as JSON."""

    def run(program: Path, *arguments: str, url: str | None = None) -> Any:
        return output([sys.executable, str(program), *arguments], live, url, PYTHONPATH=str(python_sdk))

    return run


@pytest.fixture(scope="session")
def compiled(typescript_sdk: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The TypeScript programs, checked strictly and compiled, as in a project that has installed the package."""
    home = tmp_path_factory.mktemp("typescript")
    (home / "package.json").write_text('{"type": "module"}')
    for package, target in {"@onrecord/client": ".", "@types/node": "node_modules/@types/node"}.items():
        (home / "node_modules" / package).parent.mkdir(parents=True, exist_ok=True)
        (home / "node_modules" / package).symlink_to(typescript_sdk / target)
    for source in PROGRAMS.glob("*.ts"):
        shutil.copy(source, home)
    (home / "readme.ts").write_text(readme_example(typescript_sdk, "typescript"))
    strict = ["--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--skipLibCheck", "false"]
    strict += ["--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom,dom.iterable,dom.asynciterable"]
    tsc = typescript_sdk / "node_modules" / ".bin" / "tsc"
    done = subprocess.run([tsc, *strict, *map(str, home.glob("*.ts"))], cwd=home, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    return home


@pytest.fixture(scope="session")
def typescript_program(compiled: Path, live: Live) -> Run:
    def run(program: Path, *arguments: str, url: str | None = None) -> Any:
        return output(["node", str(compiled / program.with_suffix(".js").name), *arguments], live, url)

    return run


@pytest.fixture(params=LANGUAGES)
def scenario(request: pytest.FixtureRequest) -> Run:
    """Runs one scenario of programs/scenarios in each language."""
    language = request.param
    run = request.getfixturevalue(f"{language}_program")
    program = PROGRAMS / {"python": "scenarios.py", "typescript": "scenarios.ts"}[language]

    def play(name: str, *, url: str | None = None, **given: Any) -> Any:
        return run(program, name, json.dumps(given), url=url)

    return play
