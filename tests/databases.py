"""A second database beside the tests' own, for what empties or replaces one; whether tables may be emptied; and what
happens in a server in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

PATIENCE = 60  # seconds; autovacuum lets go of a table a second after it is asked to, or later on a busy machine


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


# Who is in a transaction behind the end of a test is left over from it, and holds its tables until it is ended.
LEFT_OVER = """
SELECT pg_terminate_backend(pid, 5000), state, query FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'
"""


def flush_patiently() -> None:
    """What empties the tables behind a test ends what was left in a transaction, and waits longer for locks than a
    request would."""
    operations: Any = connection.ops
    hurried = operations.execute_sql_flush

    def patient(statements: list[str]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(LEFT_OVER)
            for _, state, query in cursor.fetchall():
                print(f"left over, {state}: {query[:300]}")
        execute(f"SET lock_timeout = '{PATIENCE}s'; SET statement_timeout = '{2 * PATIENCE}s'")
        hurried(statements)
        execute("RESET lock_timeout; RESET statement_timeout")

    operations.execute_sql_flush = patient


def wait_for(what: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)
    return found
