"""From files of annotations to documents: ours, and other tools'."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from annotations.formats.base import Json, Options, Read, count
from annotations.formats.files import Files, InputFile
from annotations.formats.objects import objects_in
from annotations.formats.report import Report, Where
from annotations.formats.shapes import listed
from annotations.formats.w3c.foreign import Foreign
from annotations.formats.w3c.own import Own, described
from annotations.formats.w3c.terms import KINDS

# An AnnotationPage's, a Hypothesis answer's, a Hypothesis client's export's; a collection has its page under `first`.
ARRAYS: Final = frozenset({"items", "rows", "annotations", "first"})


def read(files: Files, report: Report, options: Options) -> Iterator[Read]:
    for file in files.values():
        for document, where in documents(file, report, options):
            count(report, document)
            yield Read(document, where)


def documents(file: InputFile, report: Report, options: Options) -> Iterator[tuple[Json, Where]]:
    own: Own | None = None
    foreign = Foreign(report, options)
    for found, where in objects_in(file, report, is_annotation, ARRAYS):
        told = found.get("object")
        if told == "document":
            if own is not None:
                yield own.document, own.where
            own = described(found, where, report, options)
        elif not isinstance(told, str) or told not in KINDS:
            foreign.take(found, where)
        elif own is not None:
            own.take(found, where)
        else:
            report.refuse("no-document", "The annotation that describes the article is missing.", where)
        if foreign.full:
            yield from foreign.drain()
    if own is not None:
        yield own.document, own.where
    yield from foreign.drain()


def is_annotation(found: Json) -> bool:
    return "target" in found or "Annotation" in listed(found.get("type"))
