"""A document of one text and its layers, as it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from annotations.formats.base import TITLE_MAX, Json, Options
from annotations.formats.marks import Layer
from annotations.formats.marks.companion import Companion, companion_in
from annotations.formats.marks.placing import Places
from annotations.formats.marks.reading import LayerReading, Placed
from annotations.formats.marks.scheme import TARGETS, Scheme
from annotations.formats.report import Report, Where
from annotations.formats.texts import FileText


@dataclass
class Growing:
    """A document that grows by one layer after another."""

    text: FileText
    article: Json
    companion: Companion
    where: Where
    places: Places
    scheme: Scheme
    document: Json = field(default_factory=dict)
    items: dict[str, list[Placed]] = field(default_factory=lambda: {kind: [] for kind in TARGETS})

    def __post_init__(self) -> None:
        known = self.companion.article
        stored, at = self.text.stored, self.companion.body_at
        titled = {"title": stored[: at - 1]} if at else {}
        article = {"key": "article", **self.article, "body": stored} if known is None else {**known, **titled}
        self.document = {"article": {**article, "body": stored[at:]}, "sets": []}
        self.document |= {name: list(held) for name, held in self.companion.lists.items() if held}

    def take(self, layer: Layer) -> None:
        number = len(self.document["sets"])
        reading = LayerReading(layer, self.places, self.scheme, str(number), self.companion.of(layer.name))
        self.document["sets"].append(distinct(reading.set, self.document["sets"]))
        for kind, items in reading.items().items():
            self.items[kind] += items

    def finished(self) -> Json:
        """The document; annotations of several sets in the order in which they were made, new ones last."""
        ordered = {kind: [found.item for found in sorted(held, key=itemgetter(0))] for kind, held in self.items.items()}
        return {**self.document, **ordered}

    def merge(self, companion: Any) -> None:
        """What the companion of another row of the same text knows."""
        companion = companion_in(companion, self.text.stored, self.places.report, self.where)
        self.companion.sets |= companion.sets
        for name, items in companion.lists.items():
            there = {item.get("id") for item in self.document.setdefault(name, [])}
            self.document[name] += [item for item in items if item.get("id") not in there]


def growing(
    raw: str, article: Json, companion: Any, where: Where, report: Report, options: Options, *, unit: str
) -> Growing | None:
    """A document without layers as yet; None if the text cannot be one of an article, which is reported."""
    text = FileText(raw)
    stored = text.taken(where, report)
    if stored is None:
        return None
    told = companion_in(companion, stored, report, where)
    article = {"title": stored.partition("\n")[0][:TITLE_MAX], **article}
    places = Places(text, report, told.body_at, options.repair, unit)
    return Growing(text, article, told, where, places, Scheme(options))


def distinct(given: Json, before: list[Json]) -> Json:
    """A set is known by annotator, kind and label: a second pass of one annotator gets a label of its own."""

    def known_by(held: Json) -> Any:
        return held.get("annotator"), held.get("kind"), held.get("label"), held.get("revision")

    taken = [known_by(held) for held in before]
    label, number = given.get("label") or "", 1
    while known_by(given) in taken:
        number += 1
        given = {**given, "label": f"{label} {number}".strip()}
    return given
