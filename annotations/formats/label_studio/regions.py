"""The results of one annotation: regions, what was chosen for them, and relations between them."""

from __future__ import annotations

from typing import Any, Final

from annotations.formats.base import LABEL_MAX, NOTE_MAX, Json
from annotations.formats.marks import Layer, Link, Mark
from annotations.formats.report import Report, Where
from annotations.formats.shapes import listed, mapping, objects
from annotations.formats.words import ACTS, FACTUALITY, MEDIA, MENTION_KINDS, OCCURRENCE_STANCES, QUOTE_TYPES

# The names of controls whose choices are fields of ours.
CHOICES: Final = {
    "type": QUOTE_TYPES,
    "act": ACTS,
    "factuality": FACTUALITY,
    "kind": MENTION_KINDS,
    "stance": OCCURRENCE_STANCES,
}
ABOUT: Final = ("choices", "textarea", "rating", "number", "taxonomy")  # results that say more of a region


class Regions:
    """`layer` grows by the results of an annotation."""

    def __init__(self, layer: Layer, where: Where, report: Report) -> None:
        self.layer, self.where, self.report = layer, where, report
        self.fields: dict[str, Json] = {}

    def read(self, results: Any) -> Layer:
        given = objects(results)
        regions = [found for found in given if "labels" in kind_of(found) and found.get("type") != "relation"]
        ids = {found["id"] for found in regions if isinstance(found.get("id"), str)}
        for found in given:
            if found.get("type") == "relation":
                self.relation(found)
            elif kind_of(found) in ABOUT and found.get("id") in ids:
                self.about(found)
            elif "labels" not in kind_of(found):
                detail = f"A result of type {kind_of(found)[:50]!r} that is on no labelled region has no place."
                self.report.refuse("result-not-kept", detail, self.where, str(found.get("value"))[:200])
        for number, found in enumerate(regions, 1):
            self.region(found, number)
        return self.layer

    def relation(self, found: Json) -> None:
        ends = found.get("from_id"), found.get("to_id")
        labels = [label for label in listed(found.get("labels")) if isinstance(label, str)] or [""]
        if not all(isinstance(end, str) for end in ends):
            self.report.refuse("relation-not-kept", "The relation does not name both ends.", self.where)
            return
        source, target = (str(end) for end in (reversed(ends) if found.get("direction") == "left" else ends))
        self.layer.links += [Link(source, target, label, self.where) for label in labels]

    def about(self, found: Json) -> None:
        """What was chosen or written for a region: a field of ours, else a tag."""
        fields = self.fields.setdefault(found["id"], {})
        name = str(found.get("from_name") or "")
        for value in values_of(found):
            if value in CHOICES.get(name, ()):
                fields[name] = value
            elif name == "medium" and value in MEDIA:
                fields["medium"] = list(dict.fromkeys([*fields.get("medium", ()), value]))
            else:
                plain = name in ("", "tags")
                fields.setdefault("more_tags", []).append((value if plain else f"{name}:{value}")[:LABEL_MAX])

    def region(self, found: Json, number: int) -> None:
        """One mark for each label that the region has."""
        value = mapping(found.get("value"))
        labels = [label for label in listed(value.get(kind_of(found))) if isinstance(label, str)]
        start, end = offset(value.get("start")), offset(value.get("end"))
        words = value.get("text") if isinstance(value.get("text"), str) else None
        if start is None or end is None or not labels:
            detail = "The region is no labelled stretch of plain text."
            self.report.refuse("no-span", detail, self.where, words or str(found.get("id"))[:200])
            return
        key = found["id"] if isinstance(found.get("id"), str) and found["id"] else f"region {number}"
        fields = self.said(found, key)
        for label in labels:
            own = key if label == labels[0] else f"{key} {label}"
            ids = {"external_id": own[:LABEL_MAX]} if isinstance(found.get("id"), str) else {}
            self.layer.marks.append(Mark(own, label, start, end, words, self.where, {**ids, **fields}))

    def said(self, found: Json, key: str) -> Json:
        fields = dict(self.fields.get(key, {}))
        notes = listed(mapping(found.get("meta")).get("text"))
        fields["note"] = "\n".join(note for note in notes if isinstance(note, str))[:NOTE_MAX]
        score = found.get("score")
        if isinstance(score, int | float) and not isinstance(score, bool) and 0 <= score <= 1:
            fields["confidence"] = score
        return fields


def kind_of(found: Json) -> str:
    return str(found.get("type") or "")


def offset(found: Any) -> int | None:
    """Plain text has numbers; older versions wrote them as strings. Hypertext has a path."""
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 10:
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def values_of(found: Json) -> list[str]:
    """The chosen or written values; a taxonomy has a path for each."""
    value = mapping(found.get("value"))
    told = value.get(kind_of(found), value.get("text") if kind_of(found) == "textarea" else None)
    texts = [" / ".join(map(str, item)) if isinstance(item, list) else item for item in listed(told)]
    return [str(item) for item in texts if isinstance(item, str | int | float) and item != ""]
