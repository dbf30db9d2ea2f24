"""What a target says of where it is. Source: https://www.w3.org/TR/annotation-model/#selectors."""

from __future__ import annotations

from typing import Any

from annotations.formats.base import FRAGMENTS_MAX, Json
from annotations.formats.shapes import listed


def source_of(target: Any) -> str | None:
    """The IRI of what a target is about."""
    if isinstance(target, dict):
        target = target.get("source") or target.get("id")
        target = target.get("id") if isinstance(target, dict) else target
    return target if isinstance(target, str) else None


def piece_of(target: Any) -> Json | None:
    """A target as a piece of a request (contract, section 2); None if it names no stretch of a text."""
    chain = listed(target.get("selector")) if isinstance(target, dict) else []
    found: Json = {}
    for selector in chain:
        kind = selector.get("type") if isinstance(selector, dict) else None
        if kind == "TextQuoteSelector":
            words = {name: selector.get(name) for name in ("exact", "prefix", "suffix")}
            found |= {name: value for name, value in words.items() if isinstance(value, str)}
        elif kind == "TextPositionSelector":
            offsets = {name: selector.get(name) for name in ("start", "end")}
            found |= {name: value for name, value in offsets.items() if type(value) is int}
    return found or None


def request_of(targets: Any, *, positions: bool = True) -> Json | None:
    """Several targets are the pieces of one span."""
    pieces = [piece for target in listed(targets)[: FRAGMENTS_MAX + 1] if (piece := piece_of(target))]
    if not positions:
        pieces = [without_position(piece) for piece in pieces]
    elif all("start" in piece for piece in pieces):
        # The words agree or they do not: what stands around them is for finding alone.
        pieces = [{name: piece[name] for name in piece if name not in ("prefix", "suffix")} for piece in pieces]
    if not pieces:
        return None
    return pieces[0] if len(pieces) == 1 else {"fragments": pieces}


def without_position(piece: Json) -> Json:
    """By words alone, unless there are none."""
    return {n: value for n, value in piece.items() if n not in ("start", "end")} if piece.get("exact") else piece
