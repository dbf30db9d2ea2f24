"""Lists and single records as statements, compiled once for each model, pattern of callers and form of query."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from django.db.models import Model, QuerySet

from backend.cursors import PICKED, Slice
from backend.queries import Form, ListQuery
from backend.statements import Param, Statement

Shown = tuple[tuple[str, bool], ...]


class Listing:
    """Rows, and for whom their records are made: a caller, or a pattern of callers. Statements are made when first
    asked for; those of a pattern are `kept`."""

    def __init__(self, rows: QuerySet[Any], caller: Any, *, kept: bool = False, scattered: bool = False) -> None:
        self.rows, self.caller, self.kept, self.scattered = rows, caller, kept, scattered
        self.made: dict[Any, Statement] = {}

    def page(self, part: Slice, shown: Shown, limit: int) -> Statement:
        """A slice of the rows: their sort values, and their records. It runs with this limit."""
        most = min(size for size in PICKED if size >= limit) if self.scattered else None

        def make() -> Statement:
            rows = self.rows
            if most is not None:
                rows = rows.model._default_manager.filter(pk__in=part.picked(rows, most))
            found = Statement.of(part.of(self.records(rows, shown)), kept=self.kept)
            return replace(found, width=len(part.keys) + 1)

        return self.once((part, shown, most), make)

    def one(self, shown: Shown) -> Statement:
        """Version and record of the row `pk`."""
        return self.once(shown, lambda: Statement.of(self.record(shown), kept=self.kept))

    def count(self) -> Statement:
        return self.once("count", lambda: Statement.counting(self.rows, kept=self.kept))

    def once(self, name: Any, make: Callable[[], Statement]) -> Statement:
        found = self.made.get(name)
        if found is None:
            found = self.made[name] = make()
        return found

    def record(self, shown: Shown) -> QuerySet[Any]:
        rows: Any = self.rows
        return self.records(rows.filter(pk=Param("pk")), shown).values_list(rows.version(), "record")

    def records(self, rows: Any, shown: Shown) -> QuerySet[Any]:
        return rows.records(self.caller, **dict(shown))  # type: ignore[no-any-return]


@lru_cache(maxsize=2000)
def visible(model: type[Model], pattern: Any, query: type[ListQuery] | None = None, form: Form = ()) -> Listing:
    """What callers of a pattern see; of it, what a query of the form asks for."""
    rows = model._default_manager.visible_to(pattern)  # type: ignore[attr-defined]
    if query is None:
        return Listing(rows, pattern, kept=True)
    narrowed = query.of_form(form).narrow(rows, pattern)
    return Listing(narrowed, pattern, kept=query.is_even(form), scattered=query.is_scattered(form))


@lru_cache(maxsize=500)
def everything(model: type[Model], pattern: Any) -> Listing:
    """All rows, for a caller who has just written one of them."""
    return Listing(model._default_manager.all(), pattern, kept=True)
