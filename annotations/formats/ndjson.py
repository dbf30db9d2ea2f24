"""The project's own format, `onrecord/1`: one JSON object a line, in UTF-8, lossless.

Specification: this docstring; lines after https://github.com/ndjson/ndjson-spec, JSON after RFC 8259. Nothing is lost
but ids (an import makes new ones), versions and times. Each line is an object with a `record`:

    {"record": "header", "format": "onrecord/1", …}       first; the rest of it tells of the export and is not read
    {"record": "publisher", …}                            one object a line, as its resource shows it, with its `id`
    {"record": "speaker", …}                              named ones
    {"record": "claim", …}
    {"record": "document", "article": {…}, "sets": […], "speakers": […], "mentions": […], …}
                                                          one article, all its revisions and sets, its unnamed speakers
    {"record": "claim_relation", …}, {"record": "evidence", …}, {"record": "claim_review", …}
                                                          what belongs to no article
    {"record": "end", "counts": {…}, "sha256": "…"}       last; objects by list, and the hash of all lines before it

The hash is over the lines as they were written, each with its LF; a byte order mark, CR before LF, and blank lines do
not change it. A line without `record` that looks like an annotation document is read as one, so what
`documents/` takes as NDJSON is read here too.

**One scope.** Ids are the file's own names for things, and a line may refer to what earlier lines hold. An import that
commits in batches keeps a table of (job, kind, id in the file, id here), filled from the answer of each batch in the
batch's own transaction, and hands to the call that stores a batch what its ids are here. Identity lines come as
documents without an article, so what is there already is reused by its natural key. Two references of identities may
point forward, to a line that is yet to come: a speaker's or claim's `merged_into` and a speaker's `affiliation`. They
are taken off by `deferred`, kept in a table of the job, and set once the last identity is in; only on objects that this
import has made, since what is reused is never altered.
"""

from __future__ import annotations

import codecs
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import orjson

from annotations.formats.base import LISTS, Json, Options, Read, count
from annotations.formats.files import Files, InputFile, Refused
from annotations.formats.report import Report, Where

FORMAT: Final = "onrecord/1"
RECORDS: Final = {
    "publisher": "publishers",
    "speaker": "speakers",
    "claim": "claims",
    "claim_relation": "claim_relations",
    "evidence": "evidence",
    "claim_review": "claim_reviews",
}
TOGETHER: Final = 500  # single objects make one document


def read(files: Files, report: Report, options: Options) -> Iterator[Read]:
    for file in files.values():
        for found in _Reading(file, report).documents():
            count(report, found.document)
            yield found


