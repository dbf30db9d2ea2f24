"""Records whose spans count UTF-16 code units, for callers who asked for them. Stored are always code points."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Q

from annotations.spans import AnchorText, in_utf16
from articles.models import Revision

Texts = dict[tuple[str, int], dict[str, AnchorText]]


def recount(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records with every span recounted. One statement, which loads only texts whose units differ."""
    texts = astral_texts(records)
    return [with_units(record, texts.get((record.get("article"), record.get("revision")))) for record in records]  # type: ignore[arg-type]


def astral_texts(records: Iterable[dict[str, Any]]) -> Texts:
    articles = {record["article"] for record in records if record.get("article")}
    # A title has no stored UTF-16 length, but is short enough to look at.
    beyond = Q(body_length_utf16__gt=F("body_length")) | Q(title__regex="[^\u0001-\uffff]")
    found = Revision.objects.filter(beyond, article__in=articles)
    return {(str(r.article_id), r.number): {"title": AnchorText(r.title), "body": AnchorText(r.body)} for r in found}


def with_units(value: Any, texts: dict[str, AnchorText] | None) -> Any:
    if texts is None:
        return value
    if isinstance(value, dict):
        if "fragments" in value:
            return in_utf16(value, texts[value["part"]].index)
        return {name: with_units(inner, texts) for name, inner in value.items()}
    if isinstance(value, list):
        return [with_units(inner, texts) for inner in value]
    return value
