"""What the server says of itself: its OpenAPI document, asked of the running server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from accept.harness import Server

METHODS = ("get", "post", "patch", "put", "delete")


def described(server: Server) -> dict[str, Any]:
    document: dict[str, Any] = server.client().get("/schema.json").json()
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, path, operation) of each."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                yield method, path, operation


def resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        found: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def parameters(document: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [resolved(document, parameter) for parameter in operation.get("parameters", [])]


def takes_keys(document: dict[str, Any]) -> bool:
    """Whether a POST may be repeated under an Idempotency-Key."""
    return any(
        parameter["name"].lower() == "idempotency-key"
        for _, _, operation in operations(document)
        for parameter in parameters(document, operation)
    )


def has_feed(document: dict[str, Any]) -> bool:
    return "/api/v1/changes/" in document["paths"]
