"""A second database beside the tests' own, for what empties or replaces one; and whether tables may be emptied."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def another_database() -> Iterator[None]:
    """Inside, all speak to a new and empty database."""
    home = connection.settings_dict["NAME"]
    name = f"{home}_another"
    execute(f'CREATE DATABASE "{name}"')
    speak_to(name)
    try:
        yield
    finally:
        speak_to(home)
        execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def speak_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def may_truncate(yes: bool) -> None:
    """Turns off, or on again, the triggers that refuse TRUNCATE."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgtype & 32 <> 0")
        for table, trigger in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} {'DISABLE' if yes else 'ENABLE'} TRIGGER {trigger}")
