"""Mentions and quotes, and the links a quote carries."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from annotations.choices import Act, Factuality, Medium, MentionKind, QuoteType, SourceRole
from annotations.models.identities import Speaker
from annotations.models.sets import AnnotationSet
from annotations.models.spans import (
    SpanAnnotation,
    shared_indexes,
    shared_rules,
    span_exact,
    span_offset,
    span_part,
    span_pieces,
    span_rules,
)
from annotations.querysets.spans import MentionQuerySet, QuoteQuerySet
from projects.models import Project, link, one_of


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
