"""The OpenAPI document as the generators should read it: less than it says, never more."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import yaml

from backend.tasks import OPENAPI

Schema = dict[str, Any]
JSON = "application/json"
METHODS = ("get", "post", "patch", "put", "delete")


def document() -> Schema:
    loaded: Schema = yaml.load(OPENAPI.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return loaded


def operations(described: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Method, path and description of each."""
    for path, methods in described["paths"].items():
        yield from ((method, path, methods[method]) for method in METHODS if method in methods)


def for_python(described: Schema) -> Schema:
    """What openapi-python-client can make calls of.

    Refusals are left out: the layer raises them, so that a call's type is its answer's alone. Of a body in two media
    types JSON stays, since the generator drops calls with both; files are all of one type. Defaults are the server's to
    fill in. What takes a file the layer sends by hand.
    """
    done = copy.deepcopy(described)
    for method, path, operation in list(operations(done)):
        if not takes_json(operation):
            del done["paths"][path][method]
            continue
        if body := operation.get("requestBody"):
            body["content"] = {JSON: body["content"][JSON]}
        operation["responses"] = {c: as_file(a) for c, a in operation["responses"].items() if c < "300"}
        operation["parameters"] = [plain(resolved(done, given)) for given in operation.get("parameters", [])]
    return done


def takes_json(operation: Schema) -> bool:
    return JSON in operation.get("requestBody", {}).get("content", {JSON: {}})


def answers_with_a_file(operation: Schema) -> bool:
    return any(is_file(answer) for code, answer in operation["responses"].items() if code < "300")


def is_file(answer: Schema) -> bool:
    return any(content["schema"].get("format") == "binary" for content in answer.get("content", {}).values())


def as_file(answer: Schema) -> Schema:
    """A file under one media type: exports have several, one of them JSON's."""
    if not is_file(answer):
        return answer
    return answer | {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}


def resolved(described: Schema, given: Schema) -> Schema:
    reference = given.get("$ref")
    found: Schema = described["components"]["parameters"][reference.rsplit("/", 1)[1]] if reference else given
    return copy.deepcopy(found)


def plain(parameter: Schema) -> Schema:
    """Described where the generator looks, without a default; headers are optional, since the layer fills them in."""
    schema = {word: value for word, value in parameter["schema"].items() if word != "default"}
    if "$ref" not in schema and "description" in parameter:
        schema["description"] = parameter["description"]
    required = parameter.get("required", False) and parameter["in"] != "header"
    return parameter | {"schema": schema, "required": required}
