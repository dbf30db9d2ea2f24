"""Request bodies that would be taken, and where in them ids stand, as the serializers themselves declare it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rest_framework import serializers

from backend.fields import Id
from tests.estate import Estate
from tests.forms import Form


def create_bodies(estate: Estate) -> dict[str, dict[str, Any]]:
    """A body that would be taken, for each resource that is made by POST to its list."""
    project, article = {"project": estate.id("project")}, {"article": estate.id("article")}
    span = {"exact": "wages would rise"}
    return {
        "publisher": project | {"name": "New Post"},
        "article": project | {"title": "T", "body": "B"},
        "annotation-set": article | {"label": "new"},
        "quote": article
        | {"content": span, "set": estate.id("annotation-set"), "sources": [{"span": {"exact": "she"}}]},
        "mention": article | {"span": span, "set": estate.id("annotation-set")},
        "speaker": project | {"name": "New", "is_named": True},
        "claim": project | {"text": "New."},
        "claim-occurrence": article
        | {"span": span, "set": estate.id("annotation-set"), "claimants": [{"is_author": True}]},
        "claim-relation": {"source": estate.id("claim"), "target": estate.id("claim"), "type": "related"},
        "evidence": article
        | {"span": span, "set": estate.id("annotation-set"), "claim": estate.id("claim"), "stance": "supports"},
        "import": Form(project=estate.id("project"), format="ndjson", file=b"{}\n"),
        "claim-review": {"claim": estate.id("claim"), "url": "https://x.example/", "rating_text": "True"},
    }


# Fields that only stand beside others.
INSTEAD: dict[tuple[str, str], dict[str, Any]] = {
    ("evidence", "/occurrence"): {"article": None, "span": None, "set": None},
    ("evidence", "/article"): {"set": None},
    ("speaker", "/article"): {"is_named": False},
    ("claim-occurrence", "/article"): {"set": None},
    ("quote", "/article"): {"set": None},
    ("mention", "/article"): {"set": None},
}


def id_fields(serializer: Any, pointer: str = "") -> Iterator[str]:
    """The pointers of the ids that a body may hold; list items stand as 0."""
    for name, field in serializer.fields.items():
        if field.read_only:
            continue
        at = f"{pointer}/{name}"
        if isinstance(field, Id):
            yield at
        elif isinstance(field, serializers.ListField) and isinstance(field.child, Id):
            yield f"{at}/0"
        elif isinstance(field, serializers.ListSerializer):
            yield from id_fields(field.child, f"{at}/0")
        elif isinstance(field, serializers.Serializer):
            yield from id_fields(field, at)


def set_at(body: Any, pointer: str, value: Any) -> Any:
    """The body with a value at the pointer; lists on the way there are made."""
    first, _, rest = pointer[1:].partition("/")
    inner = set_at(None, "/" + rest, value) if rest else value
    if first == "0":
        held = (body or [{}])[0]
        return [held | inner if isinstance(inner, dict) else inner]
    old = (body or {}).get(first)
    return (body or {}) | {first: set_at(old, "/" + rest, value) if rest else value}


# The row of an estate that a field's name refers to.
REFERS = {
    "project": "project",
    "article": "article",
    "publisher": "publisher",
    "republisher": "publisher",
    "set": "annotation-set",
    "parents": "annotation-set",
    "speaker": "speaker",
    "affiliation": "speaker",
    "mention": "mention",
    "parent": "quote",
    "quote": "quote",
    "occurrence": "claim-occurrence",
    "claim": "claim",
    "source": "claim",
    "target": "claim",
}
