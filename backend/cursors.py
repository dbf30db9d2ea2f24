"""Keyset pages: as fast at the end of a list as at its start, and no row twice or missed while rows come and go.

The cursor is signed and carries the ordering, a hash of the filters and the sort values of the row it points at;
anything else is 400 `bad-cursor`. Every ordering ends in the unique id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.db.models import Q, QuerySet
from rest_framework.request import Request

from backend.errors import Fault, Problem

SALT = "onrecord.cursor"


@dataclass(frozen=True)
class Page:
    """One page of records and the cursors around it."""

    records: list[Any]
    next: str | None
    previous: str | None
    count: int | None = None


def paginate(
    rows: QuerySet[Any], *, keys: Sequence[str], descending: bool, size: int, cursor: str | None, scope: str
) -> tuple[list[tuple[Any, ...]], str | None, str | None]:
    """The page's rows as tuples (*keys, record), and the cursors after and before it.

    `rows` is annotated with `record`; `keys` name non-null columns, the last one unique. One statement.
    """
    backwards, position = (False, None) if cursor is None else read_cursor(cursor, scope, keys)
    reverse = descending != backwards
    if position is not None:
        rows = rows.filter(beyond(keys, position, below=reverse))
    order = [f"-{key}" if reverse else key for key in keys]
    found = list(rows.order_by(*order).values_list(*keys, "record")[: size + 1])
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    has_next, has_previous = (position is not None, more) if backwards else (more, position is not None)

    def edge(row: tuple[Any, ...], *, back: bool) -> str:
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
    return signing.dumps([scope, int(back), [_plain(value) for value in values]], salt=SALT, compress=False)


def read_cursor(cursor: str, scope: str, keys: Sequence[str]) -> tuple[bool, list[Any]]:
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
