"""The latest events of projects, and what each of them did: read from their newest ends, along indexes alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from annotations.querysets.changes import known_to
from projects.models import Event
from projects.roles import Caller

WINDOW = 300  # events of a project that are looked at; a large import fills them alone
COLUMNS = ("pk", "project", "at", "action", "type", "object_id", "version", "article", "actor__username", "comment")

# What events did to their objects. `changed`: the fields that differ from the version before; `last`: what happened
# last to the object, which is still there unless that was its deletion.
DETAILS = f"""
    SELECT e.id,
        left(coalesce(e.snapshot #>> '{{content,exact}}', e.snapshot #>> '{{span,exact}}', e.snapshot ->> 'name',
            e.snapshot ->> 'title', e.snapshot ->> 'text', e.snapshot ->> 'excerpt', e.snapshot ->> 'rating_text',
            e.snapshot ->> 'url', e.snapshot #>> '{{annotator,name}}', ''), 300) AS label,
        coalesce(e.snapshot ->> 'user', e.snapshot #>> '{{annotator,user}}') AS person,
        coalesce(e.snapshot ->> 'review_status', e.snapshot ->> 'status', e.snapshot ->> 'role') AS state,
        e.snapshot ->> 'merged_into' AS merged,
        ARRAY(SELECT now.key FROM jsonb_each(e.snapshot) now
              WHERE before.snapshot IS NOT NULL AND now.value IS DISTINCT FROM before.snapshot -> now.key) AS changed,
        (SELECT l.action FROM {Event._meta.db_table} l WHERE l.object_id = e.object_id
         ORDER BY l.version DESC, l.id DESC LIMIT 1) AS last
    FROM {Event._meta.db_table} e LEFT JOIN LATERAL (
        SELECT b.snapshot FROM {Event._meta.db_table} b WHERE b.object_id = e.object_id AND b.id < e.id
        ORDER BY b.id DESC LIMIT 1) before ON e.action = 'updated'
    WHERE e.id = ANY(%s)
"""


def latest_events(projects: Sequence[UUID], caller: Caller) -> list[dict[str, Any]]:
    """For each of the projects its newest events, WINDOW at most, as far as the caller sees what they are about; the
    newest first. One statement."""
    if not projects:
        return []
    first, *others = (newest(project, caller).values(*COLUMNS) for project in projects)
    return sorted(first.union(*others, all=True), key=lambda event: -event["pk"])


def newest(project: UUID, caller: Caller) -> QuerySet[Any]:
    """Of those with a place in the feed the last ones, and of those without the newest: each end has its index."""
    events = Event.objects.filter(project=project)
    waiting = events.filter(seq__isnull=True).order_by("-pk").values("pk")[:WINDOW]
    placed = events.filter(seq__isnull=False).order_by("-seq").values("pk")[:WINDOW]
    found = Event.objects.filter(pk__in=waiting.union(placed, all=True))
    return found.filter(known_to(project, caller.within(project))).order_by("-pk")[:WINDOW]


def details(ids: Iterable[int]) -> dict[int, Mapping[str, Any]]:
    """What these events did, by their ids. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(DETAILS, [list(ids)])
        names = [column.name for column in cursor.description or ()]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
