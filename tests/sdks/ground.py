"""What the tests of the SDKs stand on: a live server, a copy of the tests' database for it, and programs to run."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from django.db import connection, connections

from sdks import making

PROGRAMS = Path(__file__).with_name("programs")
LANGUAGES = ("python", "typescript")
Run = Callable[..., Any]


def need_node() -> None:
    if not making.node():
        if os.environ.get("CI") == "true":
            pytest.fail("There is no Node 20 here, and in continuous integration there has to be one.")
        pytest.skip("there is no Node 20 here: apt install nodejs npm")


def readme_example(sdk: Path, language: str) -> str:
    """The first program in an SDK's README."""
    found = re.search(rf"```{language}\n(.*?)```", (sdk / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[1]


@dataclass
class Live:
    """A server of ours, with the demo project in it. `friend` is the one origin whose pages may ask it."""

    url: str
    token: str
    friend: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Past the SDKs: what is there."""
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        answer = httpx.request(method, f"{self.url}/api/v1/{path}", json=body, headers=sent, timeout=60)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


@contextmanager
def copied_database() -> Iterator[str]:
    """A copy of the tests' own database, whose tables are there already; gives its address."""
    base = connection.settings_dict
    source, name = base["NAME"], f"{base['NAME']}_live"
    connections.close_all()  # a database that somebody uses is not copied
    outside(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    password = f":{quote(base['PASSWORD'], safe='')}" if base["PASSWORD"] else ""
    try:
        yield f"postgres://{base['USER']}{password}@{quote(base['HOST'], safe='')}:{base['PORT'] or 5432}/{name}"
    finally:
        outside(f'DROP DATABASE "{name}" WITH (FORCE)')


def outside(statement: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)


def output(line: list[str], live: Live, url: str | None, **more: str) -> Any:
    environment = os.environ | more | {"ONRECORD_URL": url or live.url, "ONRECORD_TOKEN": live.token}
    done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)
