"""The speaker page: who it is, what they said and where, who may be the same, and what is merged into them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Prefetch, Q
from django.http import HttpRequest
from django.urls import reverse

from annotations.admin.pages.document import words
from annotations.likeness import ALIKE, beginnings, likeness
from annotations.models import Quote, QuoteSource, Speaker
from projects.admin.base import visible

PAGE = 25
LOOKED_AT = 300  # rows whose names are compared; a common first name has more bearers than that
LIKELY = 10
MERGED = 50


def speaker_panel(request: HttpRequest, row: Speaker) -> dict[str, Any]:
    """`before` in the query: the id of a quote whose older ones are shown."""
    quotes, older = quotes_of(request, row)
    return {
        "template": "annotations/admin/speaker.html",
        "speaker": row,
        "facts": facts(row),
        "aliases": row.aliases,
        "wikidata": row.wikidata_qid and f"https://www.wikidata.org/wiki/{row.wikidata_qid}",
        "canonical": row.canonical if row.canonical_id != row.pk else None,
        "canonical_href": href(row.canonical_id),
        "quotes": [said_by(row, quote_line(quote)) for quote in quotes],
        "older": older,
        "paged": bool(request.GET.get("before")),
        "likely": likely_the_same(request, row),
        "merged": [(one, href(one.pk)) for one in merged_into(request, row)],
    }


def href(pk: UUID) -> str:
    return reverse("admin:annotations_speaker_change", args=[pk])


def facts(row: Speaker) -> list[tuple[str, str]]:
    found = [
        ("Kind", words(row.kind)),
        ("Named", "yes" if row.is_named else "no: known in one article only"),
        ("Gender", row.gender and words(row.gender) + (f" ({words(row.gender_source)})" if row.gender_source else "")),
        ("Affiliation", row.affiliation.name if row.affiliation else None),
        ("Description", row.description),
        ("Project", row.project.name),
    ]
    return [(name, value) for name, value in found if value]


# What they said


def quotes_of(request: HttpRequest, row: Speaker) -> tuple[list[Quote], UUID | None]:
    """The newest quotes of the speaker and all merged with it, as far as the user sees them; and where to go on."""
    same = Speaker.objects.filter(canonical=row.canonical_id).values("pk")
    sources = QuoteSource.objects.filter(role="source", speaker__in=same)
    found = visible(request, Quote).filter(pk__in=sources.values("quote")).order_by("-pk")
    if before := as_id(request.GET.get("before")):
        found = found.filter(pk__lt=before)
    with_sources = Prefetch("sources", QuoteSource.objects.order_by("position").select_related("speaker__canonical"))
    rows = list(found.select_related("article__head").prefetch_related(with_sources)[: PAGE + 1])
    return rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None


def said_by(row: Speaker, line: dict[str, Any]) -> dict[str, Any]:
    """Where nobody else has a part in it, the name would stand on every line."""
    return line | {"alone": line["speakers"] == row.canonical.name}


def as_id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def quote_line(quote: Quote) -> dict[str, Any]:
    """As the other lists of quotes have it, with its article."""
    return {
        "href": reverse("admin:annotations_quote_change", args=[quote.pk]),
        "exact": quote.exact,
        "speakers": "; ".join(dict.fromkeys(filter(None, map(part_in_it, quote.sources.all())))),
        "cue": quote.cue_exact or "",
        "type": words(quote.type),
        "status": quote.review_status,
        "article": quote.article.head.title,
        "article_href": reverse("admin:articles_article_change", args=[quote.article_id]) + f"?set={quote.set_id}",
        "published": quote.article.published_on,
    }


def part_in_it(source: QuoteSource) -> str:
    """Who has which part in a quote, as the article page has it: "reporters (addressee)"."""
    if not source.speaker:
        return ""
    name = str(source.speaker.canonical.name)
    return name if source.role == "source" else f"{name} ({source.role})"


# Who may be the same


def likely_the_same(request: HttpRequest, row: Speaker) -> list[dict[str, Any]]:
    """Speakers that are not merged with this one, the likeliest first, each with the reason."""
    found: list[dict[str, Any]] = []
    for other in candidates(request, row):
        score, reason = compared(row, other)
        if score >= ALIKE:
            found.append({"speaker": other, "href": href(other.pk), "score": score, "reason": reason})
    return sorted(found, key=lambda one: -one["score"])[:LIKELY]


def candidates(request: HttpRequest, row: Speaker) -> list[Speaker]:
    """Those who share a name, an alias or a Wikidata id, and some whose names have words that begin alike: all by
    index. An unnamed speaker is compared with those of its article."""
    rows = (
        visible(request, Speaker).filter(project=row.project_id, merged_into=None).exclude(canonical=row.canonical_id)
    )
    if not row.is_named:
        return list(rows.filter(article=row.article_id)[:LOOKED_AT])
    names = [row.name, *row.aliases]
    same = Q(name__in=names) | Q(aliases__overlap=names)
    if row.wikidata_qid:
        same |= Q(wikidata_qid=row.wikidata_qid)
    found = list(rows.filter(same)[:LOOKED_AT])
    if begun := beginnings(names):
        search = SearchQuery(" | ".join(f"'{word}':*" for word in begun), config="simple", search_type="raw")
        spelt = rows.annotate(_name=SearchVector("name", config="simple")).filter(_name=search, is_named=True)
        found += spelt.exclude(pk__in=[one.pk for one in found])[:LOOKED_AT]
    return found


def compared(row: Speaker, other: Speaker) -> tuple[float, str]:
    if row.wikidata_qid and row.wikidata_qid == other.wikidata_qid:
        return 1.0, f"the same Wikidata id, {row.wikidata_qid}"
    names, others = {row.name, *row.aliases}, {other.name, *other.aliases}
    if row.name == other.name:
        return 1.0, "the same name"
    if shared := sorted(names & others):
        return 0.95, f"both are called {shared[0]}"
    score, name = max((likeness(row.name, name), name) for name in others)
    return score, "a similar name" if name == other.name else f"a similar alias, {name}"


def merged_into(request: HttpRequest, row: Speaker) -> list[Speaker]:
    rows = visible(request, Speaker).filter(canonical=row.canonical_id).exclude(pk__in=[row.pk, row.canonical_id])
    return list(rows.order_by("name")[:MERGED])
