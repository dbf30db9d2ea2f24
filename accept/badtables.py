"""The rows of tests/test_bad_input.py as raw requests, each answered with the same status, code and pointer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests import test_bad_input as tables
from tests.estate import Estate

JSON = "application/json"
EMPTY = {401, 415, 428}  # what an empty token, media type, If-Match gets
# Statuses, and the code (with ` at ` and its pointer, if it has one); no code for an answer of the web server's own.
Expected = tuple[set[int], str]
Case = tuple[str, bytes, Expected]


def message(start: str, *headers: str, body: bytes = b"") -> bytes:
    """One request; header lines are latin-1, so that any byte can be told."""
    return "\r\n".join([start, *headers, "", ""]).encode("latin-1") + body


def cases(estate: Estate, host: str, bearer: str) -> Iterator[Case]:
    ask = Asker(estate, host, bearer)
    yield from bodies(ask)
    yield from headers(ask)
    for name, (path, code, pointer) in tables.PARAMETERS.items():
        yield name, ask("GET", path), ({400}, f"{code} at {pointer}")
    for name, path in tables.ADDRESSES.items():
        for method in ("GET", "PATCH", "POST", "DELETE"):
            yield f"{method} {name}", ask(method, path, b"{}"), ({404}, "not-found")


def bodies(ask: Asker) -> Iterator[Case]:
    for name, (method, path, body, status, code, pointer, *kind) in tables.BODIES.items():
        yield name, ask(method, path, body, *kind), ({status}, f"{code} at {pointer}")
    for name, (media, code) in tables.KINDS.items():
        yield name, ask("POST", "speakers/", b"{}", media), at_the_door(media, 415, code)


def headers(ask: Asker) -> Iterator[Case]:
    tag = f'"{ask.estate.id("speaker")}.1"'
    for name, (given, status, code) in tables.HEADERS.items():
        sent: dict[str, Any] = {key: text.replace("{tag}", tag) for key, text in given.items()}
        if status == 428:
            sent = {"if_match": None} | sent
        raw = ask("PATCH", "speakers/{speaker}/", '{"description": "x"}', **sent)
        yield name, raw, at_the_door("".join(given.values()), status, code)


@dataclass(frozen=True)
class Asker:
    """Makes requests as the tests do, byte for byte. {names} of the estate become ids."""

    estate: Estate
    host: str
    bearer: str

    def __call__(self, method: str, path: str, body: str | bytes = b"", kind: str = JSON, **changed: Any) -> bytes:
        raw = self.filled(body)
        named: dict[str, Any] = dict(line.split(": ", 1) for line in (self.host, self.bearer))
        if method != "GET":
            named |= {"Content-Type": kind, "Content-Length": str(len(raw)), "If-Match": "*"}
        named |= {name.replace("_", "-").title(): text for name, text in changed.items()}
        lines = [f"{name}: {text}" for name, text in named.items() if text is not None]
        return message(f"{method} {self.filled(f'/api/v1/{path}').decode()} HTTP/1.1", *lines, body=raw)

    def filled(self, text: str | bytes) -> bytes:
        raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        for name in self.estate.rows:
            raw = raw.replace(b"{%s}" % name.encode(), self.estate.id(name).encode())
        return raw


def at_the_door(header: str, status: int, code: str) -> Expected:
    """What is no text in a header does not come through the door as it is: the web server refuses control characters
    with a 400 of its own, and hands other bytes on as an empty value, which has to be refused all the same."""
    if re.search("[\\0-\\x1f\\x7f]", header):
        return {status, 400}, ""
    return ({status}, code) if header.isascii() else ({status, *EMPTY}, "")
