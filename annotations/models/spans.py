"""Span annotations: quotes, mentions, claim occurrences, and evidence; and the links a quote or an occurrence carries.

A span is five columns of its annotation's own row: part, start, end, exact, and `pieces` (a flat list of boundaries)
where there are several. Offsets are Unicode code points, half-open. A trigger compares each piece with the stored text.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models

from annotations.choices import (
    Act,
    EvidenceStance,
    Factuality,
    Medium,
    MentionKind,
    OccurrenceStance,
    QuoteType,
    ReviewStatus,
    SourceRole,
)
from annotations.models.claims import Claim, score
from annotations.models.identities import Speaker
from annotations.models.sets import AnnotationSet
from annotations.querysets.spans import EvidenceQuerySet, MentionQuerySet, OccurrenceQuerySet, QuoteQuerySet
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
    """Whose key (set, revision, article, project) points at its annotation set as one."""

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


def shared_indexes(table: str) -> list[models.Index]:
    return [
        models.Index(fields=["article", "id"], name=f"{table}_article"),
        models.Index(fields=["article", "start", "id"], name=f"{table}_position"),
        models.Index(fields=["project", "updated_at", "id"], name=f"{table}_updated"),
        models.Index(fields=["project", "review_status", "id"], name=f"{table}_review"),
        models.Index(fields=["derived_from"], name=f"{table}_derived", condition=models.Q(derived_from__isnull=False)),
        GinIndex(fields=["tags"], name=f"{table}_tags"),
        models.Index(fields=["project", "id"], include=["tags"], name=f"{table}_tagged", condition=~models.Q(tags=[])),
        GinIndex(SearchVector("exact", config="simple"), name=f"{table}_search"),
        # Rows lie in the order of their making, or nearly: what was made lately is found by a few kB of this.
        BrinIndex(fields=["created_at"], autosummarize=True, name=f"{table}_made"),
    ]


class Mention(SpanAnnotation):
    """A span that names or refers to a speaker; within a set one per part and pieces, shared by the quotes."""

    kind = models.TextField(choices=MentionKind, default=MentionKind.NAMED)
    speaker = link(Speaker, null=True, blank=True)

    objects = MentionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            *shared_rules("mention"),
            models.UniqueConstraint(
                fields=["set", "part", "start", "end", "pieces"], name="mention_pieces_unique", nulls_distinct=False
            ),
            one_of("kind", MentionKind, "mention_kind_known"),
        ]
        indexes: ClassVar = [
            *shared_indexes("mention"),
            models.Index(fields=["speaker", "id"], name="mention_speaker"),
            models.Index(fields=["project", "id"], name="mention_unresolved", condition=models.Q(speaker__isnull=True)),
        ]


class Quote(SpanAnnotation):
    """An attribution: who said (believed, wants …) what. The row's own span is the content, the only part required."""

    cue_part = span_part(null=True)
    cue_start = span_offset(null=True)
    cue_end = span_offset(null=True)
    cue_exact = span_exact(null=True)
    cue_pieces = span_pieces()
    cue_lemma = models.TextField(default="", blank=True)
    type = models.TextField(choices=QuoteType, default=QuoteType.UNSPECIFIED)
    act = models.TextField(choices=Act, default=Act.UNSPECIFIED)
    medium = ArrayField(models.TextField(), default=list, blank=True)
    factuality = models.TextField(choices=Factuality, default=Factuality.FACTUAL)
    parent = link("self", null=True, blank=True)
    uttered_on = models.DateField(null=True, blank=True)
    venue = models.TextField(default="", blank=True)

    objects = QuoteQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            *shared_rules("quote"),
            *span_rules("quote", "cue_", optional=True),
            models.CheckConstraint(condition=models.Q(medium__contained_by=Medium.values), name="quote_medium_known"),
            one_of("type", QuoteType, "quote_type_known"),
            one_of("act", Act, "quote_act_known"),
            one_of("factuality", Factuality, "quote_factuality_known"),
        ]
        indexes: ClassVar = [
            *shared_indexes("quote"),
            models.Index(fields=["project", "type", "id"], name="quote_type"),
            models.Index(fields=["parent"], name="quote_parent", condition=models.Q(parent__isnull=False)),
        ]


class QuoteSource(models.Model):
    """Who is quoted, who speaks for them, or whom they address: a mention, a speaker, or both.

    `inherited`: the speaker is the mention's own and follows it (a trigger copies it, so that the quotes of a speaker
    are found by one index). Without a mention the source is implicit.
    """

    project = link(Project)
    set = link(AnnotationSet)
    quote = link(Quote, related_name="sources")
    position = models.IntegerField()
    role = models.TextField(choices=SourceRole, default=SourceRole.SOURCE)
    mention = link(Mention, null=True)
    speaker = link(Speaker, null=True)
    inherited = models.BooleanField(default=False)
    role_text = models.TextField(default="", blank=True)
    affiliation = link(Speaker, null=True)
    part_of = "quote"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["quote", "position"], name="source_position_unique"),
            models.CheckConstraint(
                condition=models.Q(mention__isnull=False) | models.Q(speaker__isnull=False, inherited=False),
                name="source_mention_or_speaker",
            ),
            one_of("role", SourceRole, "source_role_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["mention"], name="source_mention"),
            models.Index(
                fields=["speaker", "role", "quote"],
                include=["set"],
                name="source_speaker",
                condition=models.Q(speaker__isnull=False),
            ),
            models.Index(
                fields=["affiliation"], name="source_affiliation", condition=models.Q(affiliation__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.quote_id}"


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
    """Who holds the claim at an occurrence: a speaker, the author, or the author known as a speaker."""

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
        return self.exact or self.url or f"occurrence {self.occurrence_id}"
