"""Request bodies: strict JSON, NDJSON for the bulk doors, forms with files.

What Python's json would forgive is refused here with its place named: duplicate keys, NaN, U+0000, lone surrogates,
depth beyond 64, compressed bodies, other charsets.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from errno import ENOSPC
from typing import IO, Any, NoReturn

from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser as DjangoMultiPartParser
from django.http.multipartparser import MultiPartParserError
from rest_framework.parsers import BaseParser

from backend.errors import Fault, Problem, escape

MAX_DEPTH = 64
# What 64 bits hold, signed or not: beyond it JSON readers disagree, and ours refuse.
INTEGERS = range(-(2**63), 2**64)


def malformed(detail: str, code: str = "malformed-json", pointer: str = "") -> Problem:
    return Problem(400, Fault(code, detail, pointer))


def refuse_constant(name: str) -> NoReturn:
    raise malformed(f"{name} is not JSON; send a number or null.")


def unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise malformed(f"The key {twice!r} stands twice in one object.")
    return found


def loads(text: str) -> Any:
    """One strict JSON value. Errors: Problem 400 `malformed-json`, `nul-character`, `lone-surrogate`."""
    try:
        value = json.loads(text, object_pairs_hook=unique_pairs, parse_constant=refuse_constant)
    except RecursionError:
        raise malformed(f"The JSON is nested deeper than {MAX_DEPTH} levels.") from None
    except ValueError as exc:
        raise malformed(f"The body is not valid JSON: {exc}.") from None
    if not sound(value, 0):
        check_values(value, "", 0)
    return value


def sound(value: Any, depth: int) -> bool:
    """Whether `check_values` has nothing to say, found without keeping book of places."""
    kind = type(value)
    if depth > MAX_DEPTH:
        return False
    if kind is str:
        return "\0" not in value and (value.isascii() or whole(value))
    if kind is dict:
        return all(sound(inner, depth + 1) and sound(name, depth) for name, inner in value.items())
    if kind is list:
        return all(sound(item, depth + 1) for item in value)
    if kind is int:
        return value in INTEGERS
    return math.isfinite(value) if kind is float else True


def whole(text: str) -> bool:
    """Whether the text has no half of a surrogate pair, which UTF-8 cannot hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_values(value: Any, pointer: str, depth: int) -> None:
    """Error: Problem 400 at the first value that is not taken: `nul-character`, `lone-surrogate`, `malformed-json`."""
    if depth > MAX_DEPTH:
        raise malformed(f"The JSON is nested deeper than {MAX_DEPTH} levels.", pointer=pointer)
    if isinstance(value, str):
        check_text(value, pointer)
    elif isinstance(value, int | float):
        if not (value in INTEGERS if isinstance(value, int) else math.isfinite(value)):
            raise malformed("The number is out of range.", pointer=pointer)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            check_text(name, pointer)
            check_values(inner, f"{pointer}/{escape(name)}", depth + 1)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            check_values(inner, f"{pointer}/{position}", depth + 1)


def check_text(text: str, pointer: str) -> None:
    if "\0" in text:
        raise malformed("U+0000 cannot be stored in a text.", "nul-character", pointer)
    if not whole(text):
        detail = "The text holds half of a surrogate pair; send whole characters."
        raise malformed(detail, "lone-surrogate", pointer)


def check_encoding(meta: Mapping[str, Any]) -> None:
    if meta.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
        raise Problem.of(415, "unsupported-encoding", "Send the body uncompressed.")


def body_text(stream: IO[bytes], media_type: str | None, context: Mapping[str, Any] | None) -> str:
    """The body as text, after the checks that every media type shares."""
    meta = context["request"].META if context else {}
    check_encoding(meta)
    charset = "utf-8"
    for parameter in (media_type or "").split(";")[1:]:
        name, _, given = parameter.strip().partition("=")
        if name.lower() == "charset":
            charset = given.strip('"').lower()
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise Problem.of(415, "unsupported-charset", "Send JSON in UTF-8.")
    source: Any = stream
    raw: bytes = source.body if isinstance(source, HttpRequest) else source.read()  # `body` can be read again
    if len(raw) < int(meta.get("CONTENT_LENGTH") or 0):
        # The web server hands on what came before the client was lost: whole lines of NDJSON would be half a bulk.
        raise malformed("The body ended before its Content-Length.", "incomplete-body")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise malformed("The body is not UTF-8.") from None


class StrictJSONParser(BaseParser):
    """application/json, strictly."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        return loads(body_text(stream, media_type, parser_context))


class Counted:
    """A stream that knows how much was read of it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream, self.size = stream, 0

    def read(self, size: int = -1) -> bytes:
        data = self.stream.read(size)
        self.size += len(data)
        return data


def forget_files(request: HttpRequest) -> None:
    """Removes what was kept of files that were not received to their end."""
    for handler in request.upload_handlers:
        with suppress(OSError):
            handler.upload_interrupted()


class MultipartParser(BaseParser):
    """multipart/form-data: gives a mapping of texts and files, each once. Files beyond some megabytes are on disk."""

    media_type = "multipart/form-data"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        request = (parser_context or {})["request"]
        check_encoding(request.META)
        counted: Any = Counted(stream)
        meta = {**request.META, "CONTENT_TYPE": media_type}
        try:
            data, files = DjangoMultiPartParser(meta, counted, request.upload_handlers, "utf-8").parse()
        except MultiPartParserError as exc:
            raise malformed(f"The form cannot be read: {exc}", "malformed-form") from None
        except OSError as exc:
            forget_files(request)
            if exc.errno != ENOSPC:
                raise
            fault = Fault("unavailable", "This server has no room for the file now; try again later.")
            raise Problem(503, fault, {"Retry-After": "60"}) from exc
        if counted.size < int(meta.get("CONTENT_LENGTH") or 0):
            raise malformed("The body ended before its Content-Length.", "incomplete-body")
        values: dict[str, Any] = {}
        for name, held in [*data.lists(), *files.lists()]:
            if len(held) > 1 or name in values:
                raise malformed("A form has each field once.", "repeated-field", f"/{escape(name)}")
            values[name] = held[0]
            check_text(name, "")
            check_text(held[0] if isinstance(held[0], str) else held[0].name or "", f"/{escape(name)}")
        return values


class NDJSONParser(BaseParser):
    """application/x-ndjson: one JSON value a line; gives a list. A wrong line is named by its number."""

    media_type = "application/x-ndjson"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        values = []
        for number, line in enumerate(body_text(stream, media_type, parser_context).split("\n"), 1):
            if line.strip():
                try:
                    values.append(loads(line))
                except Problem as problem:
                    faults = [Fault(f.code, f"Line {number}: {f.detail}", f.pointer) for f in problem.faults]
                    raise Problem(problem.status, [f.under(f"/{len(values)}") for f in faults]) from None
        return values
