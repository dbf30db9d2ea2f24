"""Small SQL expressions that Django lacks."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery
from django.db.models import (
    Expression,
    F,
    Func,
    IntegerField,
    JSONField,
    QuerySet,
    Subquery,
    TextField,
    Transform,
    Value,
)
from django.db.models.expressions import Combinable


class JSON(Func):
    """json_build_object: a record whose keys keep their order. At most 50 fields (PostgreSQL's limit of arguments)."""

    function = "json_build_object"
    output_field = JSONField()

    def __init__(self, fields: dict[str, Any]) -> None:
        arguments: list[Any] = []
        for name, value in fields.items():
            arguments += [Value(name, output_field=TextField()), F(value) if isinstance(value, str) else value]
        super().__init__(*arguments)


class JSONList(Subquery):
    """A subquery's one column as a JSON list; the empty list where it has no rows."""

    template = "array_to_json(ARRAY(%(subquery)s))"
    output_field = JSONField()

    def __init__(self, queryset: QuerySet[Any], field: str | Combinable | Expression) -> None:
        column = F(field) if isinstance(field, str) else field
        super().__init__(queryset.annotate(_item=column).values_list("_item"))


@ArrayField.register_lookup
class Cardinality(Transform):
    """`column__cardinality__gt=0`: how many items a list has. The planner knows nothing of it."""

    lookup_name = function = "cardinality"
    output_field = IntegerField()


def beginning(words: str) -> SearchQuery:
    """What has, for each of the words, one that begins with it: for somebody who is still typing."""
    lexemes = [word.replace("'", "''") for word in words.replace("\\", "").split()]
    return SearchQuery(Value(" & ".join(f"'{word}':*" for word in lexemes)), config="simple", search_type="raw")
