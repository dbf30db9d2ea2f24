"""Claim occurrences, and evidence: where claims stand in texts, and what speaks for them or against them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from annotations.choices import EvidenceStance, OccurrenceStance
from annotations.models.claims import Claim
from annotations.models.identities import Speaker
from annotations.models.quotes import Quote
from annotations.models.sets import AnnotationSet
from annotations.models.spans import (
    InArticle,
    SpanAnnotation,
    shared_indexes,
    shared_rules,
    span_exact,
    span_offset,
    span_part,
    span_pieces,
    span_rules,
)
from annotations.querysets.spans import EvidenceQuerySet, OccurrenceQuerySet
from articles.models import Article, Revision
from projects.models import Project, link, one_of


class ClaimOccurrence(SpanAnnotation):
    """A span where a claim is affirmed, denied or reported; it may cite the quote it sits in."""

    claim = link(Claim, null=True, blank=True)
    quote = link(Quote, null=True, blank=True)
    stance = models.TextField(choices=OccurrenceStance, default=OccurrenceStance.AFFIRMS)
    object_part = span_part(null=True)
    object_start = span_offset(null=True)
    object_end = span_offset(null=True)
    object_exact = span_exact(null=True)
    object_pieces = span_pieces()
    time_part = span_part(null=True)
    time_start = span_offset(null=True)
    time_end = span_offset(null=True)
    time_exact = span_exact(null=True)
    time_pieces = span_pieces()

    objects = OccurrenceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            *shared_rules("occurrence"),
            *span_rules("occurrence", "object_", optional=True),
            *span_rules("occurrence", "time_", optional=True),
            one_of("stance", OccurrenceStance, "occurrence_stance_known"),
        ]
        indexes: ClassVar = [
            *shared_indexes("occurrence"),
            models.Index(fields=["claim", "id"], name="occurrence_claim"),
            models.Index(fields=["project", "id"], name="occurrence_unlinked", condition=models.Q(claim__isnull=True)),
            models.Index(fields=["quote"], name="occurrence_quote", condition=models.Q(quote__isnull=False)),
        ]


class Claimant(models.Model):
    """Who holds the claim at an occurrence, or by its stance denies it.

    A speaker, the author, or the author known as a speaker.
    """

    project = link(Project)
    occurrence = link(ClaimOccurrence, related_name="claimants")
    position = models.IntegerField()
    speaker = link(Speaker, null=True)
    is_author = models.BooleanField(default=False)
    part_of = "occurrence"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["occurrence", "position"], name="claimant_position_unique"),
            models.CheckConstraint(
                condition=models.Q(speaker__isnull=False) | models.Q(is_author=True), name="claimant_somebody"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["speaker"], name="claimant_speaker")]

    def __str__(self) -> str:
        return f"claimant of {self.occurrence_id}"


class Evidence(InArticle):
    """What supports or refutes a claim: a span of an article (in a set), a claim occurrence (in that one's set),
    or a web page with an excerpt (in no set)."""

    article = link(Article, null=True, blank=True)
    revision = link(Revision, null=True, blank=True)
    set = link(AnnotationSet, null=True, blank=True)
    claim = link(Claim)
    stance = models.TextField(choices=EvidenceStance)
    part = span_part(null=True)
    start = span_offset(null=True)
    end = span_offset(null=True)
    exact = span_exact(null=True)
    pieces = span_pieces()
    quote = link(Quote, null=True, blank=True)
    occurrence = link(ClaimOccurrence, null=True, blank=True)
    url = models.TextField("URL", null=True, blank=True)
    excerpt = models.TextField(default="", blank=True)
    note = models.TextField(default="", blank=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "evidence"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "id"], name="evidence_in_project"),
            *span_rules("evidence", "", optional=True),
            models.CheckConstraint(
                condition=(
                    models.Q(set__isnull=False, start__isnull=False, occurrence__isnull=True, url__isnull=True)
                    | models.Q(set__isnull=False, occurrence__isnull=False, start__isnull=True, url__isnull=True)
                    & models.Q(quote__isnull=True)
                    | models.Q(url__isnull=False, set__isnull=True, start__isnull=True, quote__isnull=True)
                    & models.Q(occurrence__isnull=True)
                ),
                name="evidence_one_ground",
            ),
            models.CheckConstraint(
                condition=models.Q(set__isnull=False, article__isnull=False, revision__isnull=False)
                | models.Q(set__isnull=True, article__isnull=True, revision__isnull=True),
                name="evidence_set_whole",
            ),
            one_of("stance", EvidenceStance, "evidence_stance_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["claim", "id"], name="evidence_claim"),
            models.Index(fields=["project", "updated_at", "id"], name="evidence_updated"),
            models.Index(fields=["article", "id"], name="evidence_article", condition=models.Q(article__isnull=False)),
            models.Index(fields=["set", "id"], name="evidence_set", condition=models.Q(set__isnull=False)),
            models.Index(fields=["quote"], name="evidence_quote", condition=models.Q(quote__isnull=False)),
            models.Index(
                fields=["occurrence"], name="evidence_occurrence", condition=models.Q(occurrence__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.exact or self.url or str(self.occurrence)
