"""The JSON objects of a file: one a line, or in an array, or one alone."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import orjson

from annotations.formats.base import Json
from annotations.formats.elements import Element, elements
from annotations.formats.files import InputFile, Refused
from annotations.formats.ndjson import parse
from annotations.formats.report import Report, Where

IsOne = Callable[[Json], bool]


def objects_in(
    file: InputFile, report: Report, is_one: IsOne, arrays: frozenset[str] = frozenset()
) -> Iterator[Element]:
    """Each object that `is_one` of those we want, from a file of any size: arrays may also stand under the names of
    `arrays`. What is none is reported, and so is a file without any."""
    something = False
    for found, where in by_line(file, report) if is_by_line(file, arrays) else elements(file, arrays, report):
        something = True
        if isinstance(found, dict) and is_one(found):
            yield Element(found, where)
        else:
            report.refuse("not-one-of-these", "This is no object of this format.", where, str(found)[:200])
    if not something:
        yield from alone(file, report, is_one)


def alone(file: InputFile, report: Report, is_one: IsOne) -> Iterator[Element]:
    """The one object that the file is, where it is one of these."""
    try:
        found = orjson.loads(file.read().removeprefix(codecs.BOM_UTF8))
    except orjson.JSONDecodeError:
        found = None
    if isinstance(found, dict) and is_one(found):
        yield Element(found, Where(file.name, 1))
    else:
        report.refuse("nothing-found", "There is no object of this format in this file.", Where(file.name))


def is_by_line(file: InputFile, arrays: frozenset[str]) -> bool:
    """Whether the first line is an object, and not the start of a larger one."""
    _, first = next(islice(file.lines(), 1), (1, b""))
    if (first or b"").startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Refused("not-utf8", f"JSON is in UTF-8; {file.name[:100]} is in UTF-16.")
    try:
        found: Any = orjson.loads((first or b"").removeprefix(codecs.BOM_UTF8))
    except orjson.JSONDecodeError:
        return False
    return isinstance(found, dict) and not arrays & found.keys()


def by_line(file: InputFile, report: Report) -> Iterator[Element]:
    """The objects of a file that has one a line."""
    for number, line in file.lines():
        where = Where(file.name, number)
        if line is None:
            report.refuse("line-too-long", "The line is too long to be read.", where)
        elif line := line.removeprefix(codecs.BOM_UTF8).strip():
            found = parse(line, where, report)
            if found is not None:
                yield Element(found, where)
