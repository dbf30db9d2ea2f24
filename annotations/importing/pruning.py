"""Taking objects out of an annotation document, with all that cannot stand without them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

from annotations.formats.base import LISTS, Json, Read
from annotations.formats.references import REFERENCES, mapped
from annotations.formats.report import Where

# An object that loses one of these goes on without it.
DISPENSABLE: Final = {"derived_from", "parents", "merged_into", "affiliation", "publisher", "republisher"}
Place = tuple[str, int]


class Loss(NamedTuple):
    """What became of an object: `gone` with what it says, or still there without a reference."""

    where: Where
    code: str
    detail: str
    text: str
    gone: bool = True


class Wrong(NamedTuple):
    """A fault in a document: the steps of its JSON pointer, its code and its sentence."""

    steps: Sequence[str]
    code: str
    detail: str


@dataclass
class Item:
    """A document of the file, with where it came from. `places`: at which place of its list each object stood there."""

    document: Json
    where: Where
    lines: Sequence[int] = ()
    places: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Read) -> Item:
        places = {name: list(range(len(found.document[name]))) for name in LISTS if found.document.get(name)}
        return cls(found.document, found.where, found.lines, places)

    def fresh(self) -> Item:
        """A copy that can be pruned: lists are its own, objects are shared and never altered."""
        lists = {kind: list(held) if isinstance(held, list) else held for kind, held in self.document.items()}
        return Item(lists, self.where, self.lines, {kind: list(held) for kind, held in self.places.items()})

    @property
    def empty(self) -> bool:
        return not any(self.document.values())

    def where_of(self, kind: str, index: int) -> Where:
        """The line of an object, where its document was gathered from several."""
        at = self.places[kind][index]
        return Where(self.where.file, self.lines[at]) if at < len(self.lines) else self.where

    def loss(self, kind: str, index: int, code: str, detail: str, *, gone: bool = True) -> Loss:
        at = f"{kind}/{self.places[kind][index]}"
        text = as_text(self.document[kind][index])
        return Loss(self.where_of(kind, index), code, f"{at}: {detail}", text, gone)


def as_text(found: Json) -> str:
    """What was read, as JSON; nothing of what is nested too deep to be written."""
    try:
        return orjson.dumps(found).decode("utf-8", "replace")
    except TypeError:
        return ""


def prune(item: Item, wrong: Iterable[Wrong]) -> list[Loss]:
    """Takes out of the item's document what the faults point at, and what depends on that. A fault of the article, or
    of the document as a whole, empties it."""
    faults: dict[Place, Wrong] = {}
    for fault in wrong:
        place = place_of(item, fault.steps)
        if place is None:
            return [emptied(item, fault)]
        faults.setdefault(place, fault)
    lost = [item.loss(*place, fault.code, told(fault)) for place, fault in faults.items()]
    gone = set(faults)
    lost += depending(item, gone)
    for kind in {kind for kind, _ in gone}:
        kept = [n for n in range(len(item.document[kind])) if (kind, n) not in gone]
        item.document[kind] = [item.document[kind][n] for n in kept]
        item.places[kind] = [item.places[kind][n] for n in kept]
    return lost


def place_of(item: Item, steps: Sequence[str]) -> Place | None:
    if len(steps) < 2 or steps[0] not in item.places or not steps[1].isdecimal():
        return None
    place = steps[0], int(steps[1])
    return place if place[1] < len(item.document[steps[0]]) else None


def told(fault: Wrong) -> str:
    rest = "/".join(fault.steps[2:])
    return f"{rest}: {fault.detail}" if rest else fault.detail


def emptied(item: Item, fault: Wrong) -> Loss:
    at = "/".join(fault.steps)
    text = as_text(item.document.get("article") or item.document)
    item.document, item.places = {}, {}
    return Loss(item.where, fault.code, f"{at}: {fault.detail}" if at else fault.detail, text)


def depending(item: Item, gone: set[Place]) -> list[Loss]:
    """Adds to `gone` what refers to it, and takes dispensable references off."""
    lost = []
    names = {name for kind, index in gone for name in names_of(kind, item.document[kind][index])}
    grew = True
    while grew:
        grew = False
        for kind, index, found in list(held(item.document)):
            if (kind, index) in gone:
                continue
            for field_name, target in REFERENCES[kind].items():
                if not refers(target, found.get(field_name), names):
                    continue
                if field_name in DISPENSABLE:
                    lost.append(item.loss(kind, index, *DROPPED, gone=False) if index >= 0 else article_loss(item))
                    found = {**found, field_name: without(found[field_name], target, names)}
                    put(item.document, kind, index, found)
                    continue
                lost.append(item.loss(kind, index, *DEPENDS))
                gone.add((kind, index))
                names |= names_of(kind, found)
                grew = True
                break
    return lost


DROPPED: Final = ("reference-dropped", "It refers to something that was refused, and goes on without.")
DEPENDS: Final = ("depends-on-refused", "It cannot be without something that was refused.")


def put(document: Json, kind: str, index: int, found: Json) -> None:
    if index < 0:
        document[kind] = found
    else:
        document[kind][index] = found


def article_loss(item: Item) -> Loss:
    code, detail = DROPPED
    return Loss(item.where, code, f"article: {detail}", "", gone=False)


def held(document: Json) -> Iterator[tuple[str, int, Json]]:
    """Each object with its list and place; the article as place -1."""
    if "article" in document:
        yield "article", -1, document["article"]
    for kind in LISTS:
        for index, found in enumerate(document.get(kind) or ()):
            yield kind, index, found


def names_of(kind: str, found: Json) -> set[tuple[str, str]]:
    """What references may call an object."""
    names = {(kind, found["id"])} if isinstance(found.get("id"), str) else set()
    return names | ({(kind, f"#{found['key']}")} if isinstance(found.get("key"), str) else set())


def refers(target: Any, value: Any, names: set[tuple[str, str]]) -> bool:
    hits: list[Any] = []

    def note(kind: str, reference: Any) -> Any:
        if isinstance(reference, str) and (kind, reference) in names:
            hits.append(reference)
        return reference

    mapped(target, value, note)
    return bool(hits)


def without(value: Any, target: Any, names: set[tuple[str, str]]) -> Any:
    if isinstance(value, list):
        return [reference for reference in value if (target[0], reference) not in names]
    return None
