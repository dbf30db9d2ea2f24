"""Speakers: the identity behind mentions, across articles."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models

from annotations.choices import Gender, GenderSource, SpeakerKind
from annotations.querysets.identities import SpeakerQuerySet
from articles.models import Article
from projects.models import Project, Stamped, link, one_of


class Merging(Stamped):
    """An identity that may turn out to be another one's. `merged_into` is what a curator said;
    `canonical` is the end of that chain, kept by a trigger, so that a read never walks it."""

    project = link(Project)
    merged_into = link("self", null=True, blank=True)
    canonical = link("self")

    class Meta:
        abstract = True


class Speaker(Merging):
    """A person, organisation, state, group or document that is quoted; named or not."""

    name = models.TextField()
    kind = models.TextField(choices=SpeakerKind, default=SpeakerKind.PERSON)
    is_named = models.BooleanField(default=True)
    article = link(Article, null=True, blank=True)
    aliases = ArrayField(models.TextField(), default=list, blank=True)
    wikidata_qid = models.TextField("Wikidata id", null=True, blank=True)
    gender = models.TextField(choices=Gender, null=True, blank=True)
    gender_source = models.TextField(choices=GenderSource, null=True, blank=True)
    affiliation = link("self", null=True, blank=True)
    description = models.TextField(default="", blank=True)

    objects = SpeakerQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "id"], name="speaker_in_project"),
            # With `article` in a unique key, changing it waits for those who rely on the speaker being local.
            models.UniqueConstraint(fields=["id", "article"], name="speaker_locality"),
            models.UniqueConstraint(
                fields=["project", "wikidata_qid"],
                condition=models.Q(merged_into__isnull=True),
                name="speaker_qid_unique",
            ),
            models.CheckConstraint(
                condition=models.Q(is_named=True, article__isnull=True)
                | models.Q(is_named=False, article__isnull=False),
                name="speaker_unnamed_is_local",
            ),
            models.CheckConstraint(condition=models.Q(wikidata_qid__regex=r"^Q[1-9][0-9]*$"), name="speaker_qid_form"),
            one_of("kind", SpeakerKind, "speaker_kind_known"),
            one_of("gender", Gender, "speaker_gender_known"),
            one_of("gender_source", GenderSource, "speaker_gender_source_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["project", "name", "kind"], name="speaker_name"),
            models.Index(fields=["canonical"], name="speaker_canonical"),
            models.Index(
                fields=["project", "wikidata_qid", "id"],
                name="speaker_qid",
                condition=models.Q(wikidata_qid__isnull=False),
            ),
            models.Index(fields=["merged_into"], name="speaker_merged", condition=models.Q(merged_into__isnull=False)),
            models.Index(fields=["article"], name="speaker_article", condition=models.Q(article__isnull=False)),
            models.Index(
                fields=["affiliation"], name="speaker_affiliation", condition=models.Q(affiliation__isnull=False)
            ),
            models.Index(fields=["project", "updated_at", "id"], name="speaker_updated"),
            GinIndex(fields=["aliases"], name="speaker_aliases"),
            GinIndex(SearchVector("name", config="simple"), name="speaker_search"),
        ]

    def __str__(self) -> str:
        return self.name
