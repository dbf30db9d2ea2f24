"""What marks and links have no place for, as one JSON object beside them: a field of a task or row, or a file.

    {"format": "onrecord-marks/1", "sha256": of the text, "body_at": where the body starts in it, "article": {…},
     "sets": {name of the layer: {"set": {…}, "records": {key of the mark: {"kind": …, "at": 0, "record": {…}}}}},
     "speakers": […], …}

It is used only if the text is the one that it was written for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from annotations.formats.base import LISTS, Json
from annotations.formats.report import Report, Where
from annotations.formats.shapes import by_name, mapping, objects, offset_in, sha256

FORMAT: Final = "onrecord-marks/1"
# What is neither a layer nor a mark.
APART: Final = tuple(name for name in LISTS if name not in ("sets", "mentions", "quotes", "claim_occurrences"))
TEXTS: Final = ("body", "revisions")


@dataclass
class SetCompanion:
    """Of one layer: its set, and by the key of its mark each annotation's kind, place among its kind, and record."""

    set: Json | None = None
    records: Json = field(default_factory=dict)


@dataclass
class Companion:
    """What a companion tells: nothing, where there is none or it is not of this text. By set: the name of its layer."""

    body_at: int = 0
    article: Json | None = None
    sets: dict[str, SetCompanion] = field(default_factory=dict)
    lists: dict[str, list[Json]] = field(default_factory=dict)

    def of(self, name: str) -> SetCompanion:
        return self.sets.get(name) or SetCompanion()


def companion_in(found: Any, text: str, report: Report, where: Where) -> Companion:
    """The companion that was found beside a text, if it is one and still its own."""
    found = mapping(found)
    if not found:
        return Companion()
    if found.get("format") != FORMAT:
        report.refuse("unknown-format", f"This is no object of format {FORMAT!r}.", where)
        return Companion()
    if found.get("sha256") != sha256(text):
        detail = "The text is not the one this was written for; what only the companion holds was left out."
        report.refuse("companion-differs", detail, where)
        return Companion()
    return Companion(
        offset_in(text, found.get("body_at")),
        found["article"] if isinstance(found.get("article"), dict) else None,
        {name: set_companion(held) for name, held in by_name(found.get("sets")).items()},
        {name: objects(found.get(name)) for name in APART},
    )


def set_companion(held: Json) -> SetCompanion:
    records = {key: told for key, told in by_name(held.get("records")).items() if isinstance(told.get("record"), dict)}
    return SetCompanion(held["set"] if isinstance(held.get("set"), dict) else None, records)


def companion_of(document: Json, text: str, body_at: int, sets: Json) -> Json:
    """The companion to write; `sets` as above."""
    article = {name: value for name, value in document["article"].items() if name not in TEXTS}
    apart = {name: document[name] for name in APART if document.get(name)}
    return {
        "format": FORMAT,
        "sha256": sha256(text),
        "body_at": body_at,
        "article": article,
        "sets": sets,
        **apart,
    }
