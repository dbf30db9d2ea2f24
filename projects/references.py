"""Ids in a request body: what is absent and what the caller may not see get the same answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from backend.errors import Fault, Problem


def no_such_object(pointer: str) -> Fault:
    return Fault("no-such-object", "There is no such object here, or you may not see it.", pointer)


def missing(rows: QuerySet[Any], wanted: Mapping[str, UUID]) -> list[Fault]:
    """The faults of those pointers whose id is not among the rows. One statement; none where nothing is asked."""
    if not wanted:
        return []
    found = set(rows.filter(pk__in=set(wanted.values())).values_list("pk", flat=True))
    return [no_such_object(pointer) for pointer, pk in wanted.items() if pk not in found]


def demand(rows: QuerySet[Any], wanted: Mapping[str, UUID | None]) -> None:
    """Raises 422 `no-such-object` for each id that is not among the rows; null asks for nothing."""
    refuse(missing(rows, {pointer: pk for pointer, pk in wanted.items() if pk is not None}))


def refuse(faults: Iterable[Fault], status: int = 422) -> None:
    faults = list(faults)
    if faults:
        raise Problem(status, faults)
