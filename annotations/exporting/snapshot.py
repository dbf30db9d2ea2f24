"""One moment of the database, read through a connection of its own.

A download lasts as long as its reader takes. So it has a connection that no request shares, reads one snapshot
(REPEATABLE READ, read-only: it holds no lock that a writer would meet, and has no transaction id that the change feed
would wait for), and is ended by the server where the reader takes nothing for too long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


class Snapshot:
    """Statements that all see the same moment."""

    def __init__(self, link: psycopg.Connection[Any]) -> None:
        self.link = link

    def fetch(self, sql: str, params: Any = ()) -> list[Any]:
        with self.link.cursor() as cursor:
            return cursor.execute(sql, params).fetchall()

    def rows(self, rows: QuerySet[Any]) -> list[Any]:
        """What a `values_list` of a QuerySet gives."""
        try:
            sql, params = rows.query.sql_with_params()
        except EmptyResultSet:  # Django saw that nothing can be found
            return []
        return self.fetch(sql, params)


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """Errors: django.db.OperationalError where the database cannot be reached."""
    wrapper = connection.copy()
    options: Mapping[str, str] = {
        "statement_timeout": settings.EXPORT_STATEMENT_TIMEOUT,
        "idle_in_transaction_session_timeout": settings.EXPORT_IDLE_TIMEOUT,
    }
    given = wrapper.settings_dict["OPTIONS"]
    given["options"] = " ".join([given.get("options", ""), *(f"-c {name}={value}" for name, value in options.items())])
    wrapper.inc_thread_sharing()  # it is opened by a thread of the web server, which may end it in another
    wrapper.connect()
    link = wrapper.connection
    try:
        link.autocommit = False
        link.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        link.read_only = True
        yield Snapshot(link)
    finally:
        link.close()
