"""The rows of a document, each with its table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from annotations.formats.base import LISTS, Json
from annotations.formats.tables.columns import Row
from annotations.kinds import SPANS


def rows_of(document: Json) -> Iterator[tuple[str, Row]]:
    article = document.get("article")
    if article is not None:
        yield "articles", article
        for revision in article.get("revisions") or ():
            yield "revisions", {**revision, "article": article.get("id")}
    ids = {"article": article.get("id")} if article is not None else {}
    revisions = {held.get("id"): held.get("revision") for held in document.get("sets") or ()}
    for kind in LISTS:
        for item in document.get(kind) or ():
            yield kind, row_of(kind, item, ids, revisions)
            yield from pieces_of(kind, item)
            yield from parts_of(kind, item, ids)


def row_of(kind: str, item: Json, ids: Row, revisions: dict[Any, Any]) -> Row:
    """Speakers say of themselves whether they are of an article."""
    own = ids if kind in ("sets", *SPANS) else {}
    found = {**own, "revision": revisions.get(item.get("set")), **item}
    for name, value in (item.get("annotator") or {}).items():
        found[f"annotator_{name}"] = value
    for name, prefix in SPANS.get(kind, {}).items():
        if span := item.get(name):
            for column in ("part", "start", "end", "exact"):
                found[f"{prefix}{column}"] = span.get(column)
            found[f"{prefix}part"] = span.get("part") or "body"
            found[f"{prefix}pieces"] = len(span.get("fragments") or [span])
    return found


def pieces_of(kind: str, item: Json) -> Iterator[tuple[str, Row]]:
    """The pieces of spans that have several, in the annotator's order."""
    for name in SPANS.get(kind, {}):
        span = item.get(name) or {}
        pieces = span.get("fragments") or ()
        if len(pieces) > 1:
            base = {"annotation": item["id"], "kind": kind, "span": name, "part": span.get("part") or "body"}
            yield from (("pieces", {**base, "position": at, **piece}) for at, piece in enumerate(pieces, 1))


def parts_of(kind: str, item: Json, ids: Row) -> Iterator[tuple[str, Row]]:
    """What a quote or an occurrence has several of."""
    if kind == "quotes":
        base = {**ids, "quote": item["id"], "set": item.get("set")}
        for at, source in enumerate(item.get("sources") or (), 1):
            yield "sources", {**source, **base, "position": at}
    elif kind == "claim_occurrences":
        for at, claimant in enumerate(item.get("claimants") or (), 1):
            yield "claimants", {**claimant, "occurrence": item["id"], "position": at}
