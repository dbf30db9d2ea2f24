"""From the parts of an export to the bytes of a format.

Records pass through to `ndjson` unparsed; other formats, and stand-off `ndjson`, get them as documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

import orjson
from django.utils import timezone

from annotations.exporting.parts import EVERYTHING, IN_SETS, Part, Selection, parts
from annotations.exporting.snapshot import snapshot
from annotations.formats import FORMATS, Json, Options, Report
from annotations.formats.ndjson import RECORDS, Outgoing
from annotations.formats.wordless import without_words
from projects.roles import Caller

RECORD_OF: Final = {name: record for record, name in RECORDS.items()}
# The order of lists in a document: each refers to the ones before.
ON_ARTICLES: Final = ("sets", "speakers", *IN_SETS)
BLOCK: Final = 2**16


def export(
    *,
    caller: Caller,
    project: UUID,
    format: str,
    selection: Selection = EVERYTHING,
    words: bool = True,
    mapping: Json | None = None,
    report: Report | None = None,
) -> Iterator[bytes]:
    """The project's export, in blocks that are worth sending. What the format cannot keep goes into `report`.

    Nothing is asked of the database before the first block; closing the generator ends the connection. Errors: those of
    the database, also half-way; the bytes then lack what a reader knows the end by.
    """
    report = report or Report()
    head = {"project": str(project), "exported_at": timezone.now().isoformat(), "text": words}
    head |= {name: value for name, value in vars(selection).items() if value is not None}
    with snapshot() as moment:
        found = parts(moment, caller, project, selection)
        if format == "ndjson" and words:
            lines = passed_through(head, found, report)
        else:
            write = FORMATS[format].write
            assert write is not None, "callers ask for formats that can be written"
            documents = (document_of(part) for part in found)
            documents = documents if words else (without_words(document) for document in documents)
            lines = write(head, documents, report, Options(mapping or {}))
        yield from blocks(lines)


def blocks(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in fewer pieces."""
    held, size = [], 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size >= BLOCK:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


def passed_through(head: Json, found: Iterator[Part], report: Report) -> Iterator[bytes]:
    """Lines of `onrecord/1` around records that PostgreSQL wrote."""
    out = Outgoing()
    yield out.head(head)
    for part in found:
        report.counts["documents"] += 1
        if part.article is not None:
            counts = {name: len(records) for name, records in part.lists.items()}
            yield out.line(document_line(part).encode(), counts | {"articles": 1})
            continue
        for name, records in part.lists.items():
            for record in records:
                line = f'{{"record": "{RECORD_OF[name]}", {record.lstrip()[1:]}\n'
                yield out.line(line.encode(), {name: 1})
    report.counts.update(out.counts)
    yield out.end()


def document_line(part: Part) -> str:
    return f'{{"record": "document", {members(part)}}}'.replace("\n", " ") + "\n"  # white space between values


def members(part: Part) -> str:
    lists = (f'"{name}": [{",".join(part.lists[name])}]' for name in ON_ARTICLES if part.lists.get(name))
    return ", ".join([f'"article": {part.article}', *lists])


def document_of(part: Part) -> Json:
    if part.article is None:
        return {name: [orjson.loads(record) for record in records] for name, records in part.lists.items()}
    document: dict[str, Any] = orjson.loads(f"{{{members(part)}}}")
    return document
