"""Query parameters: strict as fields are, but every value arrives as a string. What every list takes.

`Query` is the base of every operation's parameters: unknown and repeated ones are refused by name.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, ClassVar

from rest_framework import serializers

from backend.errors import Problem, flatten
from backend.fields import Choice, Flag, Int, Text


class QueryInt(Int):
    """An integer written in ASCII digits."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not re.fullmatch(r"-?[0-9]{1,18}", data):
            self.fail("invalid")
        return super().to_internal_value(int(data))


class QueryFlag(Flag):
    """`true` or `false`."""

    def to_internal_value(self, data: Any) -> bool:
        if data not in {"true", "false"}:
            self.fail("invalid", input=data)
        return bool(data == "true")


class Query(serializers.Serializer[Any]):
    """The declared query parameters of an operation. Others: 400 `unknown-parameter`; twice: `repeated-parameter`."""

    default_error_messages: ClassVar = {
        "unknown-parameter": "There is no parameter of this name here.",
        "repeated-parameter": "This parameter may stand once.",
        "nul-character": "U+0000 stands in no text here.",
    }

    def to_internal_value(self, data: Any) -> Any:
        errors = {}
        for name, values in data.lists():
            if code := self.refused(name, values):
                errors[name] = [serializers.ErrorDetail(str(self.error_messages[code]), code)]
        if errors:
            raise serializers.ValidationError(errors)
        return super().to_internal_value(data.dict())

    def refused(self, name: str, values: list[str]) -> str | None:
        if name not in self.fields:
            return "unknown-parameter"
        if len(values) > 1:
            return "repeated-parameter"
        return "nul-character" if "\0" in values[0] else None

    def is_valid(self, *, raise_exception: bool = False) -> bool:
        """Error: Problem 400, its pointers written `?name`, so that no parameter is taken for a field of the body."""
        valid = super().is_valid()
        if raise_exception and not valid:
            raise Problem(400, [replace(fault, pointer=f"?{fault.pointer[1:]}") for fault in flatten(self.errors)])
        return valid


def ordering(*names: str) -> Choice:
    """`ordering`: one of the names, or `-name` for the other way; the first is the default."""
    choices = [sign + name for name in names for sign in ("", "-")]
    return Choice(choices, default=names[0], help_text="`-` turns the order round; ties are broken by id.")


class ListQuery(Query):
    """What every list takes. `lookups` maps further parameters to the columns they must equal."""

    page_size = QueryInt(min_value=1, max_value=1000, default=100, help_text="Rows on a page.")
    cursor = Text(required=False, max_length=2000, help_text="Where to go on: from `next` or `previous`.")
    count = QueryFlag(default=False, help_text="Adds `count`, the number of all rows: it costs a query.")
    ordering = ordering("id")

    lookups: ClassVar[dict[str, str]] = {}
    order_keys: ClassVar[dict[str, tuple[str, ...]]] = {}

    def narrow(self, rows: Any) -> Any:
        """The rows that the parameters ask for."""
        found = {lookup: self.values[name] for name, lookup in self.lookups.items() if name in self.values}
        return rows.filter(**found) if found else rows

    @property
    def values(self) -> dict[str, Any]:
        return self.validated_data  # type: ignore[no-any-return]

    def keys(self) -> tuple[tuple[str, ...], bool]:
        """The sort columns, the last one unique, and whether they descend."""
        name = self.values["ordering"]
        column = name.removeprefix("-")
        keys = self.order_keys.get(column, (column,))
        return keys if keys[-1] == "id" else (*keys, "id"), name.startswith("-")
