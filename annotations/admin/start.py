"""The start page of the admin: for each project, what there is, what there is to do, and what happened last.

Nothing is counted further than a reader wants to know, so that the page costs as much with a hundred quotes as with a
hundred million: every number is taken from an index, which is left at the limit.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import IntegerField, OuterRef, Prefetch, QuerySet, Subquery, Value
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from annotations.admin.pages.speaker import quote_line
from annotations.models import AnnotationSet, Claim, ClaimOccurrence, Mention, Quote, QuoteSource, Speaker
from articles.models import Article
from projects.admin.base import caller_of, visible
from projects.models import Project

MOST = 10_000  # beyond it says "more than"
PROJECTS = 6
LATEST = 5
CHANGES = 1_000  # the plot shows so many, by the day
DAYS = 28


class Counted(Subquery):
    """How many rows a query has, counted up to one more than MOST."""

    template = "cardinality(ARRAY(%(subquery)s))"
    output_field = IntegerField()

    def __init__(self, rows: QuerySet[Any]) -> None:
        super().__init__(rows.order_by().annotate(_one=Value(1)).values("_one")[: MOST + 1])


@dataclass(frozen=True)
class Number:
    """Something that is counted: its name, its words, and its rows; `query`: how the address of their list asks."""

    name: str
    words: str
    model: Any
    lookups: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)


UNREVIEWED: Any = ({"review_status": "unreviewed"}, {"review_status__exact": "unreviewed"})
UNMERGED: Any = ({"merged_into": None}, {"merged": "no"})
SEEN = (
    Number("articles", "articles", Article),
    Number("quotes", "quotes", Quote),
    Number("speakers", "speakers", Speaker, *UNMERGED),
    Number("claims", "claims", Claim, *UNMERGED),
)
TO_DO = (
    Number("unreviewed", "quotes to review", Quote, *UNREVIEWED),
    Number("unreviewed_mentions", "mentions to review", Mention, *UNREVIEWED),
    Number("unreviewed_occurrences", "occurrences to review", ClaimOccurrence, *UNREVIEWED),
    Number("unresolved", "mentions without a speaker", Mention, {"speaker": None}, {"resolved": "no"}),
    Number("unlinked", "occurrences without a claim", ClaimOccurrence, {"claim": None}, {"claim__isnull": True}),
    Number("submitted", "sets to close", AnnotationSet, {"status": "submitted"}, {"status__exact": "submitted"}),
)
REVIEWED = ("approved", "rejected")


def start(request: HttpRequest) -> HttpResponse:
    """Django's own page, with the projects above its list of everything."""
    return admin.site.index(request, {"title": "Who said what", **overview(request)})


def overview(request: HttpRequest) -> dict[str, Any]:
    projects = list(with_counts(request, visible(request, Project).order_by("-pk"))[: PROJECTS + 1])
    shown = projects[:PROJECTS]
    quotes = latest(request, [pk for project in shown for pk in vars(project)["latest"]])
    return {
        "overviews": [of_project(project, quotes, datetime.now(UTC).date()) for project in shown],
        "more_projects": len(projects) > PROJECTS,
        "nothing": not caller_of(request).roles and not caller_of(request).everywhere,
    }


def with_counts(request: HttpRequest, projects: Any) -> Any:
    """The projects with all that is counted in them, in one statement."""

    def rows(model: Any, **lookups: Any) -> Any:
        return visible(request, model).filter(project=OuterRef("pk"), **lookups)

    counts = {one.name: Counted(rows(one.model, **one.lookups)) for one in SEEN + TO_DO}
    counts |= {status: Counted(rows(Quote, review_status=status)) for status in REVIEWED}
    changed = rows(Quote).order_by("-updated_at", "-pk")
    return projects.annotate(
        **counts,
        latest=ArraySubquery(changed.values("pk")[:LATEST]),
        changes=ArraySubquery(changed.values("updated_at")[:CHANGES]),
    )


def latest(request: HttpRequest, ids: list[Any]) -> dict[Any, Quote]:
    sources = Prefetch("sources", QuoteSource.objects.order_by("position").select_related("speaker__canonical"))
    rows = visible(request, Quote).filter(pk__in=ids).select_related("article__head").prefetch_related(sources)
    return {row.pk: row for row in rows}


def of_project(project: Project, quotes: dict[Any, Quote], today: date) -> dict[str, Any]:
    found = vars(project)
    lines = [quotes[pk] for pk in found["latest"] if pk in quotes]
    return {
        "name": project.name,
        "description": project.description,
        "href": reverse("admin:projects_project_change", args=[project.pk]),
        "seen": [shown(project, number) for number in SEEN],
        "to_do": [shown(project, number) for number in TO_DO if found[number.name]],
        "review": review_bar({status: found[status] for status in (*REVIEWED, "unreviewed")}),
        "days": day_bars(found["changes"], today),
        "latest": [quote_line(quote) | {"at": quote.updated_at} for quote in lines],
    }


def shown(project: Project, number: Number) -> dict[str, Any]:
    """A number with its words, and the list that it counts."""
    address = reverse(f"admin:{number.model._meta.app_label}_{number.model._meta.model_name}_changelist")
    query = urlencode({"project": project.pk, **number.query})
    return {"shown": bounded(vars(project)[number.name]), "words": number.words, "href": f"{address}?{query}"}


def bounded(n: int) -> str:
    return f"{MOST:,}+" if n > MOST else f"{n:,}"


# The small plots: where each bar goes; the template draws them with attributes alone


def review_bar(counts: dict[str, int], width: int = 240) -> list[dict[str, Any]]:
    """One bar, cut by the share of the quotes that has each status."""
    whole, x, parts = sum(counts.values()), 0.0, []
    for status, n in counts.items():
        share = width * n / whole if whole else 0
        parts.append({"status": status, "x": f"{x:.1f}", "width": f"{share:.1f}", "shown": bounded(n), "n": n})
        x += share
    return parts if whole else []


def day_bars(changes: list[datetime], today: date, height: int = 40) -> dict[str, Any]:
    """A bar for each of the last days, as high as quotes were changed on it."""
    per_day = Counter(at.astimezone(UTC).date() for at in changes)
    days = [today - timedelta(days=DAYS - 1 - n) for n in range(DAYS)]
    most = max((per_day[day] for day in days), default=0)
    bars = []
    for n, day in enumerate(days):
        tall = max(2, round(height * per_day[day] / most)) if per_day[day] else 1
        bars.append({"x": n * 8, "y": height - tall, "height": tall, "day": day.isoformat(), "n": per_day[day]})
    return {"bars": bars, "width": DAYS * 8, "height": height, "total": sum(per_day[day] for day in days)}
