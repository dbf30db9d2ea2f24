"""Django's PostgreSQL backend, which sees that a kept connection lives in place of asking, and prepares statements."""

from __future__ import annotations

from collections.abc import Sequence
from select import POLLIN, poll
from typing import Any

from django.db.backends.postgresql import base, operations
from psycopg._preparing import Prepare, PrepareManager

from backend.database.prepared import Prepared, Unsendable


class Counted(PrepareManager):
    """Prepares the statements for which that is asked, and no others. psycopg counts how often it has seen each by its
    whole text, the values of Django's among it, and would hold the last two hundred of a connection: uploads and long
    articles among them, and prepare what is meant to be planned for its values. `ours` are prepared past it."""

    def __init__(self, ours: Prepared) -> None:
        super().__init__()
        self.ours = ours

    def validate(self, key: Any, prep: Prepare, name: bytes, results: Any) -> None:
        super().validate(key, prep, name, results)
        if prep is Prepare.NO:
            self._counts.pop(key, None)

    def clear(self) -> bool:
        """Of psycopg's own statements, after a rollback. All go at once: ours too."""
        cleared = super().clear()
        if cleared:
            self.ours.names.clear()
        return cleared


class DatabaseOperations(operations.DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """Of a statement that was prepared, psycopg does not tell: then it is the text that was asked for."""
        told = cursor._query and cursor._query.query is not None
        return str(super().last_executed_query(cursor, sql, params)) if told else sql


class DatabaseWrapper(base.DatabaseWrapper):
    """Between requests nothing comes from the server but the end of the connection. Only then is it asked."""

    ops_class = DatabaseOperations

    def get_new_connection(self, conn_params: Any) -> Any:
        """Statements are prepared where that is asked for (`backend.statements`); so many are kept at once."""
        connection = super().get_new_connection(conn_params)
        self.prepared = Prepared(connection)
        connection._prepared = Counted(self.prepared)
        connection.prepare_threshold, connection.prepared_max = 5, 200
        return connection

    def run_prepared(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows that a statement gives, which is prepared once; its places are `$1` and so on. Error: `Unsendable`
        where a cursor has to run it: for a value of a rare type, or to be logged."""
        if self.queries_logged or self.execute_wrappers:
            raise Unsendable
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            return self.prepared.rows(sql, values)

    def is_usable(self) -> bool:
        idle = self.connection is not None and not self.errors_occurred and not self.connection.closed
        return (idle and not has_news(self.connection)) or bool(super().is_usable())


def has_news(connection: Any) -> bool:
    """Whether there is something to read: a notice, or that the server has hung up."""
    waiting = poll()
    waiting.register(connection.fileno(), POLLIN)
    return bool(waiting.poll(0))
