"""Texts and where they came from. Nothing here has ever heard of annotations."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models.functions import Now

from articles.choices import DatePrecision
from articles.querysets import ArticleQuerySet, CaptureQuerySet, PublisherQuerySet, RevisionQuerySet
from projects.models import Project, Stamped, User, link, one_of


class Publisher(Stamped):
    """An outlet."""

    project = link(Project)
    name = models.TextField()
    domain = models.TextField(null=True, blank=True)
    country = models.TextField(null=True, blank=True)
    wikidata_qid = models.TextField("Wikidata id", null=True, blank=True)

    objects = PublisherQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "id"], name="publisher_in_project"),
            models.CheckConstraint(
                condition=models.Q(wikidata_qid__regex=r"^Q[1-9][0-9]*$"), name="publisher_qid_form"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["project", "name"], name="publisher_name")]

    def __str__(self) -> str:
        return self.name


class Article(Stamped):
    """One news item: its metadata, and which of its revisions is the head."""

    project = link(Project)
    head = link("articles.Revision")
    external_id = models.TextField(null=True, blank=True)
    url = models.TextField("URL", null=True, blank=True)
    language = models.TextField(null=True, blank=True)
    publisher = link(Publisher, null=True, blank=True)
    republisher = link(Publisher, null=True, blank=True)
    byline = models.TextField(default="", blank=True)
    authors = ArrayField(models.TextField(), default=list, blank=True)
    dateline = models.TextField(default="", blank=True)
    section = models.TextField(default="", blank=True)
    credit_line = models.TextField(default="", blank=True)
    published_on = models.DateField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_precision = models.TextField(choices=DatePrecision, null=True, blank=True)
    licence = models.TextField(default="", blank=True)
    metadata = models.JSONField(default=dict, blank=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "id"], name="article_in_project"),
            models.UniqueConstraint(fields=["project", "external_id"], name="article_external_id_unique"),
            one_of("published_precision", DatePrecision, "article_precision_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["project", "published_on", "id"], name="article_published"),
            models.Index(fields=["project", "updated_at", "id"], name="article_updated"),
            models.Index(fields=["project", "publisher", "id"], name="article_publisher"),
            models.Index(
                fields=["republisher"], name="article_republisher", condition=models.Q(republisher__isnull=False)
            ),
            models.Index(fields=["project", "language", "id"], name="article_language"),
        ]

    def __str__(self) -> str:
        return str(self.head.title)


class Revision(models.Model):
    """One immutable text of an article: title and body, numbered from 1. The database refuses every change of it.

    Lengths count Unicode code points; `body_length_utf16` counts UTF-16 code units. `sha256` is over the UTF-8 of
    title, U+0000 and body.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    project = link(Project)
    article = link(Article, related_name="revisions")
    number = models.IntegerField()
    title = models.TextField()
    body = models.TextField()
    reason = models.TextField(default="", blank=True)
    title_length = models.IntegerField()
    body_length = models.IntegerField()
    body_length_utf16 = models.IntegerField("body length in UTF-16")
    sha256 = models.TextField("SHA-256")
    created_at = models.DateTimeField(db_default=Now())
    created_by = link(User, null=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["article", "number"], name="revision_number_unique"),
            models.UniqueConstraint(fields=["project", "article", "id"], name="revision_in_article"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="revision_number_positive"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["project", "sha256"], name="revision_sha256"),
            # A tsvector holds at most 1 MB: search reads the first 200,000 characters of a text.
            GinIndex(
                SearchVector(
                    models.functions.Left("title", 1000), models.functions.Left("body", 200_000), config="simple"
                ),
                name="revision_search",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"


class Chunk(models.Model):
    """1,024 code points of a revision's title or body, cut by a trigger: a span is checked at a cost that does not grow
    with the article."""

    revision = models.ForeignKey(Revision, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    part = models.TextField()
    n = models.IntegerField()
    text = models.TextField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["revision", "part", "n"], name="chunk_unique")]

    def __str__(self) -> str:
        return f"{self.part} {self.n}"


class Capture(models.Model):
    """The page as it was captured, boilerplate and all."""

    article = models.OneToOneField(
        Article, on_delete=models.DO_NOTHING, primary_key=True, related_name="+", db_constraint=False
    )
    project = link(Project)
    text = models.TextField()
    sha256 = models.TextField("SHA-256")
    created_at = models.DateTimeField(db_default=Now())

    objects = CaptureQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Capture of {self.article}"
