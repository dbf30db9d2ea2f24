"""Where a span of a file lies in the text: as the API finds it, or, if that was asked for, moved to its words.

Without `repair` a span that does not fit is refused, in the API's own words. With it, it is moved to its words, where
they stand near by, and that is reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotations.anchoring import resolve
from annotations.formats.base import Json
from annotations.formats.report import Report, Where
from annotations.nearby import moved, told
from annotations.spans import AnchorText, SpanRefused

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
            near = moved(request, self.texts) if self.repair else None
            if near is None:
                self.report.refuse(exc.code, exc.detail, where, words_of(request))
                return None
            self.report.repair("moved", told(request, near), where, near.exact)
            return near.to_json()
        for warning in warnings:
            self.report.notice(warning.code, warning.detail, where, span.exact)
        return span.to_json()


def words_of(request: Mapping[str, Any]) -> str:
    if request.get("exact") or not request.get("fragments"):
        return str(request.get("exact") or "")
    return " ".join(str(piece.get("exact") or "") for piece in request["fragments"])
