"""From documents to an array of tasks, written as it goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from annotations.formats.base import Json, Options, count
from annotations.formats.identities import with_identities
from annotations.formats.label_studio.config import LABELS, TEXT
from annotations.formats.marks import Layer, Link, Mark
from annotations.formats.marks.companion import companion_of
from annotations.formats.marks.scheme import SPANS
from annotations.formats.marks.writing import LayerWriting
from annotations.formats.onetext import no_article, on_head, text_of
from annotations.formats.report import Report, Where
from articles.text import Utf16Index

UNSAID = "unspecified"


def write(head: Json, documents: Iterable[Json], report: Report, options: Options) -> Iterator[bytes]:
    yield b"["
    number = 0
    for document in with_identities(documents):
        count(report, document)
        if "article" not in document:
            no_article(document, report)
            continue
        number += 1
        yield (b",\n" if number > 1 else b"\n") + orjson.dumps(task_of(document, number, report))
    yield b"\n]\n"


def task_of(document: Json, number: int, report: Report) -> Json:
    article = document["article"]
    where = Where(str(article.get("external_id") or article.get("id") or number))
    document = on_head(document, where.file, report)
    text, body_at = text_of(document, SPANS)
    index = Utf16Index(text)
    sets: Json = {}
    annotations, predictions = [], []
    for annotation_set in document.get("sets") or ():
        writing = LayerWriting(document, annotation_set, body_at, where)
        results = list(results_of(writing.layer(), index))
        sets[str(annotation_set["id"])] = {"set": annotation_set, "records": writing.records}
        who = annotation_set.get("annotator") or {}
        if who.get("kind") == "model":
            version = " ".join(filter(None, (who.get("name"), who.get("version"))))
            predictions.append({"model_version": version or "model", "result": results})
        else:
            annotations.append({"result": results, "was_cancelled": False, "ground_truth": False})
    data = {TEXT: text, **{name: article[name] for name in ("title", "external_id", "url") if article.get(name)}}
    meta = {"onrecord": companion_of(document, text, body_at, sets)}
    return {"id": number, "data": data, "annotations": annotations, "predictions": predictions, "meta": meta}


def results_of(layer: Layer, index: Utf16Index) -> Iterator[Json]:
    for mark in layer.marks:
        yield from region(mark, index)
    yield from map(relation, layer.links)


def region(mark: Mark, index: Utf16Index) -> Iterator[Json]:
    place = {"start": index.to_utf16(mark.start), "end": index.to_utf16(mark.end), "text": mark.words}
    base: Json = {"id": mark.key, "to_name": TEXT}
    found = {**base, "from_name": LABELS, "type": "labels", "value": {**place, "labels": [mark.label]}}
    if note := mark.fields.get("note"):
        found["meta"] = {"text": [note]}
    if (score := mark.fields.get("confidence")) is not None:
        found["score"] = score
    yield found
    if mark.label == "Content" and (told := mark.fields.get("type", UNSAID)) != UNSAID:
        yield {**base, "from_name": "type", "type": "choices", "value": {**place, "choices": [told]}}


def relation(link: Link) -> Json:
    ends = {"from_id": link.source, "to_id": link.target}
    return {**ends, "type": "relation", "direction": "right", "labels": [link.label]}
