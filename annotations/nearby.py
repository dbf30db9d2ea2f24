"""Where the words of a span stand whose offsets are off: the nearest place that has them. Pure, as spans are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from annotations.spans import AnchorText, Span

NEAR: Final = 200  # code points


def moved(request: Mapping[str, Any], texts: Mapping[str, AnchorText]) -> Span | None:
    """Each piece moved to the nearest place within NEAR code points that has its words; None where one has none, or two
    that are equally near."""
    part = request.get("part") or "body"
    pieces = []
    for piece in request.get("fragments") or [request]:
        start, exact = piece.get("start"), piece.get("exact")
        found = nearest(texts[part], start, exact) if isinstance(start, int) and exact else None
        if found is None:
            return None
        pieces.append(found)
    by_start = sorted(pieces)
    if any(right[0] < left[1] for left, right in pairwise(by_start)):
        return None
    text = texts[part].text
    return Span(part, tuple(pieces), " ".join(text[start:end] for start, end in pieces))


def nearest(anchor: AnchorText, start: int, exact: str) -> tuple[int, int] | None:
    """The nearest place to `start` that has the words, white space and quotation marks folded at need."""
    low, high = max(0, start - NEAR), max(0, start + len(exact) + NEAR)
    window = AnchorText(anchor.text[low:high])
    hits = window.find(exact, "", "") or window.find_folded(exact, "", "")
    by_distance = sorted((abs(low + left - start), low + left, low + right) for left, right in hits if right > left)
    if not by_distance or (len(by_distance) > 1 and by_distance[0][0] == by_distance[1][0]):
        return None
    _, left, right = by_distance[0]
    return left, right


def told(request: Mapping[str, Any], found: Span) -> str:
    """What has been moved, and to where."""
    return f"It said {offsets(request)}, and is at {offsets(found.to_json())}."


def offsets(span: Mapping[str, Any]) -> str:
    pieces: Sequence[Mapping[str, Any]] = span.get("fragments") or [span]
    return ", ".join(f"{piece.get('start')}-{piece.get('end')}" for piece in pieces)
