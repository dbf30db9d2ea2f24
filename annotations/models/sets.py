"""Annotation sets: one annotator's pass over one revision of one article."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from annotations.choices import AnnotatorKind, SetKind, SetStatus
from annotations.querysets.sets import AnnotationSetQuerySet
from articles.models import Article, Revision
from projects.models import Project, Stamped, User, link, one_of


class AnnotationSet(Stamped):
    """Every span annotation is in exactly one set; agreement, blindness, gold and statistics all select by set."""

    project = link(Project)
    article = link(Article)
    revision = link(Revision)
    kind = models.TextField(choices=SetKind, default=SetKind.INDIVIDUAL)
    annotator_kind = models.TextField(choices=AnnotatorKind, default=AnnotatorKind.HUMAN)
    annotator_name = models.TextField()
    annotator_version = models.TextField(default="", blank=True)
    annotator_user = link(User, null=True, blank=True)
    label = models.TextField(default="", blank=True)
    status = models.TextField(choices=SetStatus, default=SetStatus.OPEN)

    objects = AnnotationSetQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # What the keys of every span annotation point at: a link can cross neither article, revision nor project.
            models.UniqueConstraint(fields=["id", "revision", "article", "project"], name="set_on_revision"),
            models.UniqueConstraint(fields=["project", "id"], name="set_in_project"),
            models.UniqueConstraint(fields=["article", "id"], name="set_in_article"),
            models.UniqueConstraint(
                fields=[
                    "revision",
                    "annotator_user",
                    "annotator_name",
                    "annotator_kind",
                    "annotator_version",
                    "kind",
                    "label",
                ],
                name="set_identity_unique",
                nulls_distinct=False,
            ),
            one_of("kind", SetKind, "set_kind_known"),
            one_of("status", SetStatus, "set_status_known"),
            one_of("annotator_kind", AnnotatorKind, "set_annotator_kind_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["project", "annotator_user", "id"], name="set_annotator"),
            models.Index(fields=["annotator_name", "id"], name="set_annotator_name"),
            # What is seen of others: where that is little, a list begins here.
            models.Index(fields=["project", "id"], name="set_done", condition=~models.Q(status="open")),
            models.Index(fields=["project", "updated_at", "id"], name="set_updated"),
            models.Index(fields=["project", "id"], name="set_submitted", condition=models.Q(status="submitted")),
        ]

    def __str__(self) -> str:
        return f"{self.annotator_name}: {self.label}" if self.label else self.annotator_name


class SetParent(models.Model):
    """A set that another one was made from, as adjudicated sets are; on the same article."""

    set = link(AnnotationSet)
    article = link(Article)
    parent = link(AnnotationSet)
    position = models.IntegerField()
    part_of = "set"

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["set", "parent"], name="set_parent_once")]
        indexes: ClassVar = [models.Index(fields=["parent"], name="set_parent_parent")]

    def __str__(self) -> str:
        return f"{self.set_id} from {self.parent_id}"
