"""From documents to lines: one for each article and set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import orjson

from annotations.formats.base import Json, Options, count
from annotations.formats.doccano.rows import position
from annotations.formats.identities import with_identities
from annotations.formats.marks import Layer
from annotations.formats.marks.companion import companion_of
from annotations.formats.marks.scheme import SPANS
from annotations.formats.marks.writing import LayerWriting
from annotations.formats.onetext import no_article, on_head, text_of
from annotations.formats.report import Report, Where


def write(head: Json, documents: Iterable[Json], report: Report, options: Options) -> Iterator[bytes]:
    for number, document in enumerate(with_identities(documents), 1):
        count(report, document)
        if "article" not in document:
            no_article(document, report)
            continue
        for row in rows_of(document, number, report):
            yield orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


def rows_of(document: Json, number: int, report: Report) -> Iterator[Json]:
    article = document["article"]
    where = Where(str(article.get("external_id") or article.get("id") or number))
    document = on_head(document, where.file, report)
    text, body_at = text_of(document, SPANS)
    base = {"text": text} | {name: article[name] for name in ("title", "external_id", "url") if article.get(name)}
    alone = True
    for annotation_set in document.get("sets") or ():
        alone = False
        writing = LayerWriting(document, annotation_set, body_at, where)
        spans, keys = spans_of(layer := writing.layer())
        records = {keys[key]: record for key, record in writing.records.items()}
        sets = {str(annotation_set["id"]): {"set": annotation_set, "records": records}}
        who = (annotation_set.get("annotator") or {}).get("name") or ""
        row = {**base, "entities": spans, "relations": relations_of(layer), "annotator": who}
        yield {**row, "onrecord": companion_of(document, text, body_at, sets)}
    if alone:
        companion = companion_of(document, text, body_at, {})
        yield {**base, "entities": [], "relations": [], "annotator": "", "onrecord": companion}


def spans_of(layer: Layer) -> tuple[list[Json], dict[str, str]]:
    """The spans, and by what each will be known when doccano has given it another id."""
    often, keys, spans = Counter[str](), {}, []
    for number, mark in enumerate(layer.marks):
        keys[mark.key] = position(mark.label, mark.start, mark.end, often)
        spans.append({"id": number, "label": mark.label, "start_offset": mark.start, "end_offset": mark.end})
    return spans, keys


def relations_of(layer: Layer) -> list[Json]:
    numbers = {mark.key: number for number, mark in enumerate(layer.marks)}
    return [
        {"id": number, "from_id": numbers[link.source], "to_id": numbers[link.target], "type": link.label}
        for number, link in enumerate(layer.links)
    ]
