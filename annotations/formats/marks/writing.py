"""From the annotations of one set to marks and links, and what they have no place for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from annotations.formats.base import Json
from annotations.formats.marks import Layer, Link, Mark
from annotations.formats.marks.scheme import (
    BESIDES,
    CLAIM,
    CONTENT,
    KINDS,
    PARENT,
    PIECE,
    QUOTE,
    SOURCE,
    TARGETS,
    WRITTEN,
)
from annotations.formats.report import Where

ROLES = {kind: role for role, kind in KINDS.items()}


@dataclass
class LayerWriting:
    """One set on one text. Keys of marks are the ids of annotations, with what they are of them behind a slash."""

    document: Json
    set: Json
    body_at: int
    where: Where
    records: Json = field(default_factory=dict)

    def layer(self) -> Layer:
        layer = Layer(self.set)
        for role in (SOURCE, CONTENT, CLAIM):
            for at, item in in_set(self.document, KINDS[role], self.set):
                self.records[str(item["id"])] = {"kind": KINDS[role], "at": at, "record": self.left(KINDS[role], item)}
                self.write(role, item, layer)
        known = {mark.key for mark in layer.marks}
        layer.links = [link for link in layer.links if link.target in known]
        return layer

    def write(self, role: str, item: Json, layer: Layer) -> None:
        kind, key = KINDS[role], str(item["id"])
        self.span(key, role, item[TARGETS[kind]], layer, item)
        for name, beside in BESIDES[kind].items():
            if item.get(name):
                self.span(f"{key}/{beside}", beside, item[name], layer, {})
                layer.links.append(Link(key, f"{key}/{beside}", beside, self.where))
        for target, label in links_of(kind, item):
            layer.links.append(Link(key, target, label, self.where))

    def left(self, kind: str, item: Json) -> Json:
        done = {TARGETS[kind], *BESIDES[kind], "set", "parent" if kind == "quotes" else "quote"}
        return {name: value for name, value in item.items() if name not in done}

    def span(self, key: str, role: str, span: Json, layer: Layer, fields: Json) -> None:
        """A mark for each piece, each linked to the next."""
        at = 0 if span.get("part") == "title" else self.body_at
        for number, piece in enumerate(span.get("fragments") or [span], 1):
            own = key if number == 1 else f"{key}/{number}"
            place = piece["start"] + at, piece["end"] + at
            layer.marks.append(
                Mark(own, WRITTEN[role], *place, piece["exact"], self.where, fields if number == 1 else {})
            )
            if number > 1:
                before = key if number == 2 else f"{key}/{number - 1}"
                layer.links.append(Link(before, own, PIECE, self.where))


def in_set(document: Json, kind: str, annotation_set: Json) -> list[tuple[int, Json]]:
    """The annotations of a set, each with its place among those of all sets."""
    own = annotation_set["id"]
    return [(at, item) for at, item in enumerate(document.get(kind) or ()) if item.get("set") == own]


def links_of(kind: str, item: Json) -> Iterator[tuple[Any, str]]:
    """(other end, label) of the links from an annotation to others."""
    if kind == "quotes":
        told = [(source.get("mention"), source.get("role") or "source") for source in item.get("sources") or ()]
        yield from dict.fromkeys(link for link in told if link[0])
        if item.get("parent"):
            yield item["parent"], PARENT
    elif item.get("quote"):
        yield item["quote"], QUOTE
