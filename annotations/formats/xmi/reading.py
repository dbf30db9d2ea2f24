"""From CAS files to documents: one for each text, with a set for each annotator's file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from annotations.formats.base import LABEL_MAX, Json, Options, Read
from annotations.formats.beside import COMPANIONS, with_beside
from annotations.formats.beside import load as load_beside
from annotations.formats.files import Files
from annotations.formats.marks import Layer
from annotations.formats.marks.companion import FORMAT
from annotations.formats.marks.documents import Growing, growing
from annotations.formats.report import Report, Where
from annotations.formats.shapes import mapping, sha256
from annotations.formats.xmi.annotations import layer_of
from annotations.formats.xmi.cas import load
from annotations.formats.xmi.files import CURATOR, Pass, opened, passes
from annotations.formats.xmi.layers import restored
from annotations.formats.xmi.typesystem import Slots, slots_in


def read(files: Files, report: Report, options: Options) -> Iterator[Read]:
    return with_beside(articles(files, report, options), files, FORMAT, report)


def articles(files: Files, report: Report, options: Options) -> Iterator[tuple[Json, Where]]:
    slots = slots_in(files, report)
    for name, found in passes(files).items():
        document = document_of(name, found, files, slots, report, options)
        if document is not None:
            yield document, Where(found[0].file.name)


def document_of(
    name: str, found: list[Pass], files: Files, slots: Slots | None, report: Report, options: Options
) -> Json | None:
    beside = files.get(f"{COMPANIONS}/{name}.json")
    companion = load_beside(beside, FORMAT, report) if beside else None
    growing: Growing | None = None
    for one, beside_it in opened(found, report):
        cas = load(one.file, report)
        if cas.text is None:
            continue
        if growing is None:
            growing = start(name, one, cas.text, companion, report, options)
            if growing is None:
                return None
        elif restored(cas.text, mapping(companion).get("replaced")) != growing.text.raw:
            report.refuse("text-differs", "The text is another one than in the first file.", Where(one.file.name))
            continue
        own = slots_in(beside_it, report) or slots
        layer = layer_of(cas, growing.companion.sets.get(one.annotator), own, growing.scheme, report)
        take(growing, one, layer, len(found) > 1, options)
    return growing.finished() if growing else None


def start(name: str, one: Pass, text: str, companion: Any, report: Report, options: Options) -> Growing | None:
    raw = restored(text, mapping(companion).get("replaced"))
    if companion is not None and sha256(raw) != mapping(companion).get("sha256"):
        raw = text
    article = {"external_id": name.removesuffix(".txt").removesuffix(".xmi")[-LABEL_MAX:]}
    return growing(raw, article, companion, Where(one.file.name), report, options, unit="utf16")


def take(found: Growing, one: Pass, layer: Layer, several: bool, options: Options) -> None:
    """The layer of one file. What nobody annotated is no set, unless we wrote it as one."""
    ours = one.annotator in found.companion.sets
    layer.name = one.annotator if ours else ""
    layer.set = set_of(one.annotator if several or is_exported(one) else "", options)
    if ours or layer.marks:
        found.take(layer)


def is_exported(one: Pass) -> bool:
    return one.file.name.count("/") > 1


def set_of(annotator: str, options: Options) -> Json:
    known = mapping(options.mapping.get("users")).get(annotator)
    name = (known if isinstance(known, str) else annotator)[:LABEL_MAX]
    curated = annotator == CURATOR
    who = {"kind": "human", "name": name, "version": "", "user": None if curated else name}
    other = {"kind": "import", "name": "xmi", "version": "", "user": None}
    return {"kind": "imported", "annotator": who if name else other, "label": "curation" if curated else ""}
