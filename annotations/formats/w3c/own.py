"""Back from the annotations that `writing.py` made to documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotations.formats.base import FRAGMENTS_MAX, LISTS, Json, Options
from annotations.formats.report import Report, Where
from annotations.formats.shapes import listed
from annotations.formats.spots import Finder
from annotations.formats.w3c.selectors import request_of, source_of
from annotations.formats.w3c.terms import KINDS, LINKS, OBJECTS, SOURCE_LINKS, SPANS, TARGETS, WORDS, iri, plain
from annotations.spans import AnchorText


@dataclass
class Own:
    """A document that grows by one annotation after another."""

    document: Json
    where: Where
    report: Report
    options: Options

    def __post_init__(self) -> None:
        article = self.document.get("article") or {}
        texts = [article, *objects(article.get("revisions"))]
        self.anchors = {text.get("number", "head"): anchors(text) for text in texts}
        self.revisions = {held.get("id"): held.get("revision") for held in self.document.get("sets", [])}

    def take(self, found: Json, where: Where) -> None:
        kind = KINDS[found["object"]]
        item = self.item(kind, found, where)
        if item is not None:
            self.document.setdefault(kind, []).append(item)

    def item(self, kind: str, found: Json, where: Where) -> Json | None:
        item: Json = {**next(iter(objects(found.get("record"))), {}), "id": plain(found.get("id"))}
        item |= {name: plain(found.get(term)) for name, term in LINKS[kind].items()}
        item |= {name: found[term] for name, term in WORDS[kind].items() if term in found}
        span = self.span(found.get("target"), item, where)
        if span is None:
            return None
        item[TARGETS[kind]] = span
        for name, term in SPANS[kind].items():
            item[name] = self.span(found[term], item, where) if found.get(term) else None
            if found.get(term) and item[name] is None:
                return None
        if "sources" in found:
            item["sources"] = [source_in(source) for source in objects(found["sources"])]
        return item | said_by_bodies(found)

    def span(self, targets: Any, item: Json, where: Where) -> Json | None:
        article = (self.document.get("article") or {}).get("id", "")
        sources = {source_of(target) for target in listed(targets)}
        request = request_of(targets)
        part = "title" if sources == {f"{iri(article)}#title"} else "body"
        if request is None or len(listed(targets)) > FRAGMENTS_MAX:
            self.report.refuse("no-span", "The target has no selector for text, or too many.", where)
        elif part == "body" and sources != {iri(article)}:
            self.report.refuse("other-article", "The target is not the article described before it.", where)
        else:
            held = self.anchors.get(self.revisions.get(item.get("set")) or "head") or self.anchors["head"]
            return Finder(held, self.report, self.options.repair).find({"part": part, **request}, where)
        return None


def described(found: Json, where: Where, report: Report, options: Options) -> Own | None:
    """The document of an annotation that describes one."""
    record = found.get("record")
    if not isinstance(record, dict):
        report.refuse("not-a-document", "The description has no `record`.", where)
        return None
    document: Json = {name: objects(record[name]) for name in LISTS if name in record and name not in OBJECTS}
    article = record.get("article")
    if isinstance(article, dict):
        bodies = [body["value"] for body in objects(found.get("body")) if isinstance(body.get("value"), str)]
        document = {"article": article | ({"body": bodies[0]} if bodies else {}), **document}
    return Own(document, where, report, options)


def objects(found: Any) -> list[Json]:
    return [item for item in listed(found) if isinstance(item, dict)]


def anchors(text: Json) -> dict[str, AnchorText]:
    parts = {part: text.get(part) for part in ("body", "title")}
    return {part: AnchorText(held if isinstance(held, str) else "") for part, held in parts.items()}


def source_in(source: Json) -> Json:
    return source | {name: plain(source[name]) for name in SOURCE_LINKS if source.get(name)}


def said_by_bodies(found: Json) -> Json:
    """Tags and note are where other clients change them."""
    texts = [body for body in objects(found.get("body")) if isinstance(body.get("value"), str)]
    tags = [body["value"] for body in texts if body.get("purpose") == "tagging"]
    notes = [body["value"] for body in texts if body.get("purpose") in ("commenting", None)]
    return {"tags": tags, "note": "\n".join(notes)}
