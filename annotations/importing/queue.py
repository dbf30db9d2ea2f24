"""The worker's tasks. The queue is in PostgreSQL (procrastinate); a worker is `manage.py worker`, on any host.

A job whose worker was killed waits for nobody: once a minute, and when a worker starts, jobs that are running but held
by no session are put into the queue again.
"""

from __future__ import annotations

from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import connection
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from annotations.actions.imports import QUEUE, TASK, enqueue, forget_uploads
from annotations.choices import ImportStatus
from annotations.formats import FORMATS
from annotations.importing.running import Opened, run_import
from annotations.importing.sources import Meter, uploaded
from annotations.importing.taking import held
from annotations.models import ImportJob


def upload_of(job: ImportJob, meter: Meter) -> Opened:
    assert job.upload_id is not None, "its upload is there until a job has ended"
    return uploaded(job.upload_id, job.file, FORMATS[job.format].limits, meter)


@app.task(name=TASK, queue=QUEUE, pass_context=True)
def task(context: JobContext, job: str) -> None:
    """Runs a job, in a thread of the worker's."""
    try:
        run_import(UUID(job), upload_of, stop=context.should_abort)
    finally:
        connection.close()  # the next job may be given to another thread


@app.periodic(cron="* * * * *")
@app.task(name="annotations.rescue_imports", queue=QUEUE, queueing_lock="annotations.rescue_imports")
async def rescue(timestamp: int) -> None:
    """Puts jobs whose worker was lost into the queue again."""
    for lost in await app.job_manager.get_stalled_jobs():
        await app.job_manager.finish_job(lost, status=Status.FAILED, delete_job=True)
    await sync_to_async(rescue_and_close)()


def rescue_and_close() -> None:
    try:
        rescue_imports()
    finally:
        connection.close()


def rescue_imports() -> None:
    """Those of the command line are its own business: their file is not here."""
    forget_uploads()
    for pk in ImportJob.objects.filter(status=ImportStatus.RUNNING, upload__isnull=False).values_list("pk", flat=True):
        with held(pk) as free:
            if free:
                enqueue(pk)
