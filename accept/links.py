"""Which operation gives another what it asks for, as OpenAPI links: what is made, is then read, changed, deleted.

schemathesis guesses such links from names, and guesses few of ours. They follow from the addresses: whatever stands
below `/quotes/{id}/` is about what `POST /quotes/` made.
"""

from __future__ import annotations

import re
from typing import Any

from accept import contract

MADE, VARIABLE = "$response.body#/", re.compile(r"{(\w+)}")
NUMBERED = {"number", "version"}  # named in an answer as in a path; all else is an `id` there
CHOSEN = {"format"}  # no part of an object: whoever asks, chooses


def declare(described: dict[str, Any]) -> int:
    """Adds the links to the document; gives how many."""
    count = 0
    for _, path, operation in contract.operations(described):
        for maker in makers(described, path):
            link = {"operationId": operation["operationId"], "parameters": given(path, maker)}
            made(described, maker).setdefault("links", {})[operation["operationId"]] = link
            count += 1
    return count


def makers(described: dict[str, Any], path: str) -> list[str]:
    """The lists above a path, a POST to which makes what a variable of the path stands for."""
    above = [path[: match.start()] for match in VARIABLE.finditer(path)]
    return [place for place in above if made(described, place)][-1:]


def made(described: dict[str, Any], place: str) -> dict[str, Any]:
    """The answer of a POST to a list that made something, or began to; empty where none does."""
    answers = described["paths"].get(place, {}).get("post", {}).get("responses", {})
    found: dict[str, Any] = answers.get("201") or answers.get("202") or {}
    return found


def given(path: str, maker: str) -> dict[str, str]:
    """Where each variable of a path is found in the maker's call, or in its answer."""
    found = {}
    for name in VARIABLE.findall(path):
        if name in CHOSEN:
            continue
        told = name if name in NUMBERED else "id"
        found[f"path.{name}"] = f"$request.path.{name}" if f"{{{name}}}" in maker else f"{MADE}{told}"
    return found
