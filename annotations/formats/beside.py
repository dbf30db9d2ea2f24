"""What goes beside the files of a zip that a tool reads: `_onrecord/`, which it does not look at (decision 0023).

`_onrecord/<text>.json` is of one text; `_onrecord/before/` and `after/` hold what belongs to no article and came before
or after the articles, such as named speakers, and reviews.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import orjson

from annotations.formats.base import LISTS, Json, Read, count
from annotations.formats.files import Files, InputFile
from annotations.formats.report import Report, Where
from annotations.formats.shapes import objects

COMPANIONS: Final = "_onrecord"
BEFORE: Final = f"{COMPANIONS}/before/"
AFTER: Final = f"{COMPANIONS}/after/"


def load(file: InputFile, format: str, report: Report) -> Json | None:
    """The JSON object in a companion file; None where it is not of the format, which is reported."""
    where = Where(file.name)
    try:
        found = orjson.loads(file.read())
    except orjson.JSONDecodeError as exc:
        report.refuse("malformed-json", str(exc), where)
        return None
    if not isinstance(found, dict) or found.get("format") != format:
        report.refuse("unknown-format", f"This is no object of format {format!r}.", where)
        return None
    return found


def with_beside(articles: Iterator[tuple[Json, Where]], files: Files, format: str, report: Report) -> Iterator[Read]:
    """What a reader of such a zip gives: its articles, between what came before and after them. Files of which none is
    of the format are refused: nothing would be said of them."""

    def every() -> Iterator[tuple[Json, Where]]:
        yield from without_article(files, BEFORE, format, report)
        yield from articles
        yield from without_article(files, AFTER, format, report)

    something = False
    for document, where in every():
        something = True
        count(report, document)
        yield Read(document, where)
    if not something and not report.codes["refused"]:
        first = next(iter(files), "")
        report.refuse(
            "nothing-found", "There is no file of this format here; docs/formats.md names them.", Where(first)
        )


def without_article(files: Files, folder: str, format: str, report: Report) -> list[tuple[Json, Where]]:
    """The documents that are of no article, as they were before or after the others."""
    found = [(load(file, format, report), Where(name)) for name, file in files.items() if name.startswith(folder)]
    return [({n: objects(held.get(n)) for n in LISTS if held.get(n)}, where) for held, where in found if held]
