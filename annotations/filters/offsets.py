"""What offsets count, and ranges of them."""

from __future__ import annotations

from typing import Any

from annotations.spans import AnchorText
from backend.errors import invalid
from backend.fields import Choice, Pattern
from backend.queries import Query
from projects.history import HistoryQuery

UNITS = ("code_point", "utf16")


def offset_unit() -> Choice:
    return Choice(
        UNITS,
        "OffsetUnit",
        default="code_point",
        help_text="What span offsets count, in the request and in its answer.",
    )


class RangeField(Pattern):
    """`start-end`: a half-open range of offsets."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(r"^[0-9]{1,9}-[0-9]{1,9}$", "112-150", **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        start, end = map(int, super().to_internal_value(data).split("-"))
        if start >= end:
            raise invalid("range", "The end must be beyond the start.", f"?{self.field_name}")
        return start, end


class UnitQuery(Query):
    """Operations that carry spans."""

    offset_unit = offset_unit()


class SpanHistoryQuery(HistoryQuery):
    """The versions of an object with spans."""

    offset_unit = offset_unit()


def in_code_points(text: str, start: int, end: int) -> tuple[int, int]:
    """A range of UTF-16 code units may begin or end anywhere: half of a pair counts as the whole of it."""
    index = AnchorText(text).index
    return code_point(index, start, -1), code_point(index, end, 1)


def code_point(index: Any, offset: int, step: int) -> int:
    try:
        return int(index.to_code_point(offset))
    except ValueError:
        return int(index.to_code_point(offset + step))
