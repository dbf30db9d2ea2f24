"""Prepared statements by libpq's own call: a cursor of psycopg takes five times as long for the same, Django's wrapper
more. Values and rows are those that psycopg gives; errors are its own, and then Django's (psycopg's manual: "pq").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any
from uuid import UUID

from psycopg.adapt import Transformer
from psycopg.errors import (
    FeatureNotSupported,
    InvalidSqlStatementName,
    OperationalError,
    SerializationFailure,
    error_from_result,
)
from psycopg.pq import ExecStatus, TransactionStatus

MOST = 200  # statements of a connection; PostgreSQL holds the plan of each
DONE = {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}
# Of a statement that was good once: a migration has given a column another type; somebody has freed all statements.
STALE = (FeatureNotSupported, InvalidSqlStatementName)


class Unsendable(Exception):
    """A value that is better left to psycopg."""


def listed(values: list[Any]) -> bytes:
    """As PostgreSQL writes arrays: of ids, numbers, texts."""
    return encoded(f"{{{','.join(map(item, values))}}}")


def item(value: Any) -> str:
    if type(value) in (UUID, int):
        return str(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    raise Unsendable


def encoded(value: str) -> bytes:
    if "\0" in value:  # where libpq would cut it off
        raise Unsendable
    return value.encode()


SENT: dict[type, Callable[[Any], bytes | None]] = {
    type(None): lambda value: None,
    bool: lambda value: b"t" if value else b"f",
    bytes: lambda value: b"\\x" + value.hex().encode(),
    int: lambda value: str(value).encode(),
    list: listed,
    str: encoded,
    UUID: lambda value: str(value).encode(),
}


class Prepared:
    """The statements that a connection has prepared here, by their texts. PostgreSQL tells the types of their values
    from where these stand."""

    def __init__(self, connection: Any) -> None:
        self.connection, self.pgconn = connection, connection.pgconn
        self.names: dict[str, bytes] = {}
        self.numbers = count(1)
        self.transformer = Transformer(connection)

    def begin(self) -> None:
        """Begins a transaction where there is to be one, as psycopg does with the first statement of its own."""
        if not self.connection.autocommit and self.pgconn.transaction_status == TransactionStatus.IDLE:
            self.checked(self.pgconn.exec_(b"BEGIN"))

    def rows(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """What the statement gives; the list is empty where it gives nothing. What has gone stale is prepared anew.
        Errors: psycopg's, `SerializationFailure` where a transaction has to begin anew for that; `Unsendable`, before
        anything was sent."""
        try:
            sent = [SENT[type(value)](value) for value in values]
        except KeyError:
            raise Unsendable from None
        self.begin()
        known = sql in self.names
        name = self.names.get(sql) or self.prepare(sql)
        try:
            result = self.checked(self.pgconn.exec_prepared(name, sent))
        except STALE as exc:
            del self.names[sql]
            if not known:
                raise
            if self.pgconn.transaction_status != TransactionStatus.IDLE:
                raise SerializationFailure(str(exc)) from exc
            return self.rows(sql, values)
        self.transformer.set_pgresult(result)
        found: list[tuple[Any, ...]] = self.transformer.load_rows(0, result.ntuples, tuple)
        return found

    def prepare(self, sql: str) -> bytes:
        if len(self.names) >= MOST:
            oldest = next(iter(self.names))
            self.checked(self.pgconn.exec_(b"DEALLOCATE " + self.names.pop(oldest)))
        name = f"onrecord_{next(self.numbers)}".encode()
        self.checked(self.pgconn.prepare(name, sql.encode()))
        self.names[sql] = name
        return name

    def checked(self, result: Any) -> Any:
        if result.status in DONE:
            return result
        error = error_from_result(result)
        # Where the server is gone, nobody has given the error a state; of psycopg's own classes it is this one.
        raise error if error.sqlstate else OperationalError(str(error))
