"""From files of annotations to documents: ours, and other tools'."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import orjson

from annotations.formats.base import Json, Options, Read, count
from annotations.formats.elements import Element, elements
from annotations.formats.files import Files, InputFile
from annotations.formats.ndjson import parse
from annotations.formats.report import Report, Where
from annotations.formats.w3c.foreign import Foreign
from annotations.formats.w3c.own import Own, described
from annotations.formats.w3c.selectors import listed
from annotations.formats.w3c.terms import KINDS

# An AnnotationPage's, a Hypothesis answer's, a Hypothesis client's export's.
ARRAYS: Final = frozenset({"items", "rows", "annotations"})


def read(files: Files, report: Report, options: Options) -> Iterator[Read]:
    for file in files.values():
        for document, where in documents(file, report, options):
            count(report, document)
            yield Read(document, where)


def documents(file: InputFile, report: Report, options: Options) -> Iterator[tuple[Json, Where]]:
    own: Own | None = None
    foreign = Foreign(report, options)
    for found, where in each(file, report):
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


def each(file: InputFile, report: Report) -> Iterator[tuple[Json, Where]]:
    """The annotations of a file: one a line, or in an array, or one alone."""
    something = False
    for found, where in by_line(file, report) if is_by_line(file) else elements(file, ARRAYS, report):
        something = True
        if isinstance(found, dict) and ("target" in found or "Annotation" in listed(found.get("type"))):
            yield found, where
        else:
            report.refuse("not-an-annotation", "This is no Web Annotation: it has no target.", where, str(found)[:200])
    if not something:
        yield from alone(file, report)


def alone(file: InputFile, report: Report) -> Iterator[tuple[Json, Where]]:
    try:
        found = orjson.loads(file.read().removeprefix(codecs.BOM_UTF8))
    except orjson.JSONDecodeError:
        found = None
    if isinstance(found, dict) and "target" in found:
        yield found, Where(file.name, 1)
    else:
        report.refuse("nothing-found", "There is no annotation in this file.", Where(file.name))


def is_by_line(file: InputFile) -> bool:
    """Whether the first line is an annotation, and not the start of a larger object."""
    _, first = next(islice(file.lines(), 1), (1, b""))
    try:
        found: Any = orjson.loads((first or b"").removeprefix(codecs.BOM_UTF8))
    except orjson.JSONDecodeError:
        return False
    return isinstance(found, dict) and not ARRAYS & found.keys() and "first" not in found


def by_line(file: InputFile, report: Report) -> Iterator[Element]:
    for number, line in file.lines():
        where = Where(file.name, number)
        if line is None:
            report.refuse("line-too-long", "The line is too long to be read.", where)
        elif line := line.removeprefix(codecs.BOM_UTF8).strip():
            found = parse(line, where, report)
            if found is not None:
                yield Element(found, where)
