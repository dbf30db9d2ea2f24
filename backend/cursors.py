"""Keyset pages: as fast at the end of a list as at its start, and no row twice or missed while rows come and go.

The cursor is signed and carries the ordering, a hash of the filters and the sort values of the row it points at;
anything else is 400 `bad-cursor`. Every ordering ends in the unique id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.db.models import F, Func, Q, QuerySet
from rest_framework.request import Request

from backend.errors import Fault, Problem
from backend.statements import Param, Row

SALT = "onrecord.cursor"
LONGEST = 1000  # rows of a page
PICKED = (101, LONGEST + 1)  # how many rows may be picked before anything is joined: of the usual page, of any page


class Unindexed(Func):
    """The same value, as an expression that no index holds."""

    template = "GREATEST(%(expressions)s, %(expressions)s)"


@dataclass(frozen=True)
class Slice:
    """Which rows of a list a page takes: those from one end, or `beyond` a row, and in which order."""

    keys: tuple[str, ...]
    reverse: bool
    beyond: bool

    def names(self) -> list[str]:
        """The parameters that stand for the row's sort values."""
        return [f"beyond_{key}" for key in self.keys]

    def of(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The slice of the rows, as tuples (*keys, record). The row that it lies beyond is given as parameters.

        `rows` is annotated with `record`; `keys` name non-null columns, the last one unique.
        """
        return self.onwards(rows).order_by(*self.order(F)).values_list(*self.keys, "record")

    def picked(self, rows: QuerySet[Any], most: int) -> QuerySet[Any]:
        """The ids of so many rows that an index finds in no order: found and sorted before anything is joined to them.
        Else they would be looked for along an index that has the order, past all rows that do not match, which the
        planner thinks cheap (docs/performance.md).
        """
        return self.onwards(rows).order_by(*self.order(Unindexed)).values("pk")[:most]

    def onwards(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if not self.beyond:
            return rows
        return rows.filter(beyond(self.keys, [Param(name) for name in self.names()], below=self.reverse))

    def order(self, expression: Callable[[str], Any]) -> list[Any]:
        columns = map(expression, self.keys)
        return [column.desc() if self.reverse else column.asc() for column in columns]


def paginate(
    run: Callable[[Slice, dict[str, Any], int], list[Row]],
    *,
    keys: tuple[str, ...],
    descending: bool,
    size: int,
    cursor: str | None,
    scope: str,
) -> tuple[list[Row], str | None, str | None]:
    """The page's rows, and the cursors after and before it. `run` finds at most so many rows of a slice; those for
    whose records there is no room on the page have none."""
    backwards, position = (False, None) if cursor is None else read_cursor(cursor, scope, keys)
    part = Slice(keys, descending != backwards, position is not None)
    there = run(part, dict(zip(part.names(), position or (), strict=False)), size + 1)
    found = [row for row in there[:size] if row[-1] is not None]
    more = len(there) > len(found)
    if backwards:
        found.reverse()
    has_next, has_previous = (position is not None, more) if backwards else (more, position is not None)

    def edge(row: Row, *, back: bool) -> str:
        return write_cursor(scope, row[: len(keys)], back=back)

    next_cursor = edge(found[-1], back=False) if found and has_next else None
    previous_cursor = edge(found[0], back=True) if found and has_previous else None
    return found, next_cursor, previous_cursor


def beyond(keys: Sequence[str], position: Sequence[Any], *, below: bool) -> Q:
    """Row-wise comparison (k1, k2, …) > position; the leading bound alone lets an index be used."""
    compare = "lt" if below else "gt"
    condition = Q(**{f"{keys[-1]}__{compare}": position[-1]})
    for key, value in zip(reversed(keys[:-1]), reversed(position[:-1]), strict=True):
        condition = Q(**{f"{key}__{compare}": value}) | Q(**{key: value}) & condition
    if len(keys) > 1:
        condition = Q(**{f"{keys[0]}__{compare}e": position[0]}) & condition
    return condition


def write_cursor(scope: str, values: Sequence[Any], *, back: bool) -> str:
    """The cursor of the page beyond the row with these sort values; `back`: of the page before it."""
    return signing.dumps([scope, int(back), [_plain(value) for value in values]], salt=SALT, compress=False)


def read_cursor(cursor: str, scope: str, keys: Sequence[str]) -> tuple[bool, list[Any]]:
    """Whether the page lies before a row, and the row's sort values. Error: Problem 400 `bad-cursor`."""
    try:
        found_scope, back, values = signing.loads(cursor, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise bad_cursor() from None
    if found_scope != scope or len(values) != len(keys):
        raise bad_cursor()
    return bool(back), values


def bad_cursor() -> Problem:
    detail = "This cursor is not one that was given for this list, ordering and filters; start again without it."
    return Problem(400, Fault("bad-cursor", detail, "?cursor"))


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | str) else value.isoformat() if hasattr(value, "isoformat") else str(value)


def scope_of(request: Request, ordering: str, parameters: Mapping[str, Any]) -> str:
    """What a cursor holds for: the path, the ordering and the filters, as a short hash."""
    named = sorted((n, str(v)) for n, v in parameters.items() if n not in {"cursor", "page_size", "count"})
    return hashlib.sha256(repr((request.path, ordering, named)).encode()).hexdigest()[:16]


def page_url(request: Request, cursor: str | None) -> str | None:
    """The address of a neighbouring page: this request's with another cursor."""
    if cursor is None:
        return None
    query = {**request.query_params.dict(), "cursor": cursor}
    return request.build_absolute_uri(f"{request.path}?{urlencode(query)}")
