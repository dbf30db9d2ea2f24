"""What brat has no place for, beside the files it reads: `_onrecord/<text>.json`.

brat does not look at it, and what is changed in brat wins over it: spans, events, their arguments, attributes and
notes come from the .ann files, all else of an annotation that is still there from here. If the text has been changed,
the companion is not used.

    {"format": "onrecord-brat/1", "sha256": of the .txt, "body_at": where the body starts in it, "article": {…},
     "sets": {annotator: {"set": {…}, "spans": {T id: span}, "mentions": {T id: {…}}, "quotes": {E id: {…}}}},
     "speakers": […], …}

`spans` are those that brat's lines hold in another form, under the offsets they have there: line breaks cut a span, and
pieces that touch must stand in the order of the text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from annotations.formats.base import LISTS, Json
from annotations.formats.beside import load
from annotations.formats.files import InputFile
from annotations.formats.report import Report, Where
from annotations.formats.shapes import by_name, mapping, objects, offset_in, sha256

FORMAT: Final = "onrecord-brat/1"
APART: Final = tuple(name for name in LISTS if name not in ("sets", "mentions", "quotes"))


@dataclass
class SetCompanion:
    """Of one .ann file, by T or E id."""

    set: Json | None = None
    spans: Json = field(default_factory=dict)
    mentions: Json = field(default_factory=dict)
    quotes: Json = field(default_factory=dict)


@dataclass
class Companion:
    """What the companion of a text tells: nothing, where there is none or it is not of this text."""

    body_at: int = 0
    article: Json | None = None
    sets: dict[str, SetCompanion] = field(default_factory=dict)
    lists: Json = field(default_factory=dict)


def companion_of(file: InputFile | None, text: str, report: Report) -> Companion:
    found = load(file, FORMAT, report) if file else None
    if file is None or found is None:
        return Companion()
    if found.get("sha256") != sha256(text):
        detail = "The text is not the one this was written for; what only this file holds was left out."
        report.refuse("companion-differs", detail, Where(file.name))
        return Companion()
    return Companion(
        offset_in(text, found.get("body_at")),
        found["article"] if isinstance(found.get("article"), dict) else None,
        {name: set_companion(held) for name, held in mapping(found.get("sets")).items()},
        {name: objects(found.get(name)) for name in APART},
    )


def set_companion(held: Any) -> SetCompanion:
    held = mapping(held)
    annotation_set = held.get("set") if isinstance(held.get("set"), dict) else None
    spans, mentions, quotes = (by_name(held.get(name)) for name in ("spans", "mentions", "quotes"))
    return SetCompanion(annotation_set, spans, mentions, quotes)
