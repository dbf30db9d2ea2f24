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
from django.db.models import OuterRef
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from annotations.admin.activity import activity
from annotations.models import AnnotationSet, Claim, ClaimOccurrence, Mention, Quote, Speaker
from articles.models import Article
from projects.admin.base import BOUND, Counted, bounded, caller_of, visible
from projects.models import Project

PROJECTS = 6
LATEST = 8  # lines of activity
CHANGES = 1_000  # the plot shows so many, by the day
DAYS = 28


@dataclass(frozen=True)
class Number:
    """Something that is counted: its name, its words, and its rows, in the order of an index that begins with their
    project; `query`: how the address of their list asks."""

    name: str
    words: str
    model: Any
    lookups: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    order: str = "updated_at"


UNREVIEWED: Any = ({"review_status": "unreviewed"}, {"review_status__exact": "unreviewed"}, "pk")
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
    Number("unresolved", "mentions without a speaker", Mention, {"speaker": None}, {"resolved": "no"}, "pk"),
    Number("unlinked", "occurrences without a claim", ClaimOccurrence, {"claim": None}, {"claim__isnull": True}, "pk"),
    Number("submitted", "sets to close", AnnotationSet, {"status": "submitted"}, {"status__exact": "submitted"}, "pk"),
)
REVIEWED = ("approved", "rejected")


def start(request: HttpRequest) -> HttpResponse:
    """Django's own page, with the projects above its list of everything."""
    return admin.site.index(request, {"title": "Who said what", **overview(request)})


def overview(request: HttpRequest) -> dict[str, Any]:
    projects = list(with_counts(request, visible(request, Project).order_by("-pk"))[: PROJECTS + 1])
    shown = projects[:PROJECTS]
    return {
        "overviews": overviews(request, shown),
        "more_projects": len(projects) > PROJECTS,
        "nothing": not caller_of(request).roles and not caller_of(request).everywhere,
    }


def overviews(request: HttpRequest, projects: list[Project], lines: int = LATEST) -> list[dict[str, Any]]:
    """What is shown of projects that were read `with_counts`."""
    told = activity(request, [project.pk for project in projects], lines)
    today = datetime.now(UTC).date()
    return [of_project(project, today) | {"activity": told[project.pk]} for project in projects]


def with_counts(request: HttpRequest, projects: Any) -> Any:
    """The projects with all that is counted in them, in one statement."""

    def rows(model: Any, **lookups: Any) -> Any:
        return visible(request, model).filter(project=OuterRef("pk"), **lookups)

    counts = {one.name: Counted(rows(one.model, **one.lookups).order_by(one.order), BOUND) for one in SEEN + TO_DO}
    counts |= {status: Counted(rows(Quote, review_status=status).order_by("pk"), BOUND) for status in REVIEWED}
    changed = rows(Quote).order_by("-updated_at", "-pk")
    return projects.annotate(
        **counts,
        changes=ArraySubquery(changed.values("updated_at")[:CHANGES]),
    )


def of_project(project: Project, today: date) -> dict[str, Any]:
    found = vars(project)
    return {
        "name": project.name,
        "description": project.description,
        "href": reverse("admin:projects_project_change", args=[project.pk]),
        "seen": [shown(project, number) for number in SEEN],
        "to_do": [shown(project, number) for number in TO_DO if found[number.name]],
        "review": review_bar({status: found[status] for status in (*REVIEWED, "unreviewed")}),
        "days": day_bars(found["changes"], today),
    }


def shown(project: Project, number: Number) -> dict[str, Any]:
    """A number with its words, and the list that it counts."""
    address = reverse(f"admin:{number.model._meta.app_label}_{number.model._meta.model_name}_changelist")
    query = urlencode({"project": project.pk, **number.query})
    return {"shown": bounded(vars(project)[number.name], BOUND), "words": number.words, "href": f"{address}?{query}"}


# The small plots: where each bar goes; the template draws them with attributes alone


def review_bar(counts: dict[str, int], width: int = 240) -> list[dict[str, Any]]:
    """One bar, cut by the share of the quotes that has each status."""
    whole, x, parts = sum(counts.values()), 0.0, []
    for status, n in counts.items():
        share = width * n / whole if whole else 0
        parts.append({"status": status, "x": f"{x:.1f}", "width": f"{share:.1f}", "shown": bounded(n, BOUND), "n": n})
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
