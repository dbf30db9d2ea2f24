"""References between the objects of a file, for an import that stores a file in several calls. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from annotations import kinds
from annotations.formats.base import Json

REFERENCES = {"article" if kind == "articles" else kind: links for kind, links in kinds.REFERENCES.items()}
# What may point to a later line, and can be set afterwards.
FORWARD = {"speakers": ("affiliation", "merged_into"), "claims": ("merged_into",)}


class Deferred(NamedTuple):
    """A reference that is to be set later: `field` of the object `id` is to be `target`; ids are the file's."""

    kind: str
    id: str
    field: str
    target: str


def objects(document: Json) -> Iterator[tuple[str, Json]]:
    """Each object of a document with its kind, `article` being one."""
    for kind in REFERENCES:
        held = document.get(kind)
        for found in [held] if isinstance(held, dict) else held or ():
            yield kind, found


def mapped(target: Any, value: Any, each: Callable[[str, Any], Any]) -> Any:
    """A reference, or a list or objects of them, with each put through `each(kind, value)`."""
    if value is None:
        return None
    if isinstance(target, str):
        return each(target, value)
    if isinstance(target, list) and isinstance(value, list):
        return [mapped(target[0], item, each) for item in value]
    if isinstance(target, dict) and isinstance(value, dict):
        changed = {name: mapped(kind, value[name], each) for name, kind in target.items() if name in value}
        return {**value, **changed}
    return value


def references(document: Json) -> set[tuple[str, str]]:
    """(kind, id) of all that a document refers to and does not hold: what must be looked up before it is stored."""
    found: set[tuple[str, str]] = set()

    def note(target: Any, value: Any) -> None:
        if isinstance(target, str):
            if isinstance(value, str) and not value.startswith("#"):
                found.add((target, value))
        elif isinstance(target, list):
            for item in value if isinstance(value, list) else ():
                note(target[0], item)
        elif isinstance(value, dict):
            for name, kind in target.items():
                if value.get(name) is not None:
                    note(kind, value[name])

    for kind, item in objects(document):
        note(REFERENCES[kind], item)
    return found - {(kind, item["id"]) for kind, item in objects(document) if isinstance(item.get("id"), str)}


def deferred(document: Json, known: Callable[[str, str], bool]) -> tuple[Json, list[Deferred]]:
    """The document without the references that point to lines yet to come, and these. `known`: whether an id is of an
    earlier line, or of the database."""
    own = {(kind, item["id"]) for kind, item in objects(document) if isinstance(item.get("id"), str)}
    later: list[Deferred] = []
    changed = dict(document)
    for kind, names in FORWARD.items():
        if kind in document:
            changed[kind] = [dict(item) for item in document[kind]]
        for item in changed.get(kind, ()):
            for name in names:
                target = item.get(name)
                if not isinstance(target, str) or target.startswith("#") or not isinstance(item.get("id"), str):
                    continue
                if (kind, target) not in own and not known(kind, target):
                    later.append(Deferred(kind, item["id"], name, target))
                    item[name] = None
    return changed, later
