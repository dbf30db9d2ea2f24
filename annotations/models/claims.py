"""Claims, how they relate, and what reviewers found."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models.functions import MD5, Greatest, Least

from annotations.choices import SYMMETRIC, CheckWorthiness, ClaimType, RelationType, Verdict
from annotations.models.identities import Merging
from annotations.querysets.claims import ClaimQuerySet, ClaimRelationQuerySet, ClaimReviewQuerySet
from projects.models import Project, Stamped, link, one_of


def score(column: str, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=models.Q(**{f"{column}__gte": 0, f"{column}__lte": 1}), name=name)


class Claim(Merging):
    """A proposition that can be checked, worded so that it stands alone."""

    text = models.TextField()
    language = models.TextField(null=True, blank=True)
    types = ArrayField(models.TextField(), default=list, blank=True)
    check_worthiness = models.TextField(choices=CheckWorthiness, default=CheckWorthiness.UNASSESSED)
    check_score = models.FloatField(null=True, blank=True)
    resolved_time = models.TextField(null=True, blank=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "id"], name="claim_in_project"),
            models.CheckConstraint(condition=models.Q(types__contained_by=ClaimType.values), name="claim_types_known"),
            one_of("check_worthiness", CheckWorthiness, "claim_worthiness_known"),
            score("check_score", "claim_score_in_range"),
        ]
        indexes: ClassVar = [
            models.Index(models.F("project"), MD5("text"), name="claim_text"),
            models.Index(fields=["canonical"], name="claim_canonical"),
            models.Index(fields=["merged_into"], name="claim_merged", condition=models.Q(merged_into__isnull=False)),
            models.Index(fields=["project", "updated_at", "id"], name="claim_updated"),
            GinIndex(SearchVector("text", config="simple"), name="claim_search"),
        ]

    def __str__(self) -> str:
        return self.text


class ClaimRelation(Stamped):
    """How one claim stands to another. `same_as`, `contradicts` and `related` are symmetric: one row for both ways."""

    project = link(Project)
    source = link(Claim)
    target = link(Claim)
    type = models.TextField(choices=RelationType)
    confidence = models.FloatField(null=True, blank=True)
    note = models.TextField(default="", blank=True)

    objects = ClaimRelationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "id"], name="relation_in_project"),
            models.UniqueConstraint(fields=["source", "target", "type"], name="relation_unique"),
            models.UniqueConstraint(
                Least("source", "target"),
                Greatest("source", "target"),
                "type",
                condition=models.Q(type__in=SYMMETRIC),
                name="relation_symmetric_unique",
            ),
            models.CheckConstraint(condition=~models.Q(source=models.F("target")), name="relation_two_ends"),
            one_of("type", RelationType, "relation_type_known"),
            score("confidence", "relation_confidence_in_range"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["target"], name="relation_target"),
            models.Index(fields=["project", "updated_at", "id"], name="relation_updated"),
        ]

    def __str__(self) -> str:
        return f"“{self.source}” {self.get_type_display().lower()} “{self.target}”"


class ClaimReview(Stamped):
    """A published verdict on a claim (schema.org ClaimReview): the publisher's own rating, and ours normalised."""

    project = link(Project)
    claim = link(Claim)
    author_name = models.TextField(default="", blank=True)
    author_url = models.TextField("author URL", null=True, blank=True)
    url = models.TextField("URL")
    title = models.TextField(default="", blank=True)
    reviewed_on = models.DateField(null=True, blank=True)
    rating_text = models.TextField()
    rating_value = models.FloatField(null=True, blank=True)
    rating_worst = models.FloatField(null=True, blank=True)
    rating_best = models.FloatField(null=True, blank=True)
    explanation = models.TextField(default="", blank=True)
    verdict = models.TextField(choices=Verdict, default=Verdict.UNRATED)

    objects = ClaimReviewQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "id"], name="review_in_project"),
            one_of("verdict", Verdict, "review_verdict_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["claim"], name="review_claim"),
            models.Index(fields=["project", "url"], name="review_url"),
            models.Index(fields=["project", "updated_at", "id"], name="review_updated"),
            models.Index(fields=["project", "reviewed_on", "id"], name="review_day"),
        ]

    def __str__(self) -> str:
        return f"{self.rating_text} ({self.url})"
