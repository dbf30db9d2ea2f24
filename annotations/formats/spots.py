"""Where a span of a file lies in the text: as the API finds it, or, if that was asked for, moved to its words.

Without `repair` a span that does not fit is refused, in the API's own words. With it, the nearest place within NEAR
code points that has the words is taken and reported; of two that are equally near, none is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from annotations.anchoring import resolve
from annotations.formats.base import Json
from annotations.formats.report import Report, Where
from annotations.spans import AnchorText, Span, SpanRefused

NEAR: Final = 200

Texts = Mapping[str, AnchorText]


@dataclass(frozen=True)
class Finder:
    """Finds the spans of one revision's texts. `utf16`: the file's offsets count UTF-16 code units."""

    texts: Texts
    report: Report
    repair: bool = False
    utf16: bool = False

    def find(self, request: Mapping[str, Any], where: Where) -> Json | None:
        """The complete span that a request of the API means (contract, section 2), or None: it was refused."""
        try:
            span, warnings = resolve(request, self.texts, utf16=self.utf16)
        except SpanRefused as exc:
            moved = self.moved(request) if self.repair else None
            if moved is None:
                self.report.refuse(exc.code, exc.detail, where, words_of(request))
                return None
            self.report.repair(
                "moved", f"It said {told(request)}, and is at {told(moved.to_json())}.", where, moved.exact
            )
            return moved.to_json()
        for warning in warnings:
            self.report.notice(warning.code, warning.detail, where, span.exact)
        return span.to_json()

    def moved(self, request: Mapping[str, Any]) -> Span | None:
        """Each piece moved to the nearest place that has its words."""
        part = request.get("part") or "body"
        pieces = []
        for piece in request.get("fragments") or [request]:
            start, exact = piece.get("start"), piece.get("exact")
            found = nearest(self.texts[part], start, exact) if isinstance(start, int) and exact else None
            if found is None:
                return None
            pieces.append(found)
        by_start = sorted(pieces)
        if any(right[0] < left[1] for left, right in pairwise(by_start)):
            return None
        text = self.texts[part].text
        return Span(part, tuple(pieces), " ".join(text[start:end] for start, end in pieces))


def nearest(anchor: AnchorText, start: int, exact: str) -> tuple[int, int] | None:
    """The nearest place within NEAR of `start` that has the words, white space and quotation marks folded at need."""
    low, high = max(0, start - NEAR), max(0, start + len(exact) + NEAR)
    window = AnchorText(anchor.text[low:high])
    hits = window.find(exact, "", "") or window.find_folded(exact, "", "")
    by_distance = sorted((abs(low + left - start), low + left, low + right) for left, right in hits if right > left)
    if not by_distance or (len(by_distance) > 1 and by_distance[0][0] == by_distance[1][0]):
        return None
    _, left, right = by_distance[0]
    return left, right


def told(span: Mapping[str, Any]) -> str:
    pieces: Sequence[Mapping[str, Any]] = span.get("fragments") or [span]
    return ", ".join(f"{piece.get('start')}-{piece.get('end')}" for piece in pieces)


def words_of(request: Mapping[str, Any]) -> str:
    if request.get("exact") or not request.get("fragments"):
        return str(request.get("exact") or "")
    return " ".join(str(piece.get("exact") or "") for piece in request["fragments"])
