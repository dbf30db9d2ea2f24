"""Strict serializer fields: a value has the declared JSON type or is refused; nothing is coerced or trimmed.
The refusal says what would be taken, and repeats nothing of what was sent, which may be long.

`Closed` is the base of every serializer: unknown and read-only fields are refused by name.
"""

from __future__ import annotations

import datetime
import math
import re
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

import orjson
from django.utils.dateparse import parse_date, parse_datetime
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

UUID_PATTERN = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
UUID_SCHEMA = {"type": "string", "format": "uuid", "pattern": f"^{UUID_PATTERN.pattern}$"}
# Not the format `uri`: addresses as people copy them hold letters beyond ASCII.
# Besides \s, what only some dialects of regular expressions count as white space: readers of the OpenAPI document check
# these patterns with their own.
URL_PATTERN = r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s\x00-\x1f\x7f-\x9f\ufeff/?#][^\s\x00-\x1f\x7f-\x9f\ufeff]*$"
REFERENCE_KEY = r"#[^\s\x00-\x1f\x85\ufeff#]{1,100}"
REFERENCE_PATTERN = rf"^({REFERENCE_KEY}|[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})$"
DATETIME_PATTERN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
DATE_PATTERN = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
LABEL_MAX, NOTE_MAX = 500, 20_000
NAMED = 100  # of an object's fields that are refused by name: a body may have millions
INT_MAX = 2**31 - 1  # what a column of integers holds


class Text(serializers.CharField):
    """A string, kept as it came: not trimmed, not normalised, and a number is not a string."""

    default_error_messages: ClassVar = {"invalid": "This must be a string."}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("allow_blank", True)
        super().__init__(trim_whitespace=False, **kwargs)
        # The parser has already refused U+0000 and surrogates, once for the whole body.
        self.validators = [v for v in self.validators if type(v).__name__ in KEPT_VALIDATORS]

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if data == "" and not self.allow_blank:
            self.fail("blank")
        return serializers.Field.run_validation(self, data)


KEPT_VALIDATORS = {"MaxLengthValidator", "MinLengthValidator", "RegexValidator"}


