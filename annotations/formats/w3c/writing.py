"""From documents to one AnnotationCollection with one page, written as it goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from annotations.formats.base import LISTS, Json, Options, count
from annotations.formats.report import Report
from annotations.formats.w3c.terms import (
    CONTEXT,
    LINKS,
    MOTIVATIONS,
    OBJECTS,
    SOURCE_LINKS,
    SPANS,
    TARGETS,
    WORDS,
    iri,
)

AROUND = 30  # code points of prefix and suffix
STAMPS = {"created_at": "created", "updated_at": "modified"}


def write(head: Json, documents: Iterable[Json], report: Report, options: Options) -> Iterator[bytes]:
    name = f"urn:onrecord:export:{head.get('project', 'project')}"
    opening = {"@context": CONTEXT, "id": name, "type": "AnnotationCollection", "label": str(head.get("project", ""))}
    page = {"id": f"{name}:1", "type": "AnnotationPage", "partOf": name, "startIndex": 0}
    yield orjson.dumps(opening)[:-1] + b',"first":' + orjson.dumps(page)[:-1] + b',"items":[\n'
    total = 0
    for number, document in enumerate(documents, 1):
        count(report, document)
        for annotation in each(document, number):
            yield (b",\n" if total else b"") + orjson.dumps(annotation)
            total += 1
    yield b'\n]},"last":' + orjson.dumps(page["id"]) + b',"total":' + str(total).encode() + b"}\n"


def each(document: Json, number: int) -> Iterator[Json]:
    texts = texts_of(document)
    yield from described(document, number)
    revisions = {held["id"]: held.get("revision") for held in document.get("sets") or () if "id" in held}
    for kind in OBJECTS:
        for item in document.get(kind) or ():
            where = revisions.get(item.get("set")) or item.get("revision")
            yield annotation(kind, item, document, texts.get(where, texts.get(None, {})))


def texts_of(document: Json) -> dict[int | None, Json]:
    """Title, body and hash by revision; the head under None too."""
    article = document.get("article") or {}
    return {revision.get("number"): revision for revision in article.get("revisions") or ()} | {None: article}


def described(document: Json, number: int) -> Iterator[Json]:
    """The annotation that carries the article's text and what is not a span annotation."""
    article = document.get("article")
    record: Json = {name: document[name] for name in LISTS if name not in OBJECTS and document.get(name)}
    found: Json = {"type": "Annotation", "motivation": "describing", "object": "document"}
    if article is not None:
        record["article"] = {name: value for name, value in article.items() if name != "body"}
        body = {"type": "TextualBody", "format": "text/plain", "value": article["body"]}
        if language := article.get("language"):
            body["language"] = language
        found |= {"target": iri(article.get("id", number)), "body": body}
    else:
        targets = [iri(item["id"]) for held in record.values() for item in held if item.get("id")]
        found["target"] = targets or [f"urn:onrecord:document:{number}"]
    if record:
        yield {"id": f"urn:onrecord:description:{number}", **found, "record": record}


def annotation(kind: str, item: Json, document: Json, text: Json) -> Json:
    source = iri((document.get("article") or {}).get("id", ""))
    found: Json = {"id": iri(item["id"]), "type": "Annotation", "motivation": MOTIVATIONS[kind]}
    found |= {"object": OBJECTS[kind], **provenance(item, document)}
    if bodies := list(bodies_of(kind, item)):
        found["body"] = bodies
    found["target"] = resources(item[TARGETS[kind]], source, text)
    done = {"id", TARGETS[kind], "tags", "note", "sources", *LINKS[kind], *WORDS[kind], *SPANS[kind]}
    found |= {term: iri(item[name]) for name, term in LINKS[kind].items() if item.get(name)}
    found |= {term: item[name] for name, term in WORDS[kind].items() if item.get(name)}
    found |= {term: resources(item[name], source, text) for name, term in SPANS[kind].items() if item.get(name)}
    if "sources" in item:
        found["sources"] = [source_of(given) for given in item["sources"]]
    return found | {"record": {name: value for name, value in item.items() if name not in done}}


def provenance(item: Json, document: Json) -> Json:
    found: Json = {term: item[name] for name, term in STAMPS.items() if item.get(name)}
    annotation_set: Json = next((s for s in document.get("sets") or () if s.get("id") == item.get("set")), {})
    annotator = annotation_set.get("annotator") or {}
    if annotator.get("name"):
        kind = "Person" if annotator.get("kind") == "human" else "Software"
        found["creator"] = {"type": kind, "name": " ".join(filter(None, (annotator["name"], annotator.get("version"))))}
    return found


def bodies_of(kind: str, item: Json) -> Iterator[Json]:
    """What other clients can show: tags, a note, and who it is."""
    for tag in item.get("tags") or ():
        yield {"type": "TextualBody", "purpose": "tagging", "value": tag}
    if note := item.get("note"):
        yield {"type": "TextualBody", "purpose": "commenting", "format": "text/plain", "value": note}
    if quote_type := item.get("type") if kind == "quotes" else None:
        yield {"type": "TextualBody", "purpose": "classifying", "value": quote_type}
    speakers = [item.get("speaker"), *(source.get("speaker") for source in item.get("sources") or ())]
    for speaker in dict.fromkeys(filter(None, speakers)):
        yield {"type": "SpecificResource", "purpose": "identifying", "source": iri(speaker)}


def source_of(given: Json) -> Json:
    left = {name: value for name, value in given.items() if name not in ("span", "speaker_name")}
    return left | {name: iri(given[name]) for name in SOURCE_LINKS if given.get(name)}


def resources(span: Json, source: str | None, text: Json) -> list[Json]:
    """One SpecificResource a piece. The title is a resource of its own: positions count from its start."""
    part = span.get("part") or "body"
    state = {"state": {"type": "onr:TextState", "sha256": text["sha256"]}} if text.get("sha256") else {}
    named = f"{source}#title" if part == "title" else source
    words = text.get(part) or ""
    return [
        {"type": "SpecificResource", "source": named, "selector": selectors(piece, words), **state}
        for piece in span.get("fragments") or [span]
    ]


def selectors(piece: Json, text: str) -> list[Json]:
    start, end = piece["start"], piece["end"]
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    return [
        {"type": "TextQuoteSelector", "exact": piece["exact"], "prefix": before, "suffix": after},
        {"type": "TextPositionSelector", "start": start, "end": end},
    ]
