"""The latest activity: who did what, and when; what it tells of is linked.

It is read from the events that the change feed and the history of objects are made of, and tells nobody of what they
do not see. What somebody did without a pause is one line, and so is what one import did.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django.apps import apps
from django.http import HttpRequest
from django.urls import reverse

from annotations.models import ImportJob
from annotations.querysets.activity import WINDOW, details, latest_events
from articles.models import Article
from backend.fields import UUID_PATTERN
from projects.actions.rows import type_name
from projects.admin.base import caller_of, visible
from projects.models import User
from projects.roles import Caller, Role

PAUSE = timedelta(seconds=2)  # the events of one call are nearer to each other, as a rule
TOLD = 50  # of a line with more events only the first is looked at: of others it is said that they were changed
# What a line is about, where a call did many things: the first of these that is in it. The rest is counted.
RANK = (
    *("project", "membership", "publisher", "article", "revision", "annotation_set", "speaker", "claim", "quote"),
    *("claim_occurrence", "mention", "claim_relation", "evidence", "claim_review"),
)
QUOTED = {"quote", "mention", "claim_occurrence", "evidence"}
# What has become of an object in whose last version a field differs from the one before; the first that fits.
BECAME = {
    "review_status": {"approved": "approved", "rejected": "rejected", "unreviewed": "took back the review of"},
    "status": {"open": "reopened", "submitted": "submitted", "closed": "closed"},
}
STAMPS = {"version", "updated_at"}
# What comments say of how an event came about. Reviewers write comments too: nothing else is taken for it.
IMPORT, RESTORED = re.compile(rf"Import ({UUID_PATTERN.pattern})"), re.compile(r"restored version \d+")
Event = Mapping[str, Any]


@dataclass
class Line:
    """What somebody did at once: `events` of one project, the newest first."""

    events: list[Event]
    cut: bool = False  # it goes on where the events that were looked at end
    details: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def first(self) -> Event:
        """What the line is about."""
        return min(self.events, key=lambda event: (RANK.index(event["type"]), event["pk"]))

    def looked_at(self) -> list[Event]:
        return self.events if len(self.events) <= TOLD else [self.first]

    @property
    def imported(self) -> UUID | None:
        """The import that did it."""
        return import_of(self.events[0])


def import_of(event: Event) -> UUID | None:
    found = IMPORT.fullmatch(event["comment"])
    return UUID(found[1]) if found else None


def activity(request: HttpRequest, projects: Sequence[UUID], most: int) -> dict[UUID, list[dict[str, Any]]]:
    """The newest lines of each project, `most` at most. Four statements, whatever there is to tell."""
    lines = lines_of(latest_events(projects, caller_of(request)), most)
    told = details([event["pk"] for line in lines for event in line.looked_at()])
    for line in lines:
        line.details = told
    words = Words.of(request, lines)
    shown: dict[UUID, list[dict[str, Any]]] = {project: [] for project in projects}
    for line in lines:
        shown[line.first["project"]].append(words.line(line))
    return shown


def lines_of(events: Iterable[Event], most: int) -> list[Line]:
    """Events, the newest first, as lines: at most so many of each project."""
    found: list[Line] = []
    for _, group in groupby(sorted(events, key=lambda one: str(one["project"])), lambda one: one["project"]):
        lines: list[Line] = []
        looked_at = 0
        for event in group:
            looked_at += 1
            if lines and goes_with(event, lines[-1].events[-1]):
                lines[-1].events.append(event)
            else:
                lines.append(Line([event]))
        lines[-1].cut = looked_at == WINDOW
        found += lines[:most]
    return found


def goes_with(event: Event, later: Event) -> bool:
    """Whether two events that follow each other belong to one call, or to one import."""
    same = all(event[name] == later[name] for name in ("actor__username", "comment"))
    return same and (import_of(event) is not None or later["at"] - event["at"] <= PAUSE)


@dataclass
class Words:
    """What lines are put into words with: the names of people, articles and files."""

    people: Mapping[str, str]
    articles: Mapping[UUID, str]
    files: Mapping[UUID, str]
    caller: Caller

    @classmethod
    def of(cls, request: HttpRequest, lines: Sequence[Line]) -> Words:
        people = {one["person"] for line in lines for one in line.details.values() if one["person"]}
        articles = {event["article"] for line in lines for event in line.events}
        imports = {line.imported for line in lines if line.imported}
        titles = visible(request, Article).filter(pk__in=articles).values_list("pk", "head__title")
        files = visible(request, ImportJob).filter(pk__in=imports).values_list("pk", "file") if imports else ()
        names = User.objects.filter(pk__in=people).values_list("pk", "username") if people else ()
        return cls({str(pk): name for pk, name in names}, dict(titles), dict(files), caller_of(request))

    def line(self, line: Line) -> dict[str, Any]:
        first = line.first
        counts = Counter((did(event, line), event["type"]) for event in line.events)
        about = (did(first, line), first["type"])
        alone = counts[about] == 1
        same = {event["article"] for event in line.events}
        title = self.articles.get(first["article"]) if len(same) == 1 and first["type"] != "article" else None
        return {
            "actor": first["actor__username"],
            "at": first["at"],
            "verb": about[0],
            "what": named(first["type"]) if alone else counted(counts.pop(about), first["type"], line),
            "label": self.label(first, line) if alone else "",
            "quoted": first["type"] in QUOTED,
            "href": self.href(first, line) if alone else None,
            "fields": fields(first, line) if alone else "",
            "more": rest(counts, about, line),
            "article": title,
            "article_href": title and reverse("admin:articles_article_change", args=[first["article"]]),
            "file": self.files.get(line.imported) if line.imported else None,
        }

    def label(self, event: Event, line: Line) -> str:
        """What the object was called then."""
        told = line.details[event["pk"]]
        person = self.people.get(told["person"] or "", "")
        if event["type"] == "membership":
            return f"{person or 'somebody'}, {told['state']}"
        return person or told["label"] if event["type"] == "annotation_set" else told["label"]

    def href(self, event: Event, line: Line) -> str | None:
        """The object's page; of one that is gone, its history, which is the curators'."""
        gone = line.details[event["pk"]]["last"] == "deleted"
        if gone and (event["type"] == "membership" or self.caller.role_in(event["project"]) < Role.CURATOR):
            return None
        options = MODELS[event["type"]]._meta
        page = f"admin:{options.app_label}_{options.model_name}_{'history' if gone else 'change'}"
        return reverse(page, args=[event["object_id"]])


def did(event: Event, line: Line) -> str:
    """The verb: what the event did to its object."""
    told = line.details.get(event["pk"])
    if RESTORED.fullmatch(event["comment"]):
        return "restored"
    if import_of(event) and event["action"] == "created":
        return "imported"
    if event["action"] != "updated":
        return str(event["action"])
    changed = told["changed"] if told else ()
    if "merged_into" in changed:
        return "merged" if told and told["merged"] else "unmerged"
    became = [verbs[told["state"]] for name, verbs in BECAME.items() if told and name in changed]
    return became[0] if became else "changed"


def fields(event: Event, line: Line) -> str:
    """Which fields of its object an event has changed, where its verb does not say it."""
    if did(event, line) != "changed":
        return ""
    return ", ".join(name.replace("_", " ") for name in line.details[event["pk"]]["changed"] if name not in STAMPS)


def rest(counts: Counter[tuple[str, str]], about: tuple[str, str], line: Line) -> str:
    """What else was done: "with 2 quotes", "created 3 mentions"."""
    counts.pop(about, None)
    ordered = sorted(counts.items(), key=lambda one: (one[0][0] != about[0], one[0][0], RANK.index(one[0][1])))
    found = []
    for verb, group in groupby(ordered, lambda one: one[0][0]):
        several = ", ".join(counted(n, kind, line) for (_, kind), n in group)
        found.append(f"with {several}" if verb == about[0] else f"{verb} {several}")
    return "; ".join(found)


def counted(n: int, kind: str, line: Line) -> str:
    return f"{n}{'+' if line.cut else ''} {named(kind, n)}"


def named(kind: str, n: int = 1) -> str:
    options = MODELS[kind]._meta
    return str(options.verbose_name if n == 1 else options.verbose_name_plural)


MODELS = {type_name(model): model for model in apps.get_models() if type_name(model) in RANK}
