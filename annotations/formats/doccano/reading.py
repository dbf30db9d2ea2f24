"""From lines to documents: one text is one document, whatever the number of its annotators."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, Final

from annotations.formats.base import LABEL_MAX, Json, Options, Read, count
from annotations.formats.doccano.rows import COLUMNS, layers_of
from annotations.formats.files import Files
from annotations.formats.marks.documents import Growing, growing
from annotations.formats.marks.facts import article_of, text_field
from annotations.formats.objects import Element, objects_in
from annotations.formats.report import Report
from annotations.formats.shapes import mapping, sha256, text

# Lines of one text that are further apart than so many texts, or characters, are not brought together. In a single file
# they follow each other.
TEXTS: Final = 500
CHARACTERS: Final = 16 * 2**20
UNITS: Final = ("code_points", "utf16", "graphemes")


def read(files: Files, report: Report, options: Options) -> Iterator[Read]:
    for found in Gathering(files, report, options).documents():
        document = found.finished()
        count(report, document)
        yield Read(document, found.where)


class Gathering:
    """Documents that wait for the lines of other annotators."""

    def __init__(self, files: Files, report: Report, options: Options) -> None:
        self.files, self.report, self.options = files, report, options
        self.waiting: OrderedDict[Any, Growing] = OrderedDict()
        self.characters = 0

    def documents(self) -> Iterator[Growing]:
        for row, annotator in in_step(self.files, self.report, self.options):
            self.take(row, annotator)
            while len(self.waiting) > (TEXTS if len(self.files) > 1 else 1) or self.characters > CHARACTERS:
                yield self.first()
        while self.waiting:
            yield self.first()

    def first(self) -> Growing:
        _, found = self.waiting.popitem(last=False)
        self.characters -= len(found.text.raw)
        return found

    def take(self, element: Element, annotator: str) -> None:
        row, where = element
        field = text_field(row, self.options)
        if field is None:
            self.report.refuse("no-text", "The line has no text; `text` in the mapping names the field.", where)
            return
        key = identity(row, row[field]) or where
        found = self.waiting.get(key)
        if found is None:
            told = self.options.mapping.get("offsets")
            unit = told if told in UNITS else UNITS[0]
            article = article_of(row, {field, *COLUMNS}, self.options)
            found = growing(row[field], article, row.get("onrecord"), where, self.report, self.options, unit=unit)
            if found is None:
                return
            self.waiting[key] = found
            self.characters += len(found.text.raw)
        else:
            found.merge(row.get("onrecord"))
        for layer in layers_of(row, annotator, where, self.report, self.options):
            found.take(layer)


def identity(row: Json, body: str) -> Any:
    """By what lines are known to be of one text: our id of the article, else doccano's of the example."""
    told = mapping(mapping(row.get("onrecord")).get("article")).get("id")
    own = told if isinstance(told, str) else row.get("id")
    return (type(own).__name__, own, sha256(body)) if isinstance(own, str | int) else None


def in_step(files: Files, report: Report, options: Options) -> Iterator[tuple[Element, str]]:
    """A line of each file in turn: doccano writes the same texts in the same order for each annotator."""
    told = text(options.mapping.get("annotator"), LABEL_MAX)
    readers = [
        (objects_in(file, report, is_row), told or (stem(name) if len(files) > 1 else ""))
        for name, file in files.items()
    ]
    while readers:
        going = []
        for reader, annotator in readers:
            row = next(reader, None)
            if row is not None:
                yield row, annotator
                going.append((reader, annotator))
        readers = going


def is_row(found: Json) -> bool:
    return any(isinstance(value, str) for value in found.values())


def stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0][:LABEL_MAX]
