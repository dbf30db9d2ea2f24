"""Uploads, jobs, and what a job remembers: rows that no caller writes, and which hang together all the same."""

from typing import Any

import pytest

from annotations.models import AwaitedReference, ImportedObject, ImportJob, Upload, UploadChunk
from projects.ids import uuid7
from tests.constraints.ground import breaks, change, remove

NAMES = {"import_status_known": "status", "import_on_conflict_known": "on_conflict"}


@pytest.fixture
def job(ground: Any) -> ImportJob:
    upload = Upload.objects.create(name="a.ndjson", size=1, created_by=ground.user)
    UploadChunk.objects.create(upload=upload, number=0, data=b"a")
    job = ImportJob(project=ground.project, upload=upload, created_by=ground.user, format="ndjson", file="a", total=1)
    job.save(force_insert=True)
    ImportedObject.objects.create(job=job, sent=uuid7(), object=uuid7(), kind="quotes")
    AwaitedReference.objects.create(job=job, sent=uuid7(), target=uuid7(), kind="quotes", field="parent")
    return job


@pytest.mark.parametrize("rule", NAMES)
def test_only_known_words(job: ImportJob, rule: str) -> None:
    with breaks(rule):
        change(job, **{NAMES[rule]: "perhaps"})


def test_a_chunk_is_there_once(job: ImportJob) -> None:
    upload = Upload.objects.get()
    UploadChunk.objects.create(upload=upload, number=1, data=b"b")
    with breaks("upload_chunk_once"):
        UploadChunk.objects.create(upload=upload, number=1, data=b"c")


@pytest.mark.parametrize(
    ("rule", "model", "column"),
    [
        ("chunk_upload_fk", UploadChunk, "upload"),
        ("import_upload_fk", ImportJob, "upload"),
        ("import_project_fk", ImportJob, "project"),
        ("imported_job_fk", ImportedObject, "job"),
        ("awaited_job_fk", AwaitedReference, "job"),
    ],
)
def test_nothing_hangs_on_what_is_not_there(job: ImportJob, rule: str, model: Any, column: str) -> None:
    with breaks(rule):
        change(model.objects.get(), **{column: uuid7()})


def test_what_goes_takes_its_own_along(job: ImportJob) -> None:
    remove(Upload.objects.get())
    job.refresh_from_db()
    assert job.upload_id is None
    assert not UploadChunk.objects.exists()
    remove(job)
    assert not ImportedObject.objects.exists()
    assert not AwaitedReference.objects.exists()
