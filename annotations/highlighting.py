"""Cuts a text into segments, so that spans which nest, touch or overlap can be shown in it.

Offsets are Unicode code points, half-open. Pure: what a key means, and how it looks, is the page's business.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to show in a text: whose it is, and its pieces as (start, end)."""

    key: Hashable
    pieces: tuple[tuple[int, int], ...]

    @property
    def start(self) -> int:
        return min(start for start, _ in self.pieces)

    @property
    def end(self) -> int:
        return max(end for _, end in self.pieces)

    @property
    def length(self) -> int:
        """Of the pieces, without what lies between them."""
        return sum(end - start for start, end in self.pieces)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the text in which nothing begins or ends. `keys`: of the marks that cover it, the longest first."""

    start: int
    end: int
    text: str
    keys: tuple[Hashable, ...]


def segments(text: str, marks: Iterable[Mark]) -> list[Segment]:
    """The whole text in order, cut at every boundary of a piece. No segment is empty."""
    ordered = sorted(marks, key=lambda mark: (-mark.length, mark.start))
    turns = boundaries(ordered)
    covering: Counter[int] = Counter()  # by how many pieces of a mark
    found = []
    for start, end in pairwise(sorted({0, len(text), *turns})):
        covering.update(turns.get(start, {}))
        keys = tuple(ordered[number].key for number in sorted(+covering))
        found.append(Segment(start, end, text[start:end], keys))
    return found


def boundaries(marks: list[Mark]) -> dict[int, Counter[int]]:
    """At each offset, how many more or fewer pieces of a mark (by its number) cover the text from there on."""
    turns: dict[int, Counter[int]] = {}
    for number, mark in enumerate(marks):
        for start, end in mark.pieces:
            turns.setdefault(start, Counter())[number] += 1
            turns.setdefault(end, Counter())[number] -= 1
    return turns


def between(found: Iterable[Segment], start: int, end: int) -> list[Segment]:
    """What of these segments lies in [start, end), cut to it."""
    shown = []
    for segment in found:
        left, right = max(segment.start, start), min(segment.end, end)
        if left < right:
            text = segment.text[left - segment.start : right - segment.start]
            shown.append(Segment(left, right, text, segment.keys))
    return shown


def lanes(marks: Iterable[Mark]) -> dict[Hashable, int]:
    """A lane for each mark, from 0, so that no two whose extents overlap share one. Short marks choose first: of two
    that nest, the inner one lies nearer to the text."""
    taken: list[list[tuple[int, int]]] = []  # the extents in each lane, in order
    found = {}
    for mark in sorted(marks, key=lambda mark: (mark.end - mark.start, mark.start)):
        extent = (mark.start, mark.end)
        lane = next((n for n, extents in enumerate(taken) if is_free(extents, extent)), len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].insert(bisect_left(taken[lane], extent), extent)
        found[mark.key] = lane
    return found


def is_free(extents: list[tuple[int, int]], wanted: tuple[int, int]) -> bool:
    """Whether an extent overlaps none of these, which are in order and apart from each other."""
    at = bisect_left(extents, wanted)
    before = at == 0 or extents[at - 1][1] <= wanted[0]
    return before and (at == len(extents) or extents[at][0] >= wanted[1])


def passage(text: str, spans: Collection[tuple[int, int]], around: int = 240) -> tuple[int, int]:
    """Where to cut a text to show these spans in it: their paragraphs, at most `around` code points on each side."""
    start, end = min(start for start, _ in spans), max(end for _, end in spans)
    left = max(text.rfind("\n", 0, start) + 1, start - around)
    stop = text.find("\n", end)
    return left, min(len(text) if stop < 0 else stop, end + around)
