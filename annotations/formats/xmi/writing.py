"""From documents to a zip of XMI files, one for each article and set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson
from cassis import Cas, TypeSystem

from annotations.formats.archives import ZipStream
from annotations.formats.base import LISTS, Json, Options, count
from annotations.formats.beside import AFTER, BEFORE, COMPANIONS
from annotations.formats.marks import Layer
from annotations.formats.marks.companion import FORMAT, companion_of
from annotations.formats.marks.scheme import SPANS
from annotations.formats.marks.writing import LayerWriting
from annotations.formats.onetext import folder_of, on_head, stem_of, text_of
from annotations.formats.report import Report, Where
from annotations.formats.xmi.layers import ARRAYS, DEFAULTS, FEATURES, LINK, STRINGS, TYPES, clean, replaced

STRING, STRING_ARRAY, ARRAY = "uima.cas.String", "uima.cas.StringArray", "uima.cas.FSArray"
ANNOTATION: Final = "uima.tcas.Annotation"


def write(head: Json, documents: Iterable[Json], report: Report, options: Options) -> Iterator[bytes]:
    archive, folder, types = ZipStream(), BEFORE, type_system()
    yield from archive.add("TypeSystem.xml", types.to_xml().encode())
    for number, document in enumerate(documents, 1):
        count(report, document)
        if "article" in document:
            folder = AFTER
            for name, data in article_files(document, number, types, report):
                yield from archive.add(name, data)
        elif any(document.get(name) for name in LISTS):
            yield from archive.add(f"{folder}{number:08}.json", orjson.dumps({"format": FORMAT, **document}))
    yield from archive.end()


def type_system() -> TypeSystem:
    types = TypeSystem()
    link = types.create_type(LINK, "uima.cas.TOP")
    types.create_feature(link, "role", STRING)
    types.create_feature(link, "target", ANNOTATION)
    for label, name in TYPES.items():
        layer = types.create_type(name, ANNOTATION)
        for feature in STRINGS[label]:
            types.create_feature(layer, FEATURES.get(feature, feature), STRING)
        for feature in ARRAYS[label]:
            types.create_feature(layer, feature, STRING_ARRAY)
        types.create_feature(layer, "links", ARRAY, elementType=LINK)
    return types


def article_files(document: Json, number: int, types: TypeSystem, report: Report) -> Iterator[tuple[str, bytes]]:
    stem = stem_of(document["article"], number)
    document = on_head(document, stem, report)
    text, body_at = text_of(document, SPANS)
    gone = replaced(text)
    if gone:
        detail = f"{len(gone)} characters that XML cannot hold are U+FFFD; they are in {COMPANIONS}/."
        report.notice("xml-character", detail, Where(stem), repr(gone[0][1]))
    language, sets = document["article"].get("language"), dict[str, Any]()
    for annotation_set in document.get("sets") or ():
        folder = folder_of(annotation_set, sets)
        name = f"{folder}/{stem}.xmi"
        writing = LayerWriting(document, annotation_set, body_at, Where(name))
        yield name, xmi_of(clean(text), language, writing.layer(), types)
        sets[folder] = {"set": annotation_set, "records": writing.records}
    if not sets:
        yield f"unannotated/{stem}.xmi", xmi_of(clean(text), language, Layer({}), types)
    companion = companion_of(document, text, body_at, sets) | {"replaced": gone}
    yield f"{COMPANIONS}/{stem}.json", orjson.dumps(companion)


def xmi_of(text: str, language: str | None, layer: Layer, types: TypeSystem) -> bytes:
    cas = Cas(types)
    cas.sofa_string, cas.sofa_mime = text, "text/plain"
    cas.document_language = language or "x-unspecified"  # UIMA's word for it
    cas.get_document_annotation().end = len(text)
    annotations, links = {}, dict[str, list[Any]]()
    for mark in layer.marks:
        features = features_of(mark.label, mark.key, mark.fields, types)
        annotations[mark.key] = types.get_type(TYPES[mark.label])(begin=mark.start, end=mark.end, **features)
    for link in layer.links:
        made = types.get_type(LINK)(role=link.label, target=annotations[link.target])
        links.setdefault(link.source, []).append(made)
    for key, made in links.items():
        annotations[key].links = types.get_type(ARRAY)(elements=made)
    cas.add_all(list(annotations.values()))
    return str(cas.to_xmi()).encode()


def features_of(label: str, key: str, fields: Json, types: TypeSystem) -> Json:
    told = {**fields, "id": key}
    found: Json = {
        FEATURES.get(name, name): clean(told[name])
        for name in STRINGS[label]
        if told.get(name) not in (None, DEFAULTS.get(name))
    }
    for name in ARRAYS[label]:
        if values := told.get(name):
            found[name] = types.get_type(STRING_ARRAY)(elements=[clean(value) for value in values])
    return found
