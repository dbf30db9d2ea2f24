"""What a span is: pieces of a text, in either unit, as columns and as JSON.

A span is one or more pieces of one part of one revision's text. Offsets are Unicode
code points, 0-based and half-open; requests and responses may count UTF-16 code units
instead. Pure: knows neither database nor HTTP. Source: contract, section 2.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any, Final, NamedTuple

from articles.text import Utf16Index, fold, fold_origins, splits_grapheme

EXACT_MAX: Final = 200_000  # code points of a span
MATCHES_COUNTED: Final = 100  # then the search stops, which bounds its cost


class Span(NamedTuple):
    """A span whose pieces are known to agree with the text.

    `pieces` are (start, end) in code points, in the annotator's order; touching pieces
    stay apart. `exact` is their texts joined by one space.
    """

    part: str
    pieces: tuple[tuple[int, int], ...]
    exact: str

    @classmethod
    def from_columns(cls, part: str, start: int, end: int, exact: str, flat: Sequence[int] | None) -> "Span":
        """The span of a database row; `flat` is its column `pieces`."""
        if not flat:
            return cls(part, ((start, end),), exact)
        return cls(part, tuple(zip(flat[::2], flat[1::2], strict=True)), exact)

    @property
    def start(self) -> int:
        """Where the first piece in the text starts."""
        return self.pieces[0][0] if len(self.pieces) == 1 else min(start for start, _ in self.pieces)

    @property
    def end(self) -> int:
        """Where the last piece in the text ends."""
        return self.pieces[0][1] if len(self.pieces) == 1 else max(end for _, end in self.pieces)

    @property
    def flat(self) -> list[int] | None:
        """The database column `pieces`: [s1, e1, s2, e2, …], or None for one piece."""
        return None if len(self.pieces) == 1 else list(chain.from_iterable(self.pieces))

    @property
    def piece_texts(self) -> list[str]:
        """The text of each piece, cut from `exact`: the pieces tell their lengths."""
        texts, at = [], 0
        for start, end in self.pieces:
            texts.append(self.exact[at : at + end - start])
            at += end - start + 1  # the space that joins
        return texts

    def to_json(self) -> dict[str, Any]:
        """The complete span object of a response, in code points."""
        return {
            "part": self.part,
            "start": self.start,
            "end": self.end,
            "exact": self.exact,
            "fragments": [
                {"start": start, "end": end, "exact": text}
                for (start, end), text in zip(self.pieces, self.piece_texts, strict=True)
            ],
        }


def in_utf16(span_json: dict[str, Any], index: Utf16Index) -> dict[str, Any]:
    """A response's span object with its offsets recounted in UTF-16 code units."""

    def recounted(place: dict[str, Any]) -> dict[str, Any]:
        start, end = index.to_utf16(place["start"]), index.to_utf16(place["end"])
        return {**place, "start": start, "end": end}

    fragments = [recounted(fragment) for fragment in span_json["fragments"]]
    return {**recounted(span_json), "fragments": fragments}


class SpanRefused(Exception):
    """A span that does not fit the text.

    `pointer` is a JSON pointer relative to the span ("" is the whole of it); `extra`
    holds more members of the error object, with offsets in the request's unit.
    """

    def __init__(self, code: str, detail: str, pointer: str = "", extra: dict[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.pointer = pointer
        self.extra = extra or {}


@dataclass(frozen=True, slots=True)
class SpanWarning:
    """Something to look at in a span that was taken; `pointer` as in SpanRefused."""

    code: str
    detail: str
    pointer: str


@dataclass(frozen=True, eq=False)
class AnchorText:
    """One part of a revision's text, with what resolving on it needs.

    Make one for a text and keep it for all spans of a request: the rest is computed
    when first asked for, and then costs nothing.
    """

    text: str = field(repr=False)

    @cached_property
    def index(self) -> Utf16Index:
        """Converts offsets of this text between code points and UTF-16."""
        return Utf16Index(self.text)

    @cached_property
    def plain(self) -> bool:
        """Whether no cut can go through what readers see as one character."""
        return self.text.isascii() and "\r" not in self.text

    def whole(self, start: int, end: int) -> bool:
        """Whether neither cut goes through what readers see as one character."""
        return not (splits_grapheme(self.text, start) or splits_grapheme(self.text, end))

    @cached_property
    def _folded(self) -> "tuple[str, array[int]]":
        return fold(self.text), fold_origins(self.text)

    def reads(self, start: int, end: int, exact: str) -> bool:
        """Whether this is the text from start to end; False outside the text."""
        fits = start >= 0 and end - start == len(exact)
        return fits and self.text.startswith(exact, start)

    def find(self, exact: str, prefix: str, suffix: str) -> list[tuple[int, int]]:
        """Where `exact` stands right between the two; at most MATCHES_COUNTED."""
        hits = _occurrences(self.text, prefix + exact + suffix)
        starts = (hit + len(prefix) for hit in hits)
        return [(start, start + len(exact)) for start in starts]

    def find_folded(self, exact: str, prefix: str, suffix: str) -> list[tuple[int, int]]:
        """As find, but all is folded first; gives places in the text itself."""
        text, origins = self._folded
        exact, prefix, suffix = fold(exact), fold(prefix), fold(suffix)
        hits = _occurrences(text, prefix + exact + suffix)
        starts = (hit + len(prefix) for hit in hits)
        return [(origins[start], origins[start + len(exact)]) for start in starts]


def _occurrences(text: str, wanted: str) -> list[int]:
    """Where `wanted` starts, overlapping ones too; at most MATCHES_COUNTED."""
    hits: list[int] = []
    at = text.find(wanted)
    while at >= 0 and len(hits) < MATCHES_COUNTED:
        hits.append(at)
        at = text.find(wanted, at + 1)
    return hits
