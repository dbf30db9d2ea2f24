"""Statements that are compiled once and then run with other values: what Django spends on building and compiling a
record's expressions is many times what PostgreSQL spends on the row.

A QuerySet is built with a `Param` wherever a value will stand, and compiled by `Statement.of`; whoever builds it caches
it by what its text depends on. All else that Django passes as a parameter stands in the text as a literal, since a
server asked to prepare a statement cannot tell the type of a bare constant. PostgreSQL keeps its plan by the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Expression, Field, ForeignObject, Lookup, Q, QuerySet
from psycopg import ClientCursor, RawCursor
from psycopg.sql import Literal

from backend.database.prepared import Unsendable

PLACE = re.compile("%[%s]")
ROOM = 32 * 2**20  # bytes of a page's records, of which a web worker holds several copies
Row = tuple[Any, ...]


class Param(Expression):
    """A value that is known when the statement runs. Among lists, `single` is one that has a single item: that item."""

    def __init__(self, name: str, single: bool = False) -> None:
        super().__init__()
        self.name, self.single = name, single

    def __repr__(self) -> str:
        return f"Param({self.name!r})"

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


@ForeignObject.register_lookup
@Field.register_lookup
class OneOf(Lookup):
    """`column__one_of=Param(…)`: the value is a list. (`IN` would make the text depend on its length.)"""

    lookup_name = "one_of"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        (left, before), (right, after) = self.process_lhs(compiler, connection), self.process_rhs(compiler, connection)
        return f"{left} = ANY ({right})", [*before, *after]


def among(column: str, values: Any) -> Q:
    """The rows whose column holds one of the values: a list, or an expression for one."""
    if isinstance(values, Param) and values.single:
        return Q(**{column: values})
    return Q(**{f"{column}__one_of" if isinstance(values, Expression) else f"{column}__in": values})


@dataclass(frozen=True)
class Statement:
    """The text of a statement, with `%s` where the named values go, in their order. Without text it finds no rows.

    `kept`: PostgreSQL keeps it with one plan for all values, as long as the connection lasts. Else it is planned each
    time, for its values. `width`: of a page of records, the number of columns; the last one is the record, null where
    those before it have filled ROOM.
    """

    sql: str
    names: tuple[str, ...] = ()
    kept: bool = False
    width: int = 0

    @classmethod
    def of(cls, rows: QuerySet[Any], *, kept: bool = True) -> Statement:
        """What selects the rows. The columns are those of `values_list`, as psycopg reads them."""
        try:
            return cls.bound(*rows.query.sql_with_params(), kept=kept)
        except EmptyResultSet:
            return cls("")

    @classmethod
    def joined(cls, sql: str, parts: Mapping[str, Any]) -> Statement:
        """A text with `{name}` where a QuerySet's statement, or a Param, goes. Each may stand in it more than once.
        Where one of them can find no rows, neither can the whole."""
        made = {
            name: cls("%s", (part.name,)) if isinstance(part, Param) else cls.of(part) for name, part in parts.items()
        }
        if not all(part.sql for part in made.values()):
            return cls("")
        names: list[str] = []

        def place(found: re.Match[str]) -> str:
            part = made[found.group(1)]
            names.extend(part.names)
            return part.sql

        return cls(re.sub(r"\{(\w+)\}", place, sql), tuple(names), kept=True)

    @classmethod
    def counting(cls, rows: QuerySet[Any], *, kept: bool = True) -> Statement:
        """How many rows there are, in one row and column."""
        found = cls.of(rows.order_by().values_list("pk"), kept=kept)
        return replace(found, sql=f"SELECT count(*) FROM ({found.sql or 'SELECT WHERE false'}) AS counted")

    @classmethod
    def bound(cls, sql: str, params: Iterable[Any], *, kept: bool = True) -> Statement:
        """A text and its parameters, of which those that are no Param become literals."""
        connection.ensure_connection()
        given = iter(params)
        names: list[str] = []

        def place(found: re.Match[str]) -> str:
            if found.group() == "%%":
                return "%%"
            value = next(given)
            if isinstance(value, Param):
                names.append(value.name)
                return "%s"
            return Literal(value).as_string(connection.connection).replace("%", "%%")

        return cls(PLACE.sub(place, sql), tuple(names), kept)

    def run(self, values: Mapping[str, Any], *, limit: int | None = None, proof: Any = None) -> list[Row]:
        """The rows that the statement gives for these values. `proof`: something that is to be proven along with it."""
        if proof is not None and not proof.proven:
            return self.proving(values, limit, proof)
        return self.rows(self.text(limit), [values[name] for name in self.names]) if self.sql else []

    def proving(self, values: Mapping[str, Any], limit: int | None, proof: Any) -> list[Row]:
        """The rows, and in the same statement, so of the same moment, whether the proof holds."""
        found: list[Row] = []
        if self.sql:
            params = [*proof.params, *(values[name] for name in self.names)]
            found = self.rows(self.text(limit, proof.sql), params)
        if found:
            proof.proven = found[0][0] is True
        else:
            proof.ask()
        return [row[1:] for row in found]

    def rows(self, sql: str, params: list[Any]) -> list[Row]:
        own = live()
        if self.kept:
            with suppress(Unsendable):
                return own.run_prepared(sql, params)  # type: ignore[no-any-return]
        with own._prepare_cursor((PreparedCursor if self.kept else ClientCursor)(own.connection)) as cursor:
            cursor.execute(sql, list(map(sendable, params)))
            # Not `description`, which psycopg makes anew of each column.
            return cursor.fetchall() if cursor.pgresult.nfields else []

    def text(self, limit: int | None = None, proof: str = "") -> str:
        """What the cursor is given."""
        return kept_text(self, limit, proof) if self.kept else self.composed(limit, proof)

    def composed(self, limit: int | None, proof: str) -> str:
        """The limit stands in the text: a planner that does not know it plans for many rows."""
        sql = self.sql if limit is None else f"{self.sql} LIMIT {limit:d}"
        sql = fitting(sql, self.width) if self.width else sql
        return f"SELECT ({proof}), found.* FROM ({sql}) AS found" if proof else sql


def fitting(sql: str, width: int) -> str:
    names = [f"c{number}" for number in range(1, width)]
    before = "sum(pg_column_size(record)) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    shown = ", ".join([*names, f"CASE WHEN {before} >= {ROOM} THEN NULL ELSE record END"])
    return f"SELECT {shown} FROM ({sql}) AS page ({', '.join([*names, 'record'])})"


@lru_cache(maxsize=2000)
def kept_text(statement: Statement, limit: int | None, proof: str) -> str:
    return numbered(statement.composed(limit, proof))


def numbered(sql: str) -> str:
    """With PostgreSQL's own places, `$1` and so on, in place of psycopg's: it would read a long text anew each time."""
    numbers = count(1)
    return PLACE.sub(lambda found: "%" if found.group() == "%%" else f"${next(numbers)}", sql)


def sendable(value: Any) -> Any:
    """A list of ids as PostgreSQL writes it: psycopg would look at each of them by itself."""
    if type(value) is list and value and type(value[0]) in (UUID, int):
        return f"{{{','.join(map(str, value))}}}"
    return value


class PreparedCursor(RawCursor[Any]):
    def execute(self, query: Any, params: Any = None, **kwargs: Any) -> Any:
        return super().execute(query, params, prepare=True, **kwargs)


def live() -> Any:
    """Django's own connection, which is there."""
    own: Any = connections[DEFAULT_DB_ALIAS]  # the thread's; `connection` would look it up at each step
    own.close_if_health_check_failed()
    own.ensure_connection()
    return own
