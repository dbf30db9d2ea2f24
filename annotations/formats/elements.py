"""The elements of arrays in a JSON file, one by one: a file of any size in the memory of its largest element.

Source: RFC 8259. Only strings and brackets are looked at here. Each element is parsed by itself, so one that is
malformed is reported and the others are read, as long as its quotes and brackets are paired.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import orjson

from annotations.formats.files import LINE_MAX, InputFile, Refused
from annotations.formats.report import Report, Where

# A lone quotation mark is a string whose end has not come yet.
TOKEN: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["{}\[\],]', re.S)
# Inside an element only brackets count; all else is passed over at once.
PLAIN: Final = re.compile(rb'(?>[^"{}\[\]]+|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+', re.S)
CHUNK: Final = 2**18
DEPTH_MAX: Final = 200


class Element(NamedTuple):
    """An object of the file, and its line."""

    value: Any
    where: Where


class Unpaired(Exception):
    """A bracket that closes another one than is open."""


def elements(file: InputFile, names: frozenset[str], report: Report) -> Iterator[Element]:
    """The objects in the outermost array, or in arrays that stand under one of the names, outside of other elements."""
    scan = Scan(frozenset(f'"{name}"'.encode() for name in names), file.name)
    try:
        for line, raw in scan.read(file):
            where = Where(file.name, line)
            try:
                yield Element(orjson.loads(raw), where)
            except orjson.JSONDecodeError as exc:
                report.refuse("malformed-json", str(exc), where, raw[:200].decode("utf-8", "replace"))
    except Unpaired:
        report.refuse("malformed-json", "Brackets do not pair; what follows was not read.", Where(file.name, scan.line))
    else:
        if scan.stack or scan.buffer:
            report.refuse("truncated", "The file ends in the middle: it is cut off.", Where(file.name, scan.line))


class Scan:
    """What has been seen up to now: the brackets that are open, the last string, where an element started."""

    def __init__(self, keys: frozenset[bytes], name: str) -> None:
        self.keys, self.name = keys, name
        self.buffer, self.at = b"", 0
        self.line, self.counted = 1, 0
        self.stack: list[bytes] = []
        self.wanted: list[bool] = []
        self.last = b""
        self.start: int | None = None

    def read(self, file: InputFile) -> Iterator[tuple[int, bytes]]:
        with file.open() as stream:
            chunk = stream.read(CHUNK)
            if chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise Refused("not-utf8", f"JSON is in UTF-8; {self.name} is in UTF-16.")
            chunk = chunk.removeprefix(codecs.BOM_UTF8)
            while chunk:
                yield from self.feed(chunk)
                # As much again as is waiting, so that a large element costs no more for each byte than a small one.
                chunk = stream.read(max(CHUNK, len(self.buffer)))

    def feed(self, chunk: bytes) -> Iterator[tuple[int, bytes]]:
        self.buffer += chunk
        if len(self.buffer) > LINE_MAX:
            raise Refused("element-too-large", f"One element of {self.name} is larger than {LINE_MAX // 2:,} bytes.")
        at, done = self.at, None
        while done is None:
            if self.start is not None and (plain := PLAIN.match(self.buffer, at)):
                at = plain.end()
            found = TOKEN.search(self.buffer, at)
            if found is None:
                done = len(self.buffer)
            elif found[0] == b'"':
                done = found.start()
            else:
                yield from self.token(found)
                at = found.end()
        self.at = done
        self.forget(done if self.start is None else self.start)

    def token(self, found: re.Match[bytes]) -> Iterator[tuple[int, bytes]]:
        token = found[0]
        if token in (b"{", b"["):
            self.open(token, found.start())
        elif token in (b"}", b"]"):
            self.close(token)
            if self.start is not None and self.wanted and self.wanted[-1]:
                yield self.line_at(self.start), self.buffer[self.start : found.end()]
                self.start = None
        else:
            self.last = b"" if token == b"," else token

    def open(self, token: bytes, at: int) -> None:
        if self.start is None and token == b"{" and self.wanted and self.wanted[-1]:
            self.start = at
        named = self.last in self.keys or not self.stack
        self.stack.append(token)
        self.wanted.append(token == b"[" and named and self.start is None)
        if len(self.stack) > DEPTH_MAX:
            raise Refused("malformed-json", f"{self.name} is nested more than {DEPTH_MAX} deep.")

    def close(self, token: bytes) -> None:
        if not self.stack or (self.stack.pop() == b"{") != (token == b"}"):
            raise Unpaired
        self.wanted.pop()

    def line_at(self, place: int) -> int:
        self.line += self.buffer.count(b"\n", self.counted, place)
        self.counted = max(self.counted, place)
        return self.line

    def forget(self, done: int) -> None:
        """Drops what is before an element that is open, or before a string whose end has not come."""
        self.line_at(done)
        self.buffer = self.buffer[done:]
        self.at, self.counted = self.at - done, self.counted - done
        self.start = None if self.start is None else 0