class _Reading:
    """One file on its way: what its lines were so far, and the single objects that wait for company."""

    def __init__(self, file: InputFile, report: Report) -> None:
        self.file, self.report = file, report
        self.sha, self.counts = hashlib.sha256(), Counter[str]()
        self.waiting: Json = {}
        self.lines: list[int] = []
        self.since = Where(file.name)
        self.something = self.ended = self.headed = False

    def documents(self) -> Iterator[Read]:
        where = Where(self.file.name)
        for number, line in self.file.lines():
            where = Where(self.file.name, number)
            if line is None:
                self.report.refuse("line-too-long", "The line is too long to be read.", where)
                continue
            line = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
            if number == 1 and line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise Refused("not-utf8", "This format is in UTF-8; the file is in UTF-16.")
            if line := line.strip():
                self.something = True
                yield from self.line(line, where)
        yield from self.gathered()
        if not self.something:
            self.report.refuse("nothing-found", "There is no line in it.", where)
        if self.headed and not self.ended:
            self.report.refuse("truncated", "The last line, of record `end`, is missing: the file is cut off.", where)

    def line(self, line: bytes, where: Where) -> Iterator[Read]:
        found = parse(line, where, self.report)
        record = found.pop("record", "document") if found is not None else None
        if record == "end":
            self.end(found or {}, where)
            return
        self.sha.update(line + b"\n")
        if found is None:
            return
        if self.ended:
            self.report.notice("after-the-end", "The line stands after the one of record `end`.", where)
        if record == "header":
            self.header(found, where)
        elif record == "document":
            yield from self.gathered()
            yield from self.document(found, where)
        elif isinstance(record, str) and record in RECORDS:
            yield from self.single(RECORDS[record], found, where)
        else:
            self.report.refuse("unknown-record", "No such record in this format.", where, str(record))

    def header(self, found: Json, where: Where) -> None:
        if found.get("format") != FORMAT:
            raise Refused("unknown-format", f"The header says {str(found.get('format'))[:50]!r}, not {FORMAT!r}.")
        self.headed = True

    def document(self, found: Json, where: Where) -> Iterator[Read]:
        if fault := shape_fault(found):
            self.report.refuse("not-a-document", fault, where)
            return
        self.counts["articles"] += "article" in found
        self.counts.update({name: len(found[name]) for name in LISTS if found.get(name)})
        yield Read(found, where)

    def single(self, name: str, found: Json, where: Where) -> Iterator[Read]:
        """An object outside documents; its neighbours of the same kind go with it."""
        if name not in self.waiting or len(self.waiting[name]) == TOGETHER:
            yield from self.gathered()
            self.waiting, self.lines, self.since = {name: []}, [], where
        self.waiting[name].append(found)
        self.lines.append(where.line or 0)
        self.counts[name] += 1

    def gathered(self) -> Iterator[Read]:
        if self.waiting:
            yield Read(self.waiting, self.since, self.lines)
            self.waiting = {}

    def end(self, found: Json, where: Where) -> None:
        self.ended = True
        if found.get("sha256") != self.sha.hexdigest():
            detail = "The lines are not those that were exported: the hash in the last line is another."
            self.report.notice("checksum-differs", detail, where)
        told = found.get("counts")
        if told != (counts := {name: n for name, n in self.counts.items() if n}):
            detail = f"The last line counts {told}, and there were {counts}."
            self.report.notice("counts-differ", detail, where)


def parse(line: bytes, where: Where, report: Report) -> Json | None:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as exc:
        report.refuse("malformed-json", str(exc), where, line[:200].decode("utf-8", "replace"))
        return None
    if not isinstance(found, dict):
        report.refuse("not-an-object", "The line is JSON, but not an object.", where, line[:200].decode())
        return None
    return found


def shape_fault(found: Json) -> str | None:
    """What keeps this from being an annotation document, at first sight: its fields are checked where it is stored."""
    if unknown := set(found) - {"article", *LISTS}:
        return f"An annotation document has no {sorted(unknown)[0][:50]!r}."
    if not isinstance(found.get("article", {}), dict):
        return "`article` is not an object."
    for name in LISTS:
        items = found.get(name, [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            return f"`{name}` is not a list of objects."
    return None if found else "The line is an empty object."


class Outgoing:
    """Lines on their way out: counted and hashed, for the last one."""

    def __init__(self) -> None:
        self.sha, self.counts = hashlib.sha256(), Counter[str]()

    def head(self, head: Json) -> bytes:
        return self.line(dumped({"record": "header", "format": FORMAT, **head}), {})

    def line(self, line: bytes, counts: Mapping[str, int]) -> bytes:
        self.sha.update(line)
        self.counts.update(counts)
        return line

    def end(self) -> bytes:
        counts = {name: n for name, n in self.counts.items() if n}
        return dumped({"record": "end", "counts": counts, "sha256": self.sha.hexdigest()})


def dumped(record: Json) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


def write(head: Json, documents: Iterable[Json], report: Report, options: Options) -> Iterator[bytes]:
    out = Outgoing()
    yield out.head(head)
    for record in records(documents, report):
        yield out.line(dumped(record), counted(record))
    yield out.end()


def records(documents: Iterable[Json], report: Report) -> Iterator[Json]:
    names = {name: record for record, name in RECORDS.items()}
    for document in documents:
        count(report, document)
        if "article" in document:
            yield {"record": "document", **document}
            continue
        for name in LISTS:
            if document.get(name) and name not in names:
                report.refuse("no-article", f"{name} without an article have no place.", Where(FORMAT))
                continue
            for found in document.get(name) or ():
                yield {"record": names[name], **found}


def counted(record: Json) -> dict[str, int]:
    kind = record["record"]
    if kind == "document":
        return {"articles": 1} | {name: len(record[name]) for name in LISTS if record.get(name)}
    return {RECORDS[kind]: 1} if kind in RECORDS else {}
