"""JSON values in words: what history, previews and stale forms show of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from projects.admin.forms import EMPTY


def changes(version: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, readable(version["object"][name])) for name in version["changed"]]


def readable(value: Any) -> str:
    """A JSON value in words, for comparing and for reading: a span is its text and its place."""
    match value:
        case None | "" | []:
            return "—"
        case bool():
            return "yes" if value else "no"
        case Mapping() if "exact" in value or "fragments" in value:
            return readable_span(value)
        case Mapping():  # `{}` as a pattern would be any mapping
            told = [f"{n.replace('_', ' ')}: {readable(v)}" for n, v in value.items() if v not in EMPTY]
            return "; ".join(told) or "—"
        case list():
            return "\n".join(readable(item) for item in value)
    return str(value)


def readable_span(span: Mapping[str, Any]) -> str:
    pieces = span.get("fragments") or [span]
    words = " … ".join(str(piece.get("exact", "")) for piece in pieces)
    places = [f"{piece['start']}–{piece['end']}" for piece in pieces if piece.get("start") is not None]
    return f"{words} ({', '.join(places)})" if places else words
