"""Rows of a model by the values of some columns: what `objects.filter(…)` finds, without building and compiling it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db.models import Model

from backend.statements import Param, Statement


def fetch(model: type[Model], **values: Any) -> list[Any]:
    """The rows of which each lookup has its value (`pk__one_of=[…]`), by their ids. For models whose columns psycopg
    reads as Django does: JSON is none of these."""
    columns = columns_of(model)
    found = statement(model, tuple(values)).run(values)
    return [model.from_db("default", columns, row) for row in found]


@lru_cache(maxsize=500)
def statement(model: type[Model], lookups: tuple[str, ...]) -> Statement:
    rows = model._default_manager.filter(**{lookup: Param(lookup) for lookup in lookups})
    return Statement.of(rows.order_by("pk").values_list(*columns_of(model)))


@lru_cache(maxsize=100)
def columns_of(model: type[Model]) -> tuple[str, ...]:
    return tuple(field.attname for field in model._meta.concrete_fields)
