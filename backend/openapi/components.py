"""What operations share in the document: refusals, headers, pages; and the last touch to the whole of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from backend.errors import ERRORS_SHOWN, MEDIA_TYPE
from backend.openapi.operations import TAGS

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
FAULT: Schema = {
    "type": "object",
    "description": "One thing that is wrong. Some codes add fields of their own, as `quote-ambiguous` its candidates.",
    "properties": {
        "pointer": TEXT | {"description": "A JSON pointer into the body, or `?name` for a query parameter."},
        "code": TEXT | {"description": "What is wrong, in a word that stays the same."},
        "detail": TEXT | {"description": "What is wrong, in a sentence for people."},
    },
    "required": ["pointer", "code", "detail"],
    "additionalProperties": True,
}
PROBLEM: Schema = {
    "type": "object",
    "description": "Why a request was refused (RFC 9457). All that is wrong is listed, each fault with its place; of "
    f"more than {ERRORS_SHOWN:,} faults the first {ERRORS_SHOWN:,}.",
    "properties": {
        "type": TEXT | {"format": "uri-reference"},
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "code": TEXT | {"description": "The faults' code, or `several-errors`."},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}, "maxItems": ERRORS_SHOWN},
        "errors_left_out": {
            "type": "integer",
            "minimum": 1,
            "description": "How many faults there are beyond those under `errors`; absent where these are all.",
        },
    },
    "required": ["type", "title", "status", "detail", "code", "errors"],
}

ETAG: Schema = {
    "description": "Names this version of the object, for `If-Match`.",
    "required": True,
    "schema": TEXT,
}
LOCATION: Schema = {
    "description": "The address of the new object.",
    "required": True,
    "schema": TEXT | {"format": "uri"},
}
CHALLENGE: Schema = {"description": "What to send: a bearer token.", "required": True, "schema": TEXT}
WAIT: Schema = {
    "description": "Seconds after which another try makes sense.",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
}
REPLAYED: Schema = {
    "description": "`true` where this is the answer that an earlier call under the same `Idempotency-Key` was given.",
    "schema": {"type": "string", "enum": ["true"]},
}
HEADERS: dict[str, Schema] = {
    "ETag": ETAG,
    "Location": LOCATION,
    "WWW-Authenticate": CHALLENGE,
    "Retry-After": WAIT,
    "Idempotent-Replayed": REPLAYED,
}

IF_MATCH: Schema = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The `ETag` of the version that was read, or `*` to write blindly. Missing: 428. Out of date: 412.",
    "schema": TEXT | {"pattern": r'^(\*|"[!#-~]+"(, ?"[!#-~]+")*)$', "maxLength": 1000},
    "example": "*",
}
OPTIONAL_IF_MATCH: Schema = IF_MATCH | {
    "required": False,
    "description": "Needed for `mode=replace`, heeded in any: the `ETag` of `GET …?set=`, or `*` for a set that is not "
    "there yet.",
}
IDEMPOTENCY_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A new word for each call, so that a call whose answer was lost can be sent again: it has one "
    "effect, and the same answer (409 `key-in-flight` while it runs). Another call under the same word is 422 "
    "`key-reused`.",
    "schema": TEXT | {"pattern": "^[!-~]{1,255}$"},
}
RESTORING_IF_MATCH: Schema = IF_MATCH | {
    "required": False,
    "description": "Needed where the object is there: its present `ETag`, or `*`. A deleted one needs none.",
}
PARAMETERS = {
    "IfMatch": IF_MATCH,
    "OptionalIfMatch": OPTIONAL_IF_MATCH,
    "RestoringIfMatch": RESTORING_IF_MATCH,
    "IdempotencyKey": IDEMPOTENCY_KEY,
}

# Status: the component's name, what it means, and the headers that come with it.
REFUSALS: dict[int, tuple[str, str, tuple[str, ...]]] = {
    400: ("BadRequest", "Malformed, or not as described here.", ()),
    401: ("Unauthorized", "No token, or not a good one.", ("WWW-Authenticate",)),
    403: ("Forbidden", "The caller's role or the token's scopes do not suffice.", ()),
    404: ("NotFound", "There is no such object, or the caller may not see it.", ()),
    409: ("Conflict", "It clashes with what is there: `already-exists`, `in-use`, `set-not-open` …", ()),
    411: ("LengthRequired", "A body needs a `Content-Length`.", ()),
    412: ("PreconditionFailed", "Changed since it was read: `stale-version`, with the current `ETag`.", ()),
    413: ("ContentTooLarge", "The body is larger than this server takes.", ()),
    415: ("UnsupportedMediaType", "The body is not JSON in UTF-8, or it is compressed.", ()),
    422: ("UnprocessableContent", "As described here, but wrong: `no-such-object`, `quote-not-found` …", ()),
    428: ("PreconditionRequired", "`If-Match` is missing.", ()),
    429: ("TooManyRequests", "More calls than this server takes in a minute.", ("Retry-After",)),
    503: ("ServiceUnavailable", "The database is busy or away; try again.", ("Retry-After",)),
}


def reference(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def headers(*names: str) -> Schema:
    return {"headers": {name: reference("headers", name) for name in names}} if names else {}


def refusal(description: str, with_headers: tuple[str, ...]) -> Schema:
    content = {MEDIA_TYPE: {"schema": reference("schemas", "Problem")}}
    return {"description": description, **headers(*with_headers), "content": content}


def page_schema(item: Schema) -> Schema:
    """One page of a list."""
    neighbour = {"type": ["string", "null"], "format": "uri"}
    return {
        "type": "object",
        "properties": {
            "next": neighbour | {"description": "The address of the next page; null on the last."},
            "previous": neighbour | {"description": "The address of the page before; null on the first."},
            "results": {"type": "array", "items": item},
            "count": {"type": "integer", "minimum": 0, "description": "Of all pages, with `?count=true`."},
        },
        "required": ["next", "previous", "results"],
    }


@cache
def answers() -> dict[str, Any]:
    """What operations answer, by component."""
    loaded: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("answers.yaml").read_text(encoding="utf-8"))
    return loaded


def show_answers(schemas: dict[str, Schema]) -> None:
    """Gives the components of answers an example each; what a list leaves out and what a version was, too."""
    for name, answer in answers().items():
        schemas[name]["examples"] = [answer]
        if item := schemas.get(f"{name}Item"):
            item["examples"] = [{field: answer[field] for field in item["required"]}]
        if version := schemas.get(f"{name}Version"):
            version["examples"] = [first_version(answer, fitted(answer, schemas[f"{name}State"], schemas))]


def fitted(value: Any, schema: Schema, schemas: dict[str, Schema]) -> Any:
    """The value without what the schema does not know, at any depth."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    if isinstance(value, list) and "items" in schema:
        return [fitted(item, schema["items"], schemas) for item in value]
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        return {field: fitted(inner, known[field], schemas) for field, inner in value.items() if field in known}
    return value


def first_version(answer: Schema, state: Schema) -> Schema:
    return {
        "version": 1,
        "action": "created",
        "at": answer["created_at"],
        "actor": answer["created_by"],
        "comment": "",
        "changed": [],
        "object": state,
    }


def finish(result: Schema, **context: Any) -> Schema:
    """The hook that drf-spectacular runs last: adds the shared components, the examples of answers and the tags."""
    show_answers(result["components"]["schemas"])
    refusals = {name: refusal(says, with_headers) for name, says, with_headers in REFUSALS.values()}
    shared: Mapping[str, Schema] = {
        "schemas": {"Problem": PROBLEM, "Fault": FAULT},
        "headers": HEADERS,
        "parameters": PARAMETERS,
        "responses": refusals,
    }
    for kind, named in shared.items():
        result["components"][kind] = dict(sorted({**result["components"].get(kind, {}), **named}.items()))
    result["tags"] = [{"name": tag.name, "description": tag.description} for tag in TAGS]
    return result
