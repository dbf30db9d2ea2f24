"""Records whose spans count UTF-16 code units, for callers who asked for them. Stored are always code points."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Q

from annotations.spans import AnchorText, in_utf16
from articles.models import Revision
from projects.models import Event

Texts = dict[tuple[str, int], dict[str, AnchorText]]


def recount(records: list[dict[str, Any]], *, past: bool = False) -> list[dict[str, Any]]:
    """The records with every span recounted. One statement, which loads only texts whose units differ; with `past`
    another one, for those of articles that are gone."""
    texts = (lost_texts(records) if past else {}) | astral_texts(records)
    return [with_units(record, texts.get((record.get("article"), record.get("revision")))) for record in records]  # type: ignore[arg-type]


def astral_texts(records: Iterable[dict[str, Any]]) -> Texts:
    """The texts in which the two units differ, by article and number of the revision."""
    articles = {record["article"] for record in records if record.get("article")}
    # A title has no stored UTF-16 length, but is short enough to look at.
    beyond = Q(body_length_utf16__gt=F("body_length")) | Q(title__regex="[^\u0001-\uffff]")
    found = Revision.objects.filter(beyond, article__in=articles)
    return {(str(r.article_id), r.number): {"title": AnchorText(r.title), "body": AnchorText(r.body)} for r in found}


def lost_texts(records: Iterable[dict[str, Any]]) -> Texts:
    """Texts that only the tombstones of their revisions keep."""
    articles = {record["article"] for record in records if record.get("article")}
    graves = Event.objects.filter(type="revision", action="deleted", article__in=articles).order_by("id")
    kept = [(str(article), text) for article, text in graves.values_list("article", "snapshot")]
    return {(a, t["number"]): {part: AnchorText(t[part]) for part in ("title", "body")} for a, t in kept}


def with_units(value: Any, texts: dict[str, AnchorText] | None) -> Any:
    """A value with every span in it recounted; without texts, as it is."""
    if texts is None:
        return value
    if isinstance(value, dict):
        if "fragments" in value:
            return in_utf16(value, texts[value["part"]].index)
        return {name: with_units(inner, texts) for name, inner in value.items()}
    if isinstance(value, list):
        return [with_units(inner, texts) for inner in value]
    return value
