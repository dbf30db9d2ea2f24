"""PostgreSQL's client programs (pg_dump, pg_restore, psql), run on the database that Django is set to."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import psycopg
from django.db import connection
from psycopg.conninfo import make_conninfo

from backend import postgres_host
from backend.postgres_host import PostgresError


@cache
def versions() -> dict[int, Path]:
    """Where the programs are, by their major version: on the PATH, and in the environment."""
    found = shutil.which("pg_restore")
    places = [Path(found).parent] if found else []
    with contextlib.suppress(PostgresError):
        places += postgres_host.programs().parent.parent.glob("pginstall*/bin")
    return {major(place): place for place in places}


def major(place: Path) -> int:
    told = subprocess.run([place / "pg_restore", "--version"], capture_output=True, text=True, check=True).stdout
    return int((re.search(r"\d+", told) or ["0"])[0])


def fitting(least: int = 0) -> int:
    """The version to use: the server's own, or the next; and not below `least`. Older ones do not read newer files."""
    least = max(least, server_version())
    if not (fit := [version for version in versions() if version >= least]):
        raise PostgresError(f"This needs the client programs of PostgreSQL {least} or later on the PATH.")
    return min(fit)


def server_version() -> int:
    with connection.temporary_connection():
        return int(connection.pg_version) // 10_000  # type: ignore[attr-defined]


def run(version: int, program: str, *arguments: str | Path) -> None:
    line = [str(versions()[version] / program), *map(str, arguments)]
    if program != "pg_restore":  # it only writes a script
        line.append(f"--dbname={conninfo()}")
    environment = {**os.environ, "LC_ALL": "C", "PGPASSWORD": connection.settings_dict.get("PASSWORD") or ""}
    done = subprocess.run(line, env=environment, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise PostgresError(f"{program} failed; nothing was changed.\n{done.stderr.strip()[-2000:]}")


def conninfo(*, password: bool = False) -> str:
    """Where the database is, in libpq's words; without the password, which other users could read in a command line."""
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()} - {"options", "client_encoding"}
    found = {name: value for name, value in connection.get_connection_params().items() if name in known}
    return make_conninfo(**{name: value for name, value in found.items() if password or name != "password"})
