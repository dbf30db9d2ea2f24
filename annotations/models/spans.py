"""What quotes, mentions, claim occurrences and evidence have in common: a span over a text, in an annotation set.

A span is five columns of its annotation's own row: part, start, end, exact, and `pieces` (a flat list of boundaries)
where there are several. Offsets are Unicode code points, half-open. A trigger compares each piece with the stored text.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models

from annotations.choices import ReviewStatus
from annotations.models.claims import score
from annotations.models.sets import AnnotationSet
from articles.models import Article, Revision
from projects.models import Project, Stamped, link, one_of


def span_part(*, null: bool = False) -> models.TextField[str, str]:
    return models.TextField(null=null, default=None if null else "body")


def span_offset(*, null: bool = False) -> models.IntegerField[int, int]:
    return models.IntegerField(null=null)


def span_exact(*, null: bool = False) -> models.TextField[str, str]:
    return models.TextField(null=null)


def span_pieces() -> ArrayField[list[int] | None, list[int] | None]:
    return ArrayField(models.IntegerField(), null=True, default=None)


def span_rules(table: str, prefix: str = "", *, optional: bool = False) -> list[models.CheckConstraint]:
    """What the database can say of a span without its text; the rest is the trigger's."""
    part, start, end, exact, pieces = (f"{prefix}{column}" for column in ("part", "start", "end", "exact", "pieces"))
    whole = models.Q(**{f"{part}__in": ["body", "title"], f"{start}__gte": 0, f"{end}__gt": models.F(start)})
    whole &= models.Q(**{f"{exact}__isnull": False})
    absent = models.Q(**{f"{column}__isnull": True for column in (part, start, end, exact, pieces)})
    return [
        models.CheckConstraint(condition=whole | absent if optional else whole, name=f"{table}_{prefix or 'span_'}form")
    ]


class InArticle(Stamped):
    """What lies in an annotation set. One key of four columns (set, revision, article, project) refers to the set, so
    that all of them agree with it."""

    project = link(Project)
    article = link(Article)
    revision = link(Revision)
    set = link(AnnotationSet)

    class Meta:
        abstract = True


class SpanAnnotation(InArticle):
    """What quotes, mentions and claim occurrences share."""

    part = span_part()
    start = span_offset()
    end = span_offset()
    exact = span_exact()
    pieces = span_pieces()
    review_status = models.TextField(choices=ReviewStatus, default=ReviewStatus.UNREVIEWED)
    confidence = models.FloatField(null=True, blank=True)
    tags = ArrayField(models.TextField(), default=list, blank=True)
    note = models.TextField(default="", blank=True)
    external_id = models.TextField(null=True, blank=True)
    derived_from = link("self", null=True, blank=True, related_name="copies")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.exact


def shared_rules(table: str) -> list[models.BaseConstraint]:
    return [
        models.UniqueConstraint(fields=["project", "id"], name=f"{table}_in_project"),
        models.UniqueConstraint(fields=["set", "project", "id"], name=f"{table}_in_set"),
        models.UniqueConstraint(
            fields=["set", "external_id"],
            condition=models.Q(external_id__isnull=False),
            name=f"{table}_external_id_unique",
        ),
        *span_rules(table),
        one_of("review_status", ReviewStatus, f"{table}_review_status_known"),
        score("confidence", f"{table}_confidence_in_range"),
    ]


TAGGED = models.Q(tags__cardinality__gt=0)


def shared_indexes(table: str) -> list[models.Index]:
    return [
        models.Index(fields=["article", "id"], name=f"{table}_article"),
        models.Index(fields=["article", "start", "id"], name=f"{table}_position"),
        models.Index(fields=["project", "updated_at", "id"], name=f"{table}_updated"),
        models.Index(fields=["project", "review_status", "id"], name=f"{table}_review"),
        models.Index(fields=["derived_from"], name=f"{table}_derived", condition=models.Q(derived_from__isnull=False)),
        # By their number: the planner knows how few have any, and would take having any and having one for two things.
        GinIndex(fields=["tags"], name=f"{table}_tags", condition=TAGGED),
        models.Index(fields=["project", "id"], include=["tags"], name=f"{table}_tagged", condition=TAGGED),
        GinIndex(SearchVector("exact", config="simple"), name=f"{table}_search"),
        # Rows lie in the order of their making, or nearly: what was made lately is found by a few kB of this.
        BrinIndex(fields=["created_at"], autosummarize=True, name=f"{table}_made"),
    ]
