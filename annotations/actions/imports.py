"""Imports: a file taken in, a job made for it and put into the queue, a job cancelled; and on whose behalf it runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import chain, islice
from typing import Any, Final
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, connection
from django.db.models import F
from django.db.models.functions import Now
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from annotations.choices import ImportStatus
from annotations.models import AwaitedReference, ImportedObject, ImportJob, Upload, UploadChunk
from backend.errors import conflict, forbidden
from projects.ids import uuid7
from projects.models import Membership, User
from projects.permissions import require
from projects.roles import SCOPES, Caller, Role

UPLOAD_CHUNK: Final = 2**20  # bytes
CHUNKS_AT_ONCE: Final = 8  # in one statement
TASK, QUEUE = "annotations.run_import", "imports"


def take_in(*, caller: Caller, file: UploadedFile) -> Upload:
    """Keeps a file, chunk by chunk: outside a transaction, which the change feed would have to wait for. Nothing refers
    to it yet: whoever makes no job of it calls `discard`. Where it ends half-way, on a full disk say, none of it stays.
    """
    upload = Upload(id=uuid7(), name=file.name or "", size=file.size or 0, created_by=caller.user)
    upload.save(force_insert=True)
    chunks = enumerate(chunks_of(file))
    try:
        while some := list(islice(chunks, 1)):
            keep_chunks(upload.pk, chain(some, islice(chunks, CHUNKS_AT_ONCE - 1)))
    except DatabaseError:
        discard(upload)
        raise
    return upload


def keep_chunks(upload: UUID, chunks: Iterable[tuple[int, bytes]]) -> None:
    """One COPY in binary, which holds one chunk at a time: as parameters of an INSERT each is there several times,
    written out in digits."""
    statement: Any = f'COPY "{UploadChunk._meta.db_table}" (upload_id, number, data) FROM STDIN (FORMAT BINARY)'
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(["uuid", "int4", "bytea"])
        for number, data in chunks:
            copy.write_row((upload, number, data))


def chunks_of(file: UploadedFile) -> Iterator[bytes]:
    """All of one length but the last: a file that Django holds in memory gives itself whole, whatever it is asked."""
    file.seek(0)
    while data := file.read(UPLOAD_CHUNK):
        yield data


def discard(upload: Upload) -> None:
    """Forgets an upload that no job is for."""
    if not ImportJob.objects.filter(upload=upload).exists():
        Upload.objects.filter(pk=upload.pk)._raw_delete("default")


def create_import(*, caller: Caller, project: UUID, upload: Upload, data: Mapping[str, Any]) -> ImportJob:
    """The job, and its place in the queue: both in the caller's transaction."""
    job = ImportJob(
        project_id=project, upload=upload, file=upload.name, total=upload.size, created_by=caller.user, **data
    )
    job.save(force_insert=True)
    enqueue(job.pk)
    return job


def enqueue(pk: UUID) -> None:
    """Puts a job into the queue, unless it waits there."""
    try:
        app.configure_task(TASK, queue=QUEUE, queueing_lock=str(pk)).defer(job=str(pk))
    except AlreadyEnqueued:
        return


def cancel_import(*, caller: Caller, job: ImportJob) -> None:
    """Ends a job at the border of its last batch, which stays. Error: 409 `import-ended`."""
    own = caller.user is not None and job.created_by_id == caller.user.pk
    require(caller, job.project_id, Role.ANNOTATOR if own else Role.MANAGER)
    if job.status not in ImportStatus.unfinished():
        raise conflict("import-ended", f"The import has {job.status} already.")
    ended = {"status": ImportStatus.CANCELLED, "version": F("version") + 1, "ended_at": Now(), "updated_at": Now()}
    ImportJob.objects.filter(pk=job.pk).update(**ended)
    forget(job)


def forget(job: ImportJob) -> None:
    """What an ended job needs no more: its file, and what it remembered of it."""
    for model in (ImportedObject, AwaitedReference):
        rows = model._default_manager.filter(job=job)
        rows._raw_delete(rows.db)
    if job.upload_id:
        uploads = Upload.objects.filter(pk=job.upload_id)
        uploads._raw_delete(uploads.db)


def forget_uploads() -> None:
    """Those of a day ago that never became a job: their web server was lost."""
    old = Upload.objects.filter(created_at__lt=Now() - timedelta(days=1))
    orphans = old.exclude(pk__in=ImportJob.objects.filter(upload__isnull=False).values("upload"))
    orphans._raw_delete(orphans.db)


def maker_of(job: ImportJob) -> Caller:
    """On whose behalf the job runs: whoever made it, with the role they have now. Error: 403."""
    user: Any = User.objects.filter(pk=job.created_by_id, is_active=True).first() if job.created_by_id else None
    if user is None:
        raise forbidden("Whoever began this import has no account here any more.")
    member = Membership.objects.filter(project=job.project_id, user=user).first()
    roles = {job.project_id: member.rank} if member else {}
    caller = Caller(user, roles=roles, scopes=frozenset(SCOPES), everywhere=user.is_superuser)
    require(caller, job.project_id, Role.MANAGER)
    return caller
