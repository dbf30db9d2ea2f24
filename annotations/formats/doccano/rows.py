"""The spans and relations of one line, as layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from annotations.formats.base import LABEL_MAX, Json, Options
from annotations.formats.marks import Layer, Link, Mark
from annotations.formats.report import Report, Where
from annotations.formats.shapes import by_name, is_count, mapping, objects

SPANS: Final = ("entities", "label", "labels", "annotations")
COLUMNS: Final = (*SPANS, "relations", "onrecord", "annotator")


def layers_of(row: Json, annotator: str, where: Where, report: Report, options: Options) -> Iterator[Layer]:
    """One layer; of old exports, one for each user. None for a line that nobody has labelled."""
    told = list(by_name(mapping(row.get("onrecord")).get("sets")))
    by_user: dict[str, list[Any]] = {annotator: []}
    for name in SPANS:
        for found in row[name] if isinstance(row.get(name), list) else ():
            user = mapping(found).get("user")
            by_user.setdefault(annotator if user is None else str(user)[:LABEL_MAX], []).append(found)
    for user, found in by_user.items():
        marks = Marks(where, report)
        layer = Layer(set_of(user, options), told[0] if told and user == annotator else "")
        layer.marks = [mark for given in found if (mark := marks.take(given))]
        layer.links = list(marks.links(objects(row.get("relations"))))
        if layer.marks or layer.name:
            yield layer


def set_of(user: str, options: Options) -> Json:
    known = mapping(options.mapping.get("users")).get(user)
    name = known if isinstance(known, str) else user
    who = {"kind": "human", "name": name, "version": "", "user": name}
    other = {"kind": "import", "name": "doccano", "version": "", "user": None}
    return {"kind": "imported", "annotator": who if name else other, "label": ""}


class Marks:
    """The marks of one row, whose ids links refer to."""

    def __init__(self, where: Where, report: Report) -> None:
        self.where, self.report = where, report
        self.often = Counter[str]()
        self.by_id: dict[Any, str] = {}

    def take(self, given: Any) -> Mark | None:
        """A span as an object or a list of three; keyed by label and place, as doccano gives ids of its own."""
        if isinstance(given, list):
            given = dict(zip(("start_offset", "end_offset", "label"), given, strict=False))
        found = mapping(given)
        start, end, label = (found.get(name) for name in ("start_offset", "end_offset", "label"))
        label = str(label) if is_count(label) else label
        if not is_count(start) or not is_count(end) or not isinstance(label, str):
            self.report.refuse("no-span", "This is no labelled span.", self.where, str(given)[:200])
            return None
        key = position(label, start, end, self.often)
        if is_count(found.get("id")):
            self.by_id[found["id"]] = key
            fields = {"external_id": str(found["id"])[:LABEL_MAX]}
        else:
            fields = {}
        return Mark(key, label, start, end, None, self.where, fields)

    def links(self, relations: Iterable[Json]) -> Iterator[Link]:
        for found in relations:
            ends = [found.get(name) for name in ("from_id", "to_id")]
            source, target = (self.by_id.get(end) if is_count(end) else None for end in ends)
            if source is None or target is None:
                detail = "The relation is between spans that are not there."
                self.report.refuse("relation-not-kept", detail, self.where, str(found)[:200])
            else:
                label = found.get("type")
                yield Link(source, target, label if isinstance(label, str) else "", self.where)


def position(label: str, start: int, end: int, often: Counter[str]) -> str:
    key = f"{label} {start}-{end}"
    often[key] += 1
    return key if often[key] == 1 else f"{key} {often[key]}"
