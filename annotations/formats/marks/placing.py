"""Where marks lie: the file's offsets, in its unit and over its own text, as spans of the title or the body."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from annotations.formats.base import Json
from annotations.formats.marks import Mark
from annotations.formats.report import Report
from annotations.formats.spots import Finder
from annotations.formats.texts import FileText
from annotations.spans import AnchorText
from articles.text import SplitsSurrogatePair, Utf16Index, grapheme_starts

Counting = Callable[[int], int]


@dataclass
class Places:
    """One text of a file. `body_at`: where the body starts in it, after the title and a line break; 0: no title in it.
    `unit`: what the file counts, `code_points`, `utf16` or `graphemes`."""

    text: FileText
    report: Report
    body_at: int = 0
    repair: bool = False
    unit: str = "code_points"

    @cached_property
    def finder(self) -> Finder:
        stored = self.text.stored
        title = stored[: max(0, self.body_at - 1)]
        parts = {"title": AnchorText(title), "body": AnchorText(stored[self.body_at :])}
        return Finder(parts, self.report, self.repair)

    @cached_property
    def count(self) -> Counting:
        """From the file's unit to code points; may raise SplitsSurrogatePair."""
        if self.unit == "utf16":
            return Utf16Index(self.text.raw).to_code_point
        if self.unit == "graphemes":
            starts = grapheme_starts(self.text.raw)
            return lambda offset: starts[offset] if offset < len(starts) else offset + len(self.text.raw)
        return int

    def all(self, marks: Iterable[Mark]) -> dict[str, Json]:
        """The spans by key; what does not fit is reported and left out."""
        marks = list(marks)
        reading = self.reading(marks)
        found = ((mark.key, self.span(mark, reading)) for mark in marks)
        return {key: span for key, span in found if span is not None}

    def reading(self, marks: list[Mark]) -> Counting:
        """The way to count a byte order mark and CRLF by which most marks have their words."""
        readings = self.text.readings
        told = [mark for mark in marks if mark.words is not None]
        if len(readings) == 1 or not told:
            return readings[0]

        def agreeing(reading: Counting) -> int:
            return sum(self.agrees(mark, reading) for mark in told)

        return max(readings, key=agreeing)

    def agrees(self, mark: Mark, reading: Counting) -> bool:
        try:
            start, end = self.offsets(mark, reading)
        except SplitsSurrogatePair:
            return False
        return self.in_text(start, end) and alike(mark.words or "", self.text.stored[start:end])

    def offsets(self, mark: Mark, reading: Counting) -> tuple[int, int]:
        """In the stored text, in code points."""
        return reading(self.count(mark.start)), reading(self.count(mark.end))

    def in_text(self, start: int, end: int) -> bool:
        return 0 <= start < end <= len(self.text.stored)

    def span(self, mark: Mark, reading: Counting) -> Json | None:
        try:
            start, end = self.offsets(mark, reading)
        except SplitsSurrogatePair as exc:
            self.report.refuse("splits-surrogate-pair", str(exc), mark.where, mark.words or "")
            return None
        found = self.text.stored[start:end] if self.in_text(start, end) else None
        if mark.words is None and found is None:
            detail = f"{mark.start} to {mark.end} is no stretch of the text."
            self.report.refuse("span-out-of-range", detail, mark.where, mark.label)
            return None
        if found is not None and mark.words is not None and mark.words != found and alike(mark.words, found):
            detail = "Words and text differ in white space alone; those of the text were taken."
            self.report.notice("white-space-differs", detail, mark.where, mark.words)
        exact = found if mark.words is None or (found is not None and alike(mark.words, found)) else mark.words
        return self.in_part(start, end, exact or "", mark)

    def in_part(self, start: int, end: int, exact: str, mark: Mark) -> Json | None:
        if start < self.body_at <= end:
            self.report.refuse(
                "span-crosses-title", "A span lies in the title or in the body, not in both.", mark.where, exact
            )
            return None
        part, at = ("body", self.body_at) if start >= self.body_at else ("title", 0)
        request = {"part": part, "start": start - at, "end": end - at, "exact": exact}
        return self.finder.find(request, mark.where)


def alike(told: str, words: str) -> bool:
    """Whether they differ in white space alone: tools show a line break as a space, or as backslash and n."""
    return told == words or plain(told.replace("\\n", "\n")) == plain(words)


def plain(words: str) -> str:
    return re.sub(r"\s+", " ", words).strip()
