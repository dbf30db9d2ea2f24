"""Imports and exports asked for wrongly, as raw requests: forms are no JSON, and go wrong in ways of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from accept.badtables import Asker, Case, Expected
from tests.estate import ABSENT

FORM = "multipart/form-data; boundary=b"
LINE = b'{"article": {"title": "T", "body": "B"}}\n'
GOOD: dict[str, str | bytes] = {"project": "{project}", "format": "ndjson", "file": LINE}
DEEP = '{"a":' * 100 + "1" + "}" * 100

FIELDS: dict[str, tuple[dict[str, Any], Expected]] = {  # what is other than in a good form; None: is not there
    "no project": ({"project": None}, ({400}, "required at /project")),
    "no format": ({"format": None}, ({400}, "required at /format")),
    "no file": ({"file": None}, ({400}, "required at /file")),
    "a text for a file": ({"file": "no file"}, ({400}, "invalid at /file")),
    "an empty file": ({"file": b""}, ({400}, "empty at /file")),
    "a file for a text": ({"format": b"ndjson"}, ({400}, "invalid-choice at /format")),
    "a file nobody asked for": ({"more": b"x"}, ({400}, "unknown-field at /more")),
    "an unknown field of a form": ({"colour": "red"}, ({400}, "unknown-field at /colour")),
    "a field the server sets": ({"status": "succeeded"}, ({400}, "unknown-field at /status")),
    "an unknown format": ({"format": "docx"}, ({400}, "invalid-choice at /format")),
    "an empty format": ({"format": ""}, ({400}, "invalid-choice at /format")),
    "a project that is no id": ({"project": "one"}, ({400}, "invalid at /project")),
    "a project that is not there": ({"project": ABSENT}, ({422}, "no-such-object at /project")),
    "NUL in a form's project": ({"project": "{project}\0"}, ({400}, "nul-character at /project")),
    "NUL in a form's format": ({"format": "nd\0json"}, ({400}, "nul-character at /format")),
    "an unknown on_conflict": ({"on_conflict": "maybe"}, ({400}, "invalid-choice at /on_conflict")),
    "a dry run of yes": ({"dry_run": "yes"}, ({400}, "invalid at /dry_run")),
    "a repair of 1": ({"repair": "1"}, ({400}, "invalid at /repair")),
    "a mapping that is a list": ({"mapping": "[1]"}, ({400}, "invalid at /mapping")),
    "a mapping that is a number": ({"mapping": "7"}, ({400}, "invalid at /mapping")),
    "a mapping cut off": ({"mapping": "{"}, ({400}, "malformed-json at /mapping")),
    "a mapping with NaN": ({"mapping": '{"a": NaN}'}, ({400}, "malformed-json at /mapping")),
    "a mapping with a key twice": ({"mapping": '{"a": 1, "a": 2}'}, ({400}, "malformed-json at /mapping")),
    "a mapping with NUL": ({"mapping": '{"a": "\\u0000"}'}, ({400}, "nul-character at /mapping")),
    "a mapping with half a pair": ({"mapping": '{"a": "\\ud800"}'}, ({400}, "lone-surrogate at /mapping")),
    "a mapping too deep": ({"mapping": DEEP}, ({400}, "malformed-json at /mapping")),
    "a mapping too long": ({"mapping": '{"a": "' + "x" * 100_000 + '"}'}, ({400}, "max-length at /mapping")),
}
PART = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
END = b"--b--\r\n"
WHOLE: dict[str, tuple[bytes, Expected]] = {  # of the form as a whole
    "no part at all": (END, ({400}, "required at /file")),
    "an empty form": (b"", ({400}, "")),
    "bytes that are no form": (b"\x00\x01\x02" * 50, ({400}, "")),
    "a field twice": (PART % (b"format", b"ndjson") * 2 + END, ({400}, "repeated-field at /format")),
    "text that is no UTF-8": (PART % (b"format", b"\xff\xfe") + END, ({400}, "")),
    "a name that is no UTF-8": (PART % (b"\xff\xfe", b"x") + END, ({400}, "")),
    "NUL in a field's name": (PART % (b"a\0b", b"x") + END, ({400}, "")),
    "a part without a name": (b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n" + END, ({400}, "")),
    "a part without headers": (b"--b\r\n\r\nx\r\n" + END, ({400}, "")),
    "twenty thousand fields": (PART % (b"a", b"") * 20_000 + END, ({400}, "")),
    "a part in base64 that is none": (
        b'--b\r\nContent-Disposition: form-data; name="format"\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n' + END,
        ({400}, ""),
    ),
}
KINDS: dict[str, Expected] = {  # content types of a form, which has the boundary `b`
    "application/json": ({415}, "unsupported-media-type"),
    "application/x-www-form-urlencoded": ({415}, "unsupported-media-type"),
    "text/plain": ({415}, "unsupported-media-type"),
    "multipart/mixed; boundary=b": ({415}, "unsupported-media-type"),
    "multipart/form-data": ({400}, "malformed-form"),
    "multipart/form-data; boundary=": ({400}, "malformed-form"),
    "multipart/form-data; boundary=another": ({400}, ""),
    f"multipart/form-data; boundary={'b' * 500}": ({400, 415}, ""),
}
EXPORTS: dict[str, Expected] = {  # below the project
    "docx/": ({404}, "not-found"),
    "NDJSON/": ({404}, "not-found"),
    "ndjson": ({301}, ""),
    "%00/": ({404}, "not-found"),
    "..%2f..%2fetc/": ({404}, "not-found"),
    "ndjson/?text=maybe": ({400}, "invalid at ?text"),
    "ndjson/?text=": ({400}, "invalid at ?text"),
    "brat/?text=false": ({422}, "text-needed at ?text"),
    "ndjson/?set_kind=none": ({400}, "invalid-choice at ?set_kind"),
    "ndjson/?review_status=none": ({400}, "invalid-choice at ?review_status"),
    "ndjson/?annotator=%00": ({400}, "nul-character at ?annotator"),
    "ndjson/?annotator=%ff": ({400, 200}, ""),
    "ndjson/?colour=red": ({400}, "unknown-parameter at ?colour"),
    "ndjson/?text=true&text=false": ({400}, "repeated-parameter at ?text"),
}


def cases(estate: Any, host: str, bearer: str) -> Iterator[Case]:
    ask = Asker(estate, host, bearer)
    yield "a good form", ask("POST", "imports/", form(GOOD), FORM), ({202}, "")
    for name, (other, expected) in FIELDS.items():
        yield name, ask("POST", "imports/", form(GOOD | other), FORM), expected
    for name, (body, expected) in WHOLE.items():
        yield name, ask("POST", "imports/", body, FORM), expected
    for kind, expected in KINDS.items():
        yield f"a form as {kind[:50]}", ask("POST", "imports/", form(GOOD), kind), expected
    for name, filename, expected in FILENAMES:
        yield name, ask("POST", "imports/", form(GOOD, filename), FORM), expected
    yield from sizes(ask)
    for path, expected in EXPORTS.items():
        yield f"export {path}", ask("GET", f"projects/{{project}}/export/{path}"), expected


FILENAMES: list[tuple[str, bytes, Expected]] = [  # what is taken is no path to anywhere: it is a name in a report
    ("a file's name with NUL", b"a\0b.ndjson", ({202}, "")),  # kept without it
    ("a file's name of dots", b"../../../etc/passwd", ({202}, "")),
    ("a file's name that is long", b"n" * 5000, ({202, 400}, "")),
    ("a file's name of script", b"<script>x</script>.ndjson", ({202}, "")),
    ("a file's name that is no UTF-8", b"\xff\xfe.ndjson", ({202, 400}, "")),
    ("a file without a name", b"", ({400}, "")),
]


def sizes(ask: Asker) -> Iterator[Case]:
    """How long a form is, and how long it says it is."""
    body = form(GOOD).replace(b"{project}", ask.estate.id("project").encode())
    told: dict[str, tuple[dict[str, str], Expected]] = {
        "a form cut off": ({"content_length": str(len(body) + 100)}, ({400}, "incomplete-body")),
        "a form that says it is huge": ({"content_length": str(10**13)}, ({413}, "body-too-large")),
        "a form in gzip": ({"content_encoding": "gzip"}, ({415}, "unsupported-encoding")),
    }
    for name, (headers, expected) in told.items():
        yield name, ask("POST", "imports/", body, FORM, **headers), expected
    half = body[: len(body) // 2]
    yield "half a form", ask("POST", "imports/", half, FORM, content_length=str(len(body))), ({400}, "")
    yield "a form without its end", ask("POST", "imports/", body.removesuffix(END), FORM), ({400}, "")


def form(fields: dict[str, Any], filename: bytes = b"file.ndjson") -> bytes:
    """multipart/form-data: bytes are files, None is left out."""
    parts = []
    for name, value in fields.items():
        named = b'; filename="%s"' % filename if isinstance(value, bytes) else b""
        content = value if isinstance(value, bytes) else str(value).encode()
        start = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n' % (name.encode(), named)
        parts += [start, content, b"\r\n"] if value is not None else []
    return b"".join([*parts, END])
