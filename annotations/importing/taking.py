"""Taking a job: whose it is to run, and how the session and the process are set for the time of the run."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Case, F, When
from django.db.models.functions import Coalesce, Now

from annotations.choices import ImportStatus
from annotations.models import ImportJob
from backend import garbage

# Python objects made since the collector last ran, above which it runs again: more than two batches hold.
NEW_OBJECTS: Final = 500_000


@contextmanager
def held(pk: UUID) -> Iterator[bool]:
    """Whether the job is ours to run. The lock is the session's: whoever is killed loses it at once."""
    words = f"import {pk}"
    be_patient(local=False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [words])
        (ours,) = cursor.fetchone()
    try:
        yield ours
    finally:
        if ours and connection.connection and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [words])


def be_patient(*, local: bool) -> None:
    """Sets the time limits of an import, for the transaction (`local`) or the rest of the session: for its statements,
    and for a transaction that is ready to be written and waits for the batch before it."""
    names = ("statement_timeout", "idle_in_transaction_session_timeout")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config(name, %s, %s) FROM unnest(%s::text[]) AS name",
            [settings.IMPORT_STATEMENT_TIMEOUT, local, list(names)],
        )


def begun(pk: UUID) -> ImportJob | None:
    """The job, now running; None where it has ended."""
    started = Case(When(status=ImportStatus.QUEUED, then=F("version") + 1), default=F("version"))
    rows = ImportJob.objects.filter(pk=pk, status__in=ImportStatus.unfinished())
    taken = rows.update(
        version=started,
        status=ImportStatus.RUNNING,
        started_at=Coalesce("started_at", Now()),
        attempts=F("attempts") + 1,
    )
    found: ImportJob | None = ImportJob.objects.filter(pk=pk).first() if taken else None
    return found


@contextmanager
def garbage_between_batches() -> Iterator[Callable[[], int]]:
    """Keeps Python's garbage collector from running by itself. Gives a function to call between batches: it runs the
    collector where enough objects are new. Those that are there already are left out of it, which makes it quick."""
    gc.freeze()
    try:
        with garbage.put_off():
            yield lambda: gc.collect() if gc.get_count()[0] > NEW_OBJECTS else 0
    finally:
        gc.unfreeze()
