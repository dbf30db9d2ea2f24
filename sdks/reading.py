"""The OpenAPI document as the generators should read it: less than it says, never more."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import yaml

from backend.tasks import OPENAPI

Schema = dict[str, Any]
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
    types JSON stays, since the generator drops calls with both. Defaults are the server's to fill in. What is no JSON
    (files sent, files answered) the layer does by hand, on streams.
    """
    done = copy.deepcopy(described)
    for method, path, operation in list(operations(done)):
        if not speaks_json(operation):
            del done["paths"][path][method]
            continue
        operation["responses"] = {code: a for code, a in operation["responses"].items() if code < "300"}
        if body := operation.get("requestBody"):
            body["content"] = {"application/json": body["content"]["application/json"]}
        operation["parameters"] = [plain(resolved(done, given)) for given in operation.get("parameters", [])]
    return done


def speaks_json(operation: Schema) -> bool:
    sent = operation.get("requestBody", {}).get("content")
    got = [answer["content"] for code, answer in operation["responses"].items() if code < "300" and "content" in answer]
    return all("application/json" in content for content in [*([sent] if sent else []), *got])


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
