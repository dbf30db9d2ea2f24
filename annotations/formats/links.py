"""What the quotes of a file refer to: sources, told by the file and by a companion beside it, and parents. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from annotations.formats.base import Json


def sources_of(meant: Iterable[tuple[str, str]], known: Iterable[Json]) -> list[Json]:
    """The sources of a quote. The file's links (role, mention) decide; what a companion knows of them, or of sources
    without a mention, which files cannot tell, is kept."""
    links = list(dict.fromkeys(meant))
    found = []
    for source in known:
        link = link_of(source)
        if link[1] is None or link in links:
            found.append(source)
    there = [link_of(source) for source in found]
    return found + [{"role": role, "mention": mention} for role, mention in links if (role, mention) not in there]


def link_of(source: Json) -> tuple[Any, Any]:
    """Its role and mention; as a companion has them, whatever they are."""
    return source.get("role", "source"), source.get("mention")


def in_circle(key: str, parent_of: Callable[[str], str | None]) -> bool:
    """Whether going up from parent to parent never ends."""
    seen, at = {key}, parent_of(key)
    while at is not None and at not in seen:
        seen.add(at)
        at = parent_of(at)
    return at is not None
