"""The quick road of a body that fits: what a serializer would give for it, found by plain checks.

A serializer asks each of its fields a dozen questions for each value; in a bulk call of a hundred thousand values that
is most of the work. Here each serializer is read once and made into plain functions. Whatever they cannot say yes to is
`Doubtful`, and goes to the serializer, which alone says what is wrong. So both roads give the same verdict, and the
serializer stays the declared shape; a test holds the two together.
"""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.core.validators import MaxLengthValidator, MaxValueValidator, MinLengthValidator, MinValueValidator
from rest_framework import serializers

from backend import fields as f

Check = Callable[[Any], Any]
BOUNDS = (MaxLengthValidator, MaxValueValidator, MinLengthValidator, MinValueValidator)


class Doubtful(Exception):
    """Not plainly right: the serializer decides."""


def read(shape: Any, data: Any, *, most: int | None = None) -> Any:
    """The validated data; `most`: the body is a list of so many at most. Error: Doubtful."""
    try:
        return check_of(shape, most)(data)
    except serializers.ValidationError:
        raise Doubtful from None


@lru_cache(maxsize=200)
def check_of(shape: Any, most: int | None) -> Check:
    return check(shape(many=True, max_length=most) if most else shape())


def check(field: Any) -> Check:
    """The field as a function from what was sent to its value."""
    return optional(of_value(field)) if field.allow_null else of_value(field)


def of_value(field: Any) -> Check:
    """As `check`, for what is not null."""
    make = CHECKS.get(type(field))
    if make is None and isinstance(field, f.Closed):
        make = closed
    return make(field) if make and plain(field) else field.run_validation


def unknown(value: Any) -> Any:
    raise Doubtful


def plain(field: Any) -> bool:
    """Whether the field has no rules but those that are read here."""
    return all(isinstance(rule, BOUNDS) for rule in field.validators)


def optional(inner: Check) -> Check:
    return lambda value: None if value is None else inner(value)


def limits(field: Any) -> tuple[float, float]:
    """The least and the greatest length or value."""
    least, most = -math.inf, math.inf
    for rule in field.validators:
        bound = rule.limit_value() if callable(rule.limit_value) else rule.limit_value
        if isinstance(rule, MaxLengthValidator | MaxValueValidator):
            most = min(most, bound)
        else:
            least = max(least, bound)
    return least, most


def text(field: Any) -> Check:
    least, most = limits(field)
    least = least if field.allow_blank else max(least, 1)

    def checked(value: Any) -> Any:
        if type(value) is str and least <= len(value) <= most:
            return value
        raise Doubtful

    return checked


def matching(pattern: re.Pattern[str]) -> Callable[[Any], Check]:
    return lambda field: patterned(pattern, text(field))


def patterned(pattern: re.Pattern[str], inner: Check) -> Check:
    match = pattern.fullmatch

    def checked(value: Any) -> Any:
        if match(inner(value)):
            return value
        raise Doubtful

    return checked


def pattern(field: f.Pattern) -> Check:
    form = field.pattern.removeprefix("^").removesuffix("$")
    return patterned(re.compile(form, re.ASCII), text(field))


def integer(field: Any) -> Check:
    least, most = limits(field)

    def checked(value: Any) -> Any:
        if type(value) is int and least <= value <= most:
            return value
        raise Doubtful

    return checked


def number(field: Any) -> Check:
    least, most = limits(field)

    def checked(value: Any) -> Any:
        if type(value) in (int, float) and math.isfinite(value) and least <= value <= most:
            return float(value)
        raise Doubtful

    return checked


def flag(field: Any) -> Check:
    def checked(value: Any) -> Any:
        if value is True or value is False:
            return value
        raise Doubtful

    return checked


def choice(field: Any) -> Check:
    known = frozenset(field.choices)

    def checked(value: Any) -> Any:
        if type(value) is str and value in known:
            return value
        raise Doubtful

    return checked


def identity(field: Any) -> Check:
    match = f.UUID_PATTERN.fullmatch

    def checked(value: Any) -> Any:
        if type(value) is str and match(value):
            return uuid.UUID(value)
        raise Doubtful

    return checked


def reference(field: Any) -> Check:
    key, by_id = re.compile(f.REFERENCE_KEY).fullmatch, identity(field)
    return lambda value: value if type(value) is str and key(value) else by_id(value)


def items(field: Any) -> Check:
    inner = check(field.child)
    least, most = limits(field)
    least = least if field.allow_empty else max(least, 1)

    def checked(value: Any) -> Any:
        if type(value) is list and least <= len(value) <= most:
            return [inner(item) for item in value]
        raise Doubtful

    return checked


def many(field: Any) -> Check:
    """As `items`; the bounds of a list of objects are its own, not validators."""
    inner = check(field.child)
    least = field.min_length or (0 if field.allow_empty else 1)
    most = math.inf if field.max_length is None else field.max_length

    def checked(value: Any) -> Any:
        if type(value) is list and least <= len(value) <= most:
            return [inner(item) for item in value]
        raise Doubtful

    return checked


def distinct(field: Any) -> Check:
    listed = items(field)

    def checked(value: Any) -> Any:
        found = listed(value)
        if len(set(found)) == len(found):
            return found
        raise Doubtful

    return checked


def closed(field: Any) -> Check:
    """An object: its known names, each checked; the required ones among them."""
    if not as_declared(field):
        return field.run_validation  # type: ignore[no-any-return]
    named = {name: inner for name, inner in field.fields.items() if field.refused(inner) is None}
    ignored = {name for name, inner in named.items() if type(inner) is f.Ignored}
    checks = {name: None if name in ignored else of_value(inner) for name, inner in named.items()}
    nullable = {name for name, inner in named.items() if inner.allow_null} - ignored
    required = {name for name, inner in named.items() if inner.required}

    def checked(value: Any) -> Any:
        if type(value) is not dict or not required <= value.keys():
            raise Doubtful
        found: dict[str, Any] = {}
        for name, item in value.items():
            inner = checks.get(name, unknown)
            if item is None and name in nullable:
                found[name] = None
            elif inner is not None:
                found[name] = inner(item)
        return found

    return checked


def as_declared(field: Any) -> bool:
    """Whether the fields are all there is to it."""
    kind = type(field)
    own = kind.to_internal_value is f.Closed.to_internal_value and kind.validate is serializers.Serializer.validate
    return own and not any(
        hasattr(kind, f"validate_{name}")
        or inner.source != name
        or (not inner.read_only and inner.default is not serializers.empty)
        for name, inner in field.fields.items()
    )


CHECKS: dict[type, Callable[[Any], Check]] = {
    f.Text: text,
    f.Pattern: pattern,
    f.Url: matching(re.compile(f.URL_PATTERN)),
    f.Int: integer,
    f.Number: number,
    f.Flag: flag,
    f.Choice: choice,
    f.Choices: distinct,
    f.Id: identity,
    f.Reference: reference,
    f.List: items,
    serializers.ListSerializer: many,
}
