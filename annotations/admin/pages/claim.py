"""The claim page: where it occurs, how it stands to other claims, what speaks for and against it, who reviewed it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.db.models import Case, F, IntegerField, Value, When
from django.db.models.functions import Greatest, Substr
from django.http import HttpRequest
from django.urls import reverse

from annotations.admin.pages.article import web_address
from annotations.admin.pages.document import words
from annotations.admin.pages.relations import picture
from annotations.models import Claim, Claimant, ClaimOccurrence, ClaimRelation, ClaimReview, Evidence
from annotations.spans import Span
from projects.admin.base import visible

SHOWN = 25  # of each kind, the newest; their lists have the rest
AROUND = 160  # code points of the text before and after a span


def claim_panel(request: HttpRequest, row: Claim) -> dict[str, Any]:
    occurrences = list(in_text(visible(request, ClaimOccurrence).of_claim(row.pk)))
    held_by = claimants(occurrences)
    canonical = row.canonical if row.canonical_id != row.pk else None
    merged = visible(request, Claim).filter(canonical=row.canonical_id).exclude(pk__in=[row.pk, row.canonical_id])
    return {
        "template": "annotations/admin/claim.html",
        "lang": row.language or "",
        "facts": facts(row),
        "canonical": canonical,
        "canonical_href": href(row.canonical_id),
        "occurrences": [occurrence_line(one, held_by.get(one.pk, [])) for one in occurrences],
        "picture": picture(row, relations(request, row)),
        "evidence": [evidence_line(one) for one in evidence(request, row)],
        "reviews": [review_line(one) for one in visible(request, ClaimReview).of_claim(row.pk).order_by("-pk")[:SHOWN]],
        "merged": [(one, href(one.pk)) for one in merged.order_by("text")[:SHOWN]],
        "most": SHOWN,
    }


def href(pk: Any) -> str:
    return reverse("admin:annotations_claim_change", args=[pk])


def facts(row: Claim) -> list[tuple[str, str]]:
    score = row.check_score
    found = [
        ("Worth a check", words(row.check_worthiness)),
        ("Score", None if score is None else f"{score:.2f}"),
        ("Types", ", ".join(words(one) for one in row.types)),
        ("About when", row.resolved_time),
        ("Language", row.language),
        ("Project", row.project.name),
    ]
    return [(name, value) for name, value in found if value]


# In the text


def in_text(rows: Any) -> Any:
    """The newest rows, each with the words before and after its span. No text is read as a whole."""
    left = Greatest(F("start") - AROUND, Value(0), output_field=IntegerField())
    text = Case(When(part="title", then=F("revision__title")), default=F("revision__body"))
    before, after = Substr(text, left + 1, F("start") - left), Substr(text, F("end") + 1, AROUND)
    return rows.annotate(before=before, after=after).select_related("article__head").order_by("-pk")[:SHOWN]


def sentence(row: Any) -> dict[str, Any]:
    """The span's line with the span told apart: its pieces, each with what joins it to the one before."""
    before = row.before.rpartition("\n")[2]
    after = row.after.partition("\n")[0]
    return {
        "before": ("…" if len(before) == AROUND else "") + before,
        "pieces": pieces_of(row),
        "after": after + ("…" if len(after) == AROUND else ""),
    }


def pieces_of(row: Any) -> list[tuple[str, str]]:
    """The pieces of a span as they follow each other in the text, each with what stands for the words left out before
    it: nothing where they touch."""
    span = Span.from_columns(row.part, row.start, row.end, row.exact, row.pieces)
    found = sorted(zip(span.pieces, span.piece_texts, strict=True))
    gaps = [0, *(later[0] - earlier[1] for (earlier, _), (later, _) in pairwise(found))]
    return [("" if gap <= 0 else " … ", words) for gap, (_, words) in zip(gaps, found, strict=True)]


def place(row: Any) -> dict[str, Any]:
    article = reverse("admin:articles_article_change", args=[row.article_id])
    return {
        "article": row.article.head.title,
        "published": row.article.published_on,
        "article_href": f"{article}?set={row.set_id}&layer=quotes&layer=claims&layer=evidence",
    }


def claimants(occurrences: list[ClaimOccurrence]) -> dict[Any, list[str]]:
    """Who holds the claim at each occurrence."""
    found: dict[Any, list[str]] = {}
    rows = Claimant.objects.filter(occurrence__in=[one.pk for one in occurrences]).order_by("position")
    for one in rows.select_related("speaker__canonical"):
        name = one.speaker.canonical.name if one.speaker else "the author"
        found.setdefault(one.occurrence_id, []).append(name)
    return found


def occurrence_line(row: ClaimOccurrence, held_by: list[str]) -> dict[str, Any]:
    return {
        **sentence(row),
        **place(row),
        "href": reverse("admin:annotations_claimoccurrence_change", args=[row.pk]),
        "stance": row.stance,
        "status": row.review_status,
        "claimants": ", ".join(held_by),
    }


# What else is known


def relations(request: HttpRequest, row: Claim) -> list[ClaimRelation]:
    rows = visible(request, ClaimRelation).of_claim(row.pk).select_related("source__canonical", "target__canonical")
    return [one for one in rows.order_by("pk")[:SHOWN] if one.source.canonical_id != one.target.canonical_id]


def evidence(request: HttpRequest, row: Claim) -> list[Evidence]:
    rows = visible(request, Evidence).of_claim(row.pk).order_by("-pk")
    return list(rows.select_related("article__head", "occurrence")[:SHOWN])


def evidence_line(row: Evidence) -> dict[str, Any]:
    rests_on = row if row.exact else row.occurrence
    words_of = "".join(joint + piece for joint, piece in pieces_of(rests_on)) if rests_on else row.excerpt
    return {
        **(place(row) if row.article_id else {}),
        "href": reverse("admin:annotations_evidence_change", args=[row.pk]),
        "stance": row.stance,
        "words": words_of,
        "url": web_address(row.url),
        "note": row.note,
    }


def review_line(row: ClaimReview) -> dict[str, Any]:
    scale = row.rating_value is not None and row.rating_best is not None
    return {
        "href": reverse("admin:annotations_claimreview_change", args=[row.pk]),
        "rating": row.rating_text,
        "scale": f"{row.rating_value:g} of {row.rating_best:g}" if scale else "",
        "verdict": row.verdict,
        "verdict_words": words(row.verdict),
        "author": row.author_name,
        "on": row.reviewed_on,
        "title": row.title,
        "url": web_address(row.url),
        "explanation": row.explanation,
    }
