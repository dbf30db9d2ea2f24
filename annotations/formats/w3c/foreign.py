"""Web annotations of other tools, as far as they map: a highlight on a web page becomes a quote, unless a mapping says
otherwise; tags and comments go with it.

These files have no text, only the address of the page. So the article must be in the project, with the address as its
`external_id` or named by the mapping, and the server finds the words there: other tools count positions in other texts
(the page as a browser has it), and in other units.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from annotations.formats.base import LABEL_MAX, NOTE_MAX, Json, Options, stable_id
from annotations.formats.report import Report, Where
from annotations.formats.shapes import listed
from annotations.formats.w3c.own import objects
from annotations.formats.w3c.selectors import request_of, source_of
from annotations.formats.w3c.terms import KINDS, TARGETS

TOGETHER: Final = 2_000


class Foreign:
    """Annotations that wait until there are enough for documents, one a page."""

    def __init__(self, report: Report, options: Options) -> None:
        self.report, self.options = report, options
        self.documents: dict[str, tuple[Json, Where]] = {}
        self.waiting = Counter[str]()

    @property
    def full(self) -> bool:
        return self.waiting.total() >= TOGETHER

    def drain(self) -> list[tuple[Json, Where]]:
        found, self.documents, self.waiting = list(self.documents.values()), {}, Counter()
        return found

    def take(self, found: Json, where: Where) -> None:
        targets = listed(found.get("target"))
        sources = dict.fromkeys(source_of(target) or found.get("uri") for target in targets)
        request = request_of(targets, positions=self.options.mapping.get("positions") is True)
        source = next(iter(sources), None) or where.file
        if len(sources) > 1:
            self.report.refuse("several-pages", "The annotation is about several pages.", where, str(found.get("id")))
        elif request is None:
            self.report.refuse("no-span", "The annotation is on no stretch of a text.", where, str(found.get("id")))
        elif not all(piece.get("exact") for piece in request.get("fragments") or [request]):
            self.report.refuse("exact-required", "The selectors do not tell the words.", where, str(found.get("id")))
        elif isinstance(source, str):
            self.add(source, request, found, where)

    def add(self, source: str, request: Json, found: Json, where: Where) -> None:
        known = mapped(self.options.mapping.get("articles"), source)
        article = {"id": stable_id("article", source), "external_id": (known or source)[:LABEL_MAX]}
        document, _ = self.documents.setdefault(source, ({"article": article, "sets": []}, where))
        annotation_set = set_of(found, source)
        if annotation_set not in document["sets"]:
            document["sets"].append(annotation_set)
        tags, notes = labels(found)
        kind = self.kind(tags)
        item = {"set": annotation_set["id"], TARGETS[kind]: request, "tags": tags, "note": "\n".join(notes)[:NOTE_MAX]}
        if isinstance(found.get("id"), str) and found["id"]:
            item["external_id"] = found["id"][:LABEL_MAX]
        document.setdefault(kind, []).append(item)
        self.waiting[kind] += 1

    def kind(self, tags: list[str]) -> str:
        by_tag = [mapped(self.options.mapping.get("tags"), tag) for tag in tags]
        told = next(filter(None, by_tag), None) or self.options.mapping.get("object")
        return KINDS.get(told, "quotes") if isinstance(told, str) else "quotes"


def mapped(mapping: Any, name: str) -> str | None:
    found = mapping.get(name) if isinstance(mapping, dict) else None
    return found if isinstance(found, str) else None


def set_of(found: Json, source: str) -> Json:
    """Whose it is: `creator` of the model, `user` of Hypothesis."""
    creator = next(iter(listed(found.get("creator"))), None) or found.get("user")
    if isinstance(creator, dict):
        creator = creator.get("name") or creator.get("nickname") or creator.get("id")
    name = creator[:LABEL_MAX] if isinstance(creator, str) else ""
    who = {"kind": "human" if name else "import", "name": name or "w3c", "version": "", "user": None}
    identity = stable_id("set", f"{source}\0{name}")
    return {"id": identity, "kind": "imported", "annotator": who, "label": ""}


def labels(found: Json) -> tuple[list[str], list[str]]:
    """Tags and comments, as bodies, and as Hypothesis has them."""
    bodies = objects(found.get("body"))
    values = [(body.get("purpose"), body.get("value")) for body in bodies]
    values += [("tagging", tag) for tag in listed(found.get("tags"))] + [("commenting", found.get("text"))]
    if isinstance(found.get("bodyValue"), str):
        values.append(("commenting", found["bodyValue"]))
    words = [(purpose in ("tagging", "classifying"), v) for purpose, v in values if isinstance(v, str) and v]
    tags = [value[:LABEL_MAX] for is_tag, value in words if is_tag]
    return list(dict.fromkeys(tags))[:200], [value for is_tag, value in words if not is_tag]
