"""Imports: what was uploaded, the job that stores it, and what the job has to remember between its batches."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.db import models
from django.db.models.functions import Now

from annotations.choices import ImportStatus, OnConflict
from annotations.formats.report import Report
from annotations.querysets.jobs import ImportJobQuerySet
from projects.ids import uuid7
from projects.models import Project, Stamped, User, link, one_of


class Upload(models.Model):
    """A file on its way in, kept where the workers of every host can read it: in chunks, until its job has ended."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.TextField()
    size = models.BigIntegerField()
    created_by = link(User, null=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class UploadChunk(models.Model):
    """UPLOAD_CHUNK bytes of a file; the last one has the rest."""

    upload = link(Upload)
    number = models.IntegerField()
    data = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["upload", "number"], name="upload_chunk_once")]

    def __str__(self) -> str:
        return f"{self.upload_id} {self.number}"


NOTHING_STORED: Final = dict.fromkeys(("created", "reused", "updated", "deleted", "skipped"), 0)


def empty_report() -> dict[str, Any]:
    return Report().to_json() | {"stored": NOTHING_STORED}


class ImportJob(Stamped):
    """One file that is being stored, in batches. `version` counts its changes of status; progress is none.

    `position`: how many of the file's documents are committed, or refused for good. `stored`: the report of storing, to
    go on with. `attempts`: starts since the last batch was committed.
    """

    project = link(Project)
    upload = link(Upload, null=True)
    format = models.TextField()
    file = models.TextField()
    on_conflict = models.TextField(choices=OnConflict, default=OnConflict.FAIL)
    dry_run = models.BooleanField(default=False)
    repair = models.BooleanField(default=False)
    mapping = models.JSONField(default=dict)
    status = models.TextField(choices=ImportStatus, default=ImportStatus.QUEUED)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField()
    rate = models.FloatField(null=True)
    report = models.JSONField(default=empty_report)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    position = models.BigIntegerField(default=0)
    stored = models.JSONField(default=empty_report)
    attempts = models.IntegerField(default=0)

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        verbose_name = "import"
        constraints: ClassVar = [
            one_of("status", ImportStatus, "import_status_known"),
            one_of("on_conflict", OnConflict, "import_on_conflict_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["project", "id"], name="import_project"),
            models.Index(
                fields=["id"], condition=models.Q(status__in=ImportStatus.unfinished()), name="import_unfinished"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file} ({self.status})"


class ImportedObject(models.Model):
    """What the file calls `sent` is `object` here, `made` or found. A dry run stores nothing, and keeps the thing
    itself: `payload`."""

    job = link(ImportJob)
    kind = models.TextField()
    sent = models.UUIDField(null=True)
    object = models.UUIDField(null=True)
    made = models.BooleanField(default=False)
    payload = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["job", "sent"], name="imported_sent"),
            models.Index(fields=["job", "object"], name="imported_object"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.sent}"


class AwaitedReference(models.Model):
    """A reference of the file to what stands further on in it: `field` of the object `sent` is to be `target`."""

    job = link(ImportJob)
    kind = models.TextField()
    sent = models.UUIDField()
    field = models.TextField()
    target = models.UUIDField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["job", "id"], name="awaited_job")]

    def __str__(self) -> str:
        return f"{self.field} of {self.kind} {self.sent}"
