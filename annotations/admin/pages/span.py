"""The pages of mentions, claim occurrences and evidence: the span in its passage, and what it is about."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from annotations.admin.pages.article import web_address
from annotations.highlighting import Mark, passage, segments
from annotations.models import ClaimOccurrence, Evidence, Mention
from annotations.spans import Span

Pieces = tuple[tuple[int, int], ...]  # (start, end) in code points
Fact = tuple[str, Any, str | None]  # its name, its words, and where they lead


def span_panel(request: HttpRequest, row: Any) -> dict[str, Any]:
    """Of evidence that rests on an occurrence, the occurrence's passage; of a web page, the excerpt."""
    shown = row if row.start is not None else row.occurrence
    facts = FACTS[type(row)](row)
    return {
        "template": "annotations/admin/span.html",
        "row": row,
        "lang": (shown and shown.article.language) or "",
        "runs": runs(getattr(shown.revision, shown.part), pieces_of(shown)) if shown else [],
        "excerpt": "" if shown else row.excerpt,
        "article": shown and shown.article.head.title,
        "article_href": shown and in_article(shown),
        "set": shown and str(shown.set),
        "set_href": shown and page("annotations_annotationset", shown.set_id),
        "status": getattr(row, "review_status", ""),
        "facts": [fact for fact in facts if fact[1]],
        "tags": getattr(row, "tags", ()),
        "name": row._meta.verbose_name,
    }


def pieces_of(row: Any) -> Pieces:
    return Span.from_columns(row.part, row.start, row.end, row.exact, row.pieces).pieces


def runs(text: str, pieces: Pieces) -> list[dict[str, Any]]:
    """The text around a span, cut where its pieces begin and end."""
    start, end = passage(text, pieces)
    found = segments(text[start:end], [Mark("span", tuple((a - start, b - start) for a, b in pieces))])
    return [{"text": segment.text, "marked": bool(segment.keys)} for segment in found]


def page(model: str, pk: Any) -> str:
    return reverse(f"admin:{model}_change", args=[pk])


def in_article(row: Any) -> str:
    """The article with the row's set, and what is of its kind, laid over it."""
    return f"{page('articles_article', row.article_id)}?set={row.set_id}&{LAYERS[type(row)]}"


def place(row: Any) -> Fact:
    offsets = ", ".join(f"{start}–{end}" for start, end in pieces_of(row))
    return "Position", f"{row.part}, {offsets}", None


def of_claim(row: Any) -> Fact:
    claim = row.claim and row.claim.canonical
    return "Claim", claim and claim.text, claim and page("annotations_claim", claim.pk)


def of_quote(row: Any) -> Fact:
    return "Quote", row.quote and row.quote.exact, row.quote and page("annotations_quote", row.quote_id)


def of_mention(row: Mention) -> list[Fact]:
    speaker = row.speaker and row.speaker.canonical
    who: Fact = ("Speaker", speaker and speaker.name, speaker and page("annotations_speaker", speaker.pk))
    return [who, ("Kind", row.kind, None), place(row), ("Note", row.note, None)]


def of_occurrence(row: ClaimOccurrence) -> list[Fact]:
    rows = row.claimants.order_by("position").select_related("speaker__canonical")
    held = ", ".join(one.speaker.canonical.name if one.speaker else "the author" for one in rows)
    by = "Denied by" if row.stance == "denies" else "Held by"
    more: list[Fact] = [("Object", row.object_exact, None), ("Time", row.time_exact, None), place(row)]
    return [
        *(of_claim(row), ("Stance", row.stance, None), (by, held, None), of_quote(row), *more),
        ("Note", row.note, None),
    ]


def of_evidence(row: Evidence) -> list[Fact]:
    occurrence = row.occurrence and page("annotations_claimoccurrence", row.occurrence_id)
    return [
        *(of_claim(row), ("Stance", row.stance, None), of_quote(row)),
        ("Occurrence", row.occurrence and row.occurrence.exact, occurrence),
        ("Address", row.url, web_address(row.url)),
        *([place(row)] if row.start is not None else []),
        ("Note", row.note, None),
    ]


FACTS: dict[Any, Any] = {Mention: of_mention, ClaimOccurrence: of_occurrence, Evidence: of_evidence}
LAYERS: dict[Any, str] = {
    Mention: "layer=quotes&layer=mentions",
    ClaimOccurrence: "layer=quotes&layer=claims",
    Evidence: "layer=quotes&layer=evidence",
}
