"""The lines of one .ann file.

Specification: https://brat.nlplab.org/standoff.html. Lines end at LF alone: str.splitlines would also cut at characters
that occur inside spans. A line that begins as no line of the format does goes on with the span before it, whose words
held a line break.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar

from annotations.formats.report import Report, Where

Pieces = tuple[tuple[int, int], ...]
T = TypeVar("T")

BEGINS: Final = re.compile(r"[TEAMNR#][A-Za-z0-9]{0,20}\t|\*\t")
SPAN: Final = re.compile(
    r"(T\w{1,20})\t(\S+) ([0-9]{1,9} [0-9]{1,9}(?:;[0-9]{1,9} [0-9]{1,9})*)(?:\t(.*))?", re.S | re.A
)
EVENT: Final = re.compile(r"(E\w{1,20})\t(\S+?):(T\w{1,20})((?: +[^\s:]+:[TE]\w{1,20})*)\s*", re.A)
ATTRIBUTE: Final = re.compile(r"[AM]\w*\t(\S+) ([TE]\w{1,20})(?: (.+))?", re.A)
NOTE: Final = re.compile(r"#\w*\t(\S+) ([TE]\w{1,20})\t(.*)", re.S | re.A)


class TextBound(NamedTuple):
    """A span (T): offsets as the file counts them, the words it says it covers, its line in the file."""

    label: str
    pieces: Pieces
    words: str | None
    line: int


class Event(NamedTuple):
    """`arguments` are (role, T or E id); brat's number behind a repeated role (Content2) is gone."""

    label: str
    trigger: str
    arguments: list[tuple[str, str]]
    line: int


class Attribute(NamedTuple):
    """Of a span or event (A, M); without a value, a flag."""

    name: str
    value: str | None


@dataclass
class Standoff:
    """By id, in the order of the file."""

    spans: dict[str, TextBound] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    attributes: dict[str, list[Attribute]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)


def parse(ann: str, file: str, report: Report) -> Standoff:
    standoff = Standoff()
    for number, line in whole_lines(ann.removeprefix("\ufeff")):
        if fault := take(standoff, line, number):
            report.refuse(*fault, Where(file, number), line)
    return standoff


def whole_lines(ann: str) -> list[tuple[int, str]]:
    """Each line with its number, those that go on put together."""
    found: list[tuple[int, str]] = []
    for number, line in enumerate(ann.split("\n"), 1):
        line = line.removesuffix("\r")
        if found and not BEGINS.match(line) and found[-1][1].startswith("T"):
            found[-1] = (found[-1][0], f"{found[-1][1]}\n{line}")
        else:
            found.append((number, line))
    return [(number, stripped) for number, line in found if (stripped := line.rstrip("\n"))]


def take(standoff: Standoff, line: str, number: int) -> tuple[str, str] | None:
    """Takes in one line; gives code and detail if it cannot."""
    if line[0] in "RN*" and BEGINS.match(line):
        what = "normalisation" if line[0] == "N" else "relation"
        return f"{what}-not-kept", f"A brat {what} has no place in an annotation document."
    if span := SPAN.fullmatch(line):
        name, label, offsets, words = span.groups()
        return add(standoff.spans, name, TextBound(label, pieces_of(offsets), words, number))
    if event := EVENT.fullmatch(line):
        name, label, trigger, rest = event.groups()
        arguments = [
            (role.rstrip("0123456789"), target) for role, _, target in (a.partition(":") for a in rest.split())
        ]
        return add(standoff.events, name, Event(label, trigger, arguments, number))
    if attribute := ATTRIBUTE.fullmatch(line):
        standoff.attributes.setdefault(attribute[2], []).append(Attribute(attribute[1], attribute[3]))
    elif note := NOTE.fullmatch(line):
        standoff.notes.setdefault(note[2], []).append(note[3])
    else:
        return "malformed-line", "This is no line of brat's standoff format."
    return None


def add(found: dict[str, T], name: str, item: T) -> tuple[str, str] | None:
    if name in found:
        return "id-repeated", f"{name} stands twice in this file."
    found[name] = item
    return None


def pieces_of(offsets: str) -> Pieces:
    """`209 236;91 186`: the pieces in the annotator's order."""
    pairs = (piece.split(" ") for piece in offsets.split(";"))
    return tuple((int(start), int(end)) for start, end in pairs)
