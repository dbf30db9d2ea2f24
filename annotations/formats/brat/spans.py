"""Where brat's spans lie: offsets as the tool that wrote them counted, words compared as brat writes them.

A covered text that has white space where the text has a line break is the same text (brat's lines cannot hold a line
break). The words taken are always the text's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from annotations.formats.base import FRAGMENTS_MAX, Json
from annotations.formats.brat.standoff import Pieces, Standoff, TextBound
from annotations.formats.report import Report, Where
from annotations.formats.spots import Finder
from annotations.formats.texts import FileText


def place_all(standoff: Standoff, text: FileText, file: str, finder: Finder) -> dict[str, Pieces]:
    """The pieces of each T id in the stored text; what does not fit is reported and left out."""
    reading = likely_reading(standoff, text)
    placed = {}
    for name, found in standoff.spans.items():
        span = place(found, shifted(found.pieces, reading), text.stored, finder, Where(file, found.line))
        if span is not None:
            placed[name] = pieces_of(span)
    return placed


def likely_reading(standoff: Standoff, text: FileText) -> Callable[[int], int]:
    """The way to count offsets by which most spans have their words; the most literal of equals."""
    readings = text.readings
    if len(readings) == 1:
        return readings[0]

    def agreeing(reading: Callable[[int], int]) -> int:
        spans = standoff.spans.values()
        return sum(agrees(found.words, text.stored, shifted(found.pieces, reading)) for found in spans)

    return max(readings, key=agreeing)


def shifted(pieces: Pieces, reading: Callable[[int], int]) -> Pieces:
    return tuple((reading(start), reading(end)) for start, end in pieces)


def place(found: TextBound, pieces: Pieces, text: str, finder: Finder, where: Where) -> Json | None:
    if len(pieces) > FRAGMENTS_MAX:
        finder.report.refuse("too-many-pieces", f"A span has at most {FRAGMENTS_MAX} pieces.", where)
        return None
    if in_text(text, pieces) and agrees(found.words, text, pieces):
        tell_difference(found.words, words_at(text, pieces), finder.report, where)
        return finder.find(request(pieces, [text[start:end] for start, end in pieces]), where)
    return finder.find(request(pieces, told_words(found.words or "", pieces)), where)


def in_text(text: str, pieces: Pieces) -> bool:
    return all(0 <= start < end <= len(text) for start, end in pieces)


def words_at(text: str, pieces: Pieces, joint: str = " ") -> str:
    return joint.join(text[max(0, start) : max(0, end)] for start, end in pieces)


def agrees(told: str | None, text: str, pieces: Pieces) -> bool:
    """Whether brat would have written these words for these pieces: any white space may have become a space, that at
    the end may be gone, and before version 1.3 brat put nothing between pieces."""
    if told is None:
        return True
    words = plain(words_at(text, pieces))
    return plain(told) in (words, words.rstrip()) or plain(told) == plain(words_at(text, pieces, ""))


def plain(words: str) -> str:
    return re.sub(r"\s", " ", words)


def tell_difference(told: str | None, words: str, report: Report, where: Where) -> None:
    if told is None:
        report.notice("words-missing", "The line has no words; those at its offsets were taken.", where, words)
    elif told != words:
        detail = "Words and text differ in white space alone; those of the text were taken."
        report.notice("white-space-differs", detail, where, told)


def told_words(told: str, pieces: Pieces) -> list[str | None]:
    """The covered text cut into the pieces' words, as far as their lengths allow."""
    if len(pieces) == 1:
        return [told or None]
    if len(told) != sum(end - start + 1 for start, end in pieces) - 1:
        return [None] * len(pieces)
    found, at = [], 0
    for start, end in pieces:
        found.append(told[at : at + end - start] or None)
        at += end - start + 1
    return list(found)


def request(pieces: Pieces, words: list[str] | list[str | None]) -> Json:
    fragments = [
        {"start": start, "end": end, "exact": exact} for (start, end), exact in zip(pieces, words, strict=True)
    ]
    return fragments[0] if len(fragments) == 1 else {"fragments": fragments}


def pieces_of(span: Json) -> Pieces:
    return tuple((piece["start"], piece["end"]) for piece in span["fragments"])