class Pattern(Text):
    """A string of a declared form; `pattern` is shown in the OpenAPI document."""

    default_error_messages: ClassVar = {"pattern": "This must look like {example}."}

    def __init__(self, pattern: str, example: str, **kwargs: Any) -> None:
        self.pattern, self.example = pattern, example
        super().__init__(allow_blank=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not re.fullmatch(self.pattern.removeprefix("^").removesuffix("$"), text, re.ASCII):
            self.fail("pattern", example=self.example)
        return text


@extend_schema_field({"type": "string", "pattern": URL_PATTERN})
class Url(Text):
    """An absolute http(s) URL."""

    default_error_messages: ClassVar = {"url": "This must be an absolute http or https URL."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_blank=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not re.fullmatch(URL_PATTERN, text):
            self.fail("url")
        return text


class Int(serializers.IntegerField):
    """A JSON integer: neither "7" nor 7.0 nor true."""

    default_error_messages: ClassVar = {"invalid": "This must be a whole number, without quotes or decimal point."}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class Number(serializers.FloatField):
    """A finite JSON number."""

    default_error_messages: ClassVar = {"invalid": "This must be a number, without quotes."}

    def to_internal_value(self, data: Any) -> float:
        if not isinstance(data, int | float) or isinstance(data, bool) or not math.isfinite(data):
            self.fail("invalid")
        return float(data)


class Flag(serializers.BooleanField):
    """true or false."""

    default_error_messages: ClassVar = {"invalid": "This must be true or false, without quotes."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class Choice(serializers.ChoiceField):
    """One of the declared strings: a list of them, or a TextChoices class.

    A vocabulary with a name (the class's own, or the one given) is a type of that name in the OpenAPI document.
    """

    default_error_messages: ClassVar = {"invalid_choice": "This must be one of {choices}."}

    def __init__(self, choices: Any, vocabulary: str | None = None, **kwargs: Any) -> None:
        self.vocabulary = vocabulary or getattr(choices, "__name__", None)
        super().__init__(getattr(choices, "choices", choices), **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice", choices=", ".join(f"`{choice}`" for choice in self.choices))
        return data


class List(serializers.ListField):
    """A JSON list; one that is too long is refused before anything in it is looked at."""

    def to_internal_value(self, data: Any) -> list[Any]:
        if self.max_length is not None and isinstance(data, list) and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class Choices(List):
    """A list of declared strings, each at most once."""

    default_error_messages: ClassVar = {"repeated": "Each value may stand once."}

    def __init__(self, choices: Any, vocabulary: str | None = None, **kwargs: Any) -> None:
        child = Choice(choices, vocabulary)
        kwargs.setdefault("max_length", len(child.choices))
        super().__init__(child=child, **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        values = super().to_internal_value(data)
        if len(set(values)) < len(values):
            self.fail("repeated")
        return values


@extend_schema_field(UUID_SCHEMA)
class Id(serializers.Field):
    """The id of an object: a UUID in its canonical, lower-case form."""

    default_error_messages: ClassVar = {
        "invalid": "An id is a UUID in lower-case, like 0190d1f0-….",
        "null": "Not null.",
    }

    def to_internal_value(self, data: Any) -> uuid.UUID:
        if not isinstance(data, str) or not UUID_PATTERN.fullmatch(data):
            self.fail("invalid")
        return uuid.UUID(data)

    def to_representation(self, value: Any) -> str:
        return str(value)


@extend_schema_field({"type": "string", "pattern": REFERENCE_PATTERN})
class Reference(Id):
    """In an annotation document: an id, or `#key`, the key of another object of the same document."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str) and re.fullmatch(REFERENCE_KEY, data):
            return data
        return super().to_internal_value(data)


class Date(serializers.DateField):
    """YYYY-MM-DD."""

    default_error_messages: ClassVar = {"invalid": "This must be a day that the calendar has, like 2009-04-23."}

    def to_internal_value(self, value: Any) -> datetime.date:
        found = None
        if isinstance(value, str) and DATE_PATTERN.fullmatch(value):
            try:
                found = parse_date(value)
            except ValueError:
                found = None
        if found is None:
            self.fail("invalid")
        return found


class DateTime(serializers.DateTimeField):
    """RFC 3339 with an offset: a time without one names no moment."""

    default_error_messages: ClassVar = {
        "invalid": "This must be a date and time with its offset from UTC, like 2009-04-23T14:05:00Z or …+02:00."
    }

    def to_internal_value(self, value: Any) -> datetime.datetime:
        found = None
        if isinstance(value, str) and DATETIME_PATTERN.fullmatch(value):
            try:
                found = parse_datetime(value)
                found = found and found.astimezone(datetime.UTC)
            except (ValueError, OverflowError):
                found = None
        if found is None:
            self.fail("invalid")
        return found


@extend_schema_field({"type": "object", "additionalProperties": True})
class JSONObject(serializers.Field):
    """A JSON object of the sender's own, of at most `max_length` bytes; the parser has checked its depth and texts."""

    default_error_messages: ClassVar = {
        "invalid": "This must be a JSON object.",
        "max_length": "This may have at most {max_length} bytes of JSON.",
    }

    def __init__(self, max_length: int | None = None, **kwargs: Any) -> None:
        self.max_length = max_length
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("invalid")
        if self.max_length is not None and len(orjson.dumps(data)) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return data

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field({})
class Ignored(serializers.Field):
    """A field of an answer that may be sent back, and is then ignored. `shown` is what an answer holds."""

    def __init__(self, shown: serializers.Field | None = None, **kwargs: Any) -> None:
        self.shown = shown
        super().__init__(required=False, allow_null=True, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


def texts(max_length: int = LABEL_MAX, max_items: int = 200, **kwargs: Any) -> List:
    """A list of short, non-empty strings."""
    child = Text(max_length=max_length, allow_blank=False)
    return List(child=child, max_length=max_items, **kwargs)


class Closed(serializers.Serializer[Any]):
    """A serializer that refuses what it does not know: 400 `unknown-field`, `read-only-field`.

    Answers hold every field, but for those that `sometimes` names. `complete`: none is ever null in an answer.
    `tagged`: they carry an ETag. `computed` names what is made up for each reader, and is in no stored state.
    """

    sometimes: ClassVar[frozenset[str]] = frozenset()
    computed: ClassVar[frozenset[str]] = frozenset()
    complete: ClassVar[bool] = False
    tagged: ClassVar[bool] = False

    default_error_messages: ClassVar = {
        "unknown-field": "There is no field of this name here.",
        "read-only-field": "This is set by the server, or was set once, when the object was made. Leave it out.",
        "invalid": "This must be a JSON object.",
        "null-object": "This may not be null.",
    }

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError({"non_field_errors": [self.error_messages["invalid"]]}, "invalid")
        known = self.fields
        errors: dict[str, Any] = {}
        for name in data:
            code = self.refused(known.get(name))
            if code and len(errors) < NAMED:
                errors[name] = [serializers.ErrorDetail(str(self.error_messages[code]), code)]
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as exc:
            raise serializers.ValidationError({**exc.detail, **errors}) from None  # type: ignore[dict-item]
        if errors:
            raise serializers.ValidationError(errors)
        for name in data:
            if isinstance(known[name], Ignored):
                values.pop(name, None)
        return values

    def refused(self, field: serializers.Field[Any, Any, Any, Any] | None) -> str | None:
        if field is None:
            return "unknown-field"
        if field.read_only:
            return "read-only-field"
        return None
