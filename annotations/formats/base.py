"""What every format is: a reader of files into annotation documents, a writer of documents into bytes, or both.

A **document** is the annotation document of the API (contract, section 5) as plain dicts, offsets in code points, ready
for `POST projects/{id}/documents/`. A **reader** is a generator: it takes files (`files.py`), says what is wrong to a
`Report`, and yields each document with the place it came from. It never stops at a bad item: that is reported and the
rest goes in. Only when nothing can be read at all does it raise `Refused`, its one exception.

A reader is deterministic: the same files and options give the same documents and the same report, in the same order.
So a job that was killed reads again from the start, drops as many documents as it has committed, and goes on.

A **writer** takes a head (what the export says of itself) and documents as a GET shows them, and yields bytes; it keeps
no document once the next has come. Documents without an `article` hold what belongs to no article: publishers, named
speakers and claims before the articles, relations, evidence on web pages and reviews after them.

To add a format: one module with `read` or `write` or both, its docstring with the specification's address and what is
lost; a line in `formats/__init__.py`; a folder `tests/formats/cases/<name>/`; a column in docs/formats.md.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from annotations.formats.archives import Limits
from annotations.formats.files import Files
from annotations.formats.report import Report, Where
from annotations.kinds import KINDS

Json = dict[str, Any]

# The lists of an annotation document, in the order in which each refers to the ones before.
LISTS = tuple(kind for kind in KINDS if kind != "articles")
# Limits of the API's fields that readers have to keep to.
TITLE_MAX, BODY_MAX, LABEL_MAX, NOTE_MAX, FRAGMENTS_MAX = 5_000, 5_000_000, 500, 20_000, 200
CLAIM_MAX, URL_MAX, TAGS_MAX = 5_000, 2_000, 200


class Read(NamedTuple):
    """A document, and where it came from; `lines`: those of its one list's objects, where it was gathered from them."""

    document: Json
    where: Where
    lines: Sequence[int] = ()


@dataclass(frozen=True)
class Options:
    """`mapping`: the foreign labels in our words; each format says which keys it knows. `repair`: a span whose offsets
    are off but whose text stands near by is moved there, and reported; without it, it is refused and reported."""

    mapping: Mapping[str, Any] = field(default_factory=dict)
    repair: bool = False


Reader = Callable[[Files, Report, Options], Iterator[Read]]
Writer = Callable[[Json, Iterable[Json], Report, Options], Iterator[bytes]]


@dataclass(frozen=True)
class Format:
    """A format, by its name in the API. It cannot be imported without `read`, nor exported without `write`."""

    name: str
    description: str
    media_type: str
    extension: str
    read: Reader | None = None
    write: Writer | None = None
    limits: Limits = field(default_factory=Limits)  # of the archives that it is read from


def stable_id(kind: str, name: str) -> str:
    """An id in the form of a UUIDv7 made of a name: keys are local to a document, and what many documents of one file
    name alike (a publisher, a speaker) is one thing through its id."""
    raw = bytearray(hashlib.sha256(f"{kind}\0{name}".encode("utf-8", "surrogatepass")).digest()[:16])
    raw[6] = 0x70 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    return str(uuid.UUID(bytes=bytes(raw)))


def count(report: Report, document: Json) -> None:
    """Adds a document to the report's counts."""
    report.counts["documents"] += 1
    report.counts["articles"] += "article" in document
    for name in LISTS:
        if found := len(document.get(name) or ()):
            report.counts[name] += found
