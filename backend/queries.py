"""Query parameters: strict as fields are, but every value arrives as a string. What every list takes.

`Query` is the base of every operation's parameters: unknown and repeated ones are refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar, Self

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.utils.serializer_helpers import BindingDict

from backend.cursors import LONGEST
from backend.errors import Problem, flatten
from backend.fields import Choice, Flag, Int, Text
from backend.statements import Param


class QueryInt(Int):
    """An integer written in ASCII digits."""

    default_error_messages: ClassVar = {"invalid": "This must be a whole number."}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not re.fullmatch(r"-?[0-9]{1,18}", data):
            self.fail("invalid")
        return super().to_internal_value(int(data))


class QueryFlag(Flag):
    """`true` or `false`."""

    default_error_messages: ClassVar = {"invalid": "This must be `true` or `false`."}

    def to_internal_value(self, data: Any) -> bool:
        if data not in {"true", "false"}:
            self.fail("invalid")
        return bool(data == "true")


class Query(serializers.Serializer[Any]):
    """The declared query parameters of an operation. Others: 400 `unknown-parameter`; twice: `repeated-parameter`."""

    default_error_messages: ClassVar = {
        "unknown-parameter": "There is no parameter of this name here.",
        "repeated-parameter": "This parameter may stand once.",
        "nul-character": "U+0000 stands in no text here.",
    }

    @classmethod
    @cache
    def unasked(cls) -> Self:
        """That of a request without any parameters: one for all."""
        parsed = cls(data=QueryDict())
        parsed.is_valid(raise_exception=True)
        return parsed

    @property
    def fields(self) -> Any:
        """The same for every request: they keep nothing of what they check, and to copy them takes longer than that."""
        return fields_of(type(self))

    def run_validation(self, data: Any = None) -> Any:
        """As every serializer does, but that what was not sent costs nothing: most parameters are not."""
        errors = {}
        for name, values in data.lists():
            if code := self.refused(name, values):
                errors[name] = [serializers.ErrorDetail(str(self.error_messages[code]), code)]
        if errors:
            raise serializers.ValidationError(errors)
        return self.validate(self.read(data.dict()))

    def read(self, sent: Mapping[str, str]) -> dict[str, Any]:
        """The values that were sent, and what stands for those that were not."""
        found, errors = dict(defaults_of(type(self))), {}
        for name, value in sent.items():
            try:
                found[name] = self.fields[name].run_validation(value)
            except serializers.ValidationError as error:
                errors[name] = error.detail
        for name in required_of(type(self)) - sent.keys():
            errors[name] = [serializers.ErrorDetail(str(self.fields[name].error_messages["required"]), "required")]
        if errors:
            raise serializers.ValidationError(errors)
        return found

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


Form = tuple[tuple[str, Any], ...]


def chooses(field: Any) -> bool:
    return isinstance(field, Choice | Flag)


@cache
def fields_of(query: type[Query]) -> BindingDict:
    first = query()
    fields = BindingDict(first)
    for name, field in first.get_fields().items():
        fields[name] = field
    return fields


@cache
def defaults_of(query: type[Query]) -> Mapping[str, Any]:
    """What stands for the parameters that are not sent. All of it is immutable."""
    fields = fields_of(query).items()
    return {name: field.default for name, field in fields if field.default is not serializers.empty}


@cache
def required_of(query: type[Query]) -> frozenset[str]:
    return frozenset(name for name, field in fields_of(query).items() if field.required)


def ordering(*names: str) -> Choice:
    """`ordering`: one of the names, or `-name` for the other way; the first is the default."""
    choices = [sign + name for name in names for sign in ("", "-")]
    return Choice(choices, default=names[0], help_text="`-` turns the order round; ties are broken by id.")


class ListQuery(Query):
    """What every list takes. `lookups` maps further parameters to the columns they must equal."""

    page_size = QueryInt(
        min_value=1, max_value=LONGEST, default=100, help_text="Rows on a page, at most: fewer where they are long."
    )
    cursor = Text(required=False, max_length=2000, help_text="Where to go on: from `next` or `previous`.")
    count = QueryFlag(default=False, help_text="Adds `count`, the number of all rows: it costs a query.")
    ordering = ordering("id")

    lookups: ClassVar[dict[str, str]] = {}
    order_keys: ClassVar[dict[str, tuple[str, ...]]] = {}

    # Parameters of which one plan is good for all values: these are about equally common, or found at a known cost.
    even: ClassVar[frozenset[str]] = frozenset()
    # Parameters for which an index finds the rows, but in no order.
    scattered: ClassVar[frozenset[str]] = frozenset()
    # Of all lists, these say nothing of which rows there are.
    AROUND: ClassVar = {"page_size", "cursor", "count"}
    form_values: Mapping[str, Any] | None = None

    def narrow(self, rows: Any, caller: Any) -> Any:
        """The rows that the parameters ask for, on behalf of the caller or of a pattern of callers."""
        found = {lookup: self.values[name] for name, lookup in self.lookups.items() if name in self.values}
        return rows.filter(**found) if found else rows

    @property
    def values(self) -> Mapping[str, Any]:
        return self.validated_data if self.form_values is None else self.form_values

    # ---- one text for many queries ----

    def form(self) -> Form:
        """What the text of the statement depends on: which parameters there are, and the values of those that choose
        among a few."""
        given = {name: value for name, value in self.values.items() if name not in self.AROUND}
        return tuple((name, value if chooses(self.fields[name]) else None) for name, value in sorted(given.items()))

    @classmethod
    def is_even(cls, form: Form) -> bool:
        """Whether one plan will do for all queries of the form."""
        return all(value is not None or name in cls.even for name, value in form)

    @classmethod
    def is_scattered(cls, form: Form) -> bool:
        return any(name in cls.scattered for name, _ in form)

    @classmethod
    def of_form(cls, form: Form) -> Self:
        """A query of this form, with Params in place of all other values."""
        query = cls()
        query.form_values = {name: cls.param(name) if value is None else value for name, value in form}
        return query

    @classmethod
    def param(cls, name: str) -> Any:
        return Param(name)

    def params(self, caller: Any) -> dict[str, Any]:
        """The values of the Params. `caller`: for those that have to be looked up."""
        return dict(self.values)

    def keys(self) -> tuple[tuple[str, ...], bool]:
        """The sort columns, the last one unique, and whether they descend."""
        name = self.values["ordering"]
        column = name.removeprefix("-")
        keys = self.order_keys.get(column, (column,))
        return keys if keys[-1] == "id" else (*keys, "id"), name.startswith("-")
