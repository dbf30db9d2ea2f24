"""A job from its first batch to its end.

A batch, what the job remembers of it, and the position behind it are one transaction. The position moves only from
where this run believes it to be, and only while the job is running: so a job that was killed goes on behind its last
batch, one that two workers took by mistake stores nothing twice, and one that was cancelled ends at a border.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.db.models.functions import Now

from annotations.actions.imports import forget, maker_of
from annotations.actions.rows import MODELS
from annotations.choices import ImportStatus
from annotations.formats import FORMATS, Files, Options, Refused, Report, Where
from annotations.formats.report import OUTCOMES
from annotations.importing.batches import Batch, batches
from annotations.importing.sources import Meter
from annotations.importing.storing import Storing
from annotations.importing.taking import be_patient, begun, garbage_between_batches, held
from annotations.importing.turns import Lanes, Turn
from annotations.models import AwaitedReference, ImportedObject, ImportJob
from annotations.models.jobs import NOTHING_STORED
from backend.errors import Fault, Problem, from_database
from backend.transactions import LOCK_NOT_AVAILABLE, retried, sqlstate
from projects.actions.rows import update_row
from projects.roles import Caller

logger = logging.getLogger(__name__)
ATTEMPTS: Final = 10  # starts without a batch in between; then something kills every run
PAUSES: Final = (0.5, 2.0, 10.0)  # seconds, where somebody holds what a batch needs
REFERENCES_AT_ONCE: Final = 500
Answer = TypeVar("Answer")
Opened = AbstractContextManager[Files]


class Interrupted(Exception):
    """This run is over before the job is: it was cancelled, another worker has it, or this one is told to stop."""


def run_import(
    pk: UUID,
    open_files: Callable[[ImportJob, Meter], Opened],
    *,
    stop: Callable[[], bool] = lambda: False,
    heard: Callable[[int], object] = lambda done: None,
) -> None:
    """Runs the job to its end, or until `stop` says so; nothing where it has ended, or somebody else runs it. `heard`
    is told how many bytes are done. Error: OperationalError, where the database is away: the job is to be run again."""
    with held(pk) as ours:
        job = begun(pk) if ours else None
        if job is not None:
            with garbage_between_batches() as look:
                Run(job, stop, lambda done: (look(), heard(done))).go(open_files)


@dataclass(frozen=True)
class Step:
    """A batch on its way. `position`: how many documents stand before it; `read`, `done`: what the reader had told by
    then, and how many bytes it had read."""

    batch: Batch
    turn: Turn
    position: int
    read: Report
    done: int


class Run:
    """One run of a job."""

    def __init__(self, job: ImportJob, stop: Callable[[], bool], heard: Callable[[int], object]) -> None:
        self.job, self.stop, self.heard = job, stop, heard
        self.position = job.position
        self.reading, self.storing = Report(), Report.of(job.stored)
        self.meter = Meter(job.total)
        self.since, self.objects = time.monotonic(), 0

    def go(self, open_files: Callable[[ImportJob, Meter], Opened]) -> None:
        try:
            if self.job.attempts > ATTEMPTS:
                raise Refused(
                    "gave-up", f"The import was begun {ATTEMPTS} times and each time ended before a batch did."
                )
            with open_files(self.job, self.meter) as files:
                if self.batches(files):
                    self.set_awaited()
                    self.end(ImportStatus.SUCCEEDED)
        except Interrupted:
            return
        except (OperationalError, InterfaceError):
            raise
        except Exception as exc:
            self.fail(exc)

    def fail(self, exc: Exception) -> None:
        """The job ends here; what its batches have stored stays."""
        match exc:
            case Refused():
                fault = Fault(exc.code, exc.detail)
            case Problem():
                fault = exc.faults[0]
            case _ if not ImportJob.objects.filter(pk=self.job.pk, status=ImportStatus.RUNNING).exists():
                return  # cancelled: its file is gone, over which a reader may break
            case _:
                logger.exception("Import %s failed", self.job.pk)
                fault = Fault("internal-error", "Something broke on our side; it is in our log.")
        self.storing.refuse(fault.code, fault.detail, Where(self.job.file))
        try:
            self.end(ImportStatus.FAILED)
        except Interrupted:
            return

    def batches(self, files: Files) -> bool:
        """Stores what is left of the file; False where it was told to stop."""
        read = FORMATS[self.job.format].read
        assert read is not None, "jobs are made for formats that can be read"
        documents = read(files, self.reading, Options(self.job.mapping, self.job.repair))
        next(islice(documents, self.position, self.position), None)  # what is committed is read once more, and dropped
        with Lanes() as lanes:
            step, stored = self.standing(), None
            try:
                for batch in batches(documents):
                    if self.stop():
                        break
                    step = self.after(step, batch)
                    following = lanes.begin(self.store, step)
                    self.settle(stored)
                    stored = following
            finally:
                self.settle(stored)
        return not self.stop()

    def standing(self) -> Step:
        """Where this run begins."""
        return Step(Batch(), Turn.after(self.storing), self.position, self.reading.copy(), self.meter.done)

    def after(self, step: Step, batch: Batch) -> Step:
        """The step of the next batch: the reader's report is that of now, whatever it reads meanwhile."""
        self.objects += batch.objects
        return Step(batch, Turn(step.turn), step.position + len(step.batch.items), self.reading.copy(), self.meter.done)

    def settle(self, stored: Future[Step] | None) -> None:
        """Waits for a batch. Errors: those of storing it."""
        if stored:
            step = stored.result()
            assert step.turn.report is not None, "its transaction is committed"
            self.storing, self.position = step.turn.report, step.position + len(step.batch.items)
            self.heard(step.done)

    def store(self, step: Step) -> Step:
        report = None
        try:
            report = patiently(lambda: self.commit(step))
        finally:
            step.turn.end(report)
        return step

    def commit(self, step: Step) -> Report:
        """One batch, in a transaction that may be tried again. Gives the report as it is then."""
        step.turn.begin()
        be_patient(local=True)
        told = Storing(self.job, self.maker(), step.turn).store(step.batch.items)
        report = step.turn.wait().followed(told)
        self.move(report, step, position=step.position + len(step.batch.items), attempts=0)
        return report

    def maker(self) -> Caller:
        return maker_of(self.job).saying(f"Import {self.job.pk}")

    def move(self, report: Report, step: Step | None = None, **columns: Any) -> None:
        """Says how far the job is. Error: Interrupted."""
        step = step or self.standing()
        rows = ImportJob.objects.filter(pk=self.job.pk, status=ImportStatus.RUNNING, position=step.position)
        seconds = max(time.monotonic() - self.since, 0.001)
        told = {"report": joined(step.read, report), "stored": report.to_json(), "done": step.done}
        if not rows.update(**told | {"rate": round(self.objects / seconds, 1)} | columns):
            raise Interrupted

    # ---- after the last batch ----

    def set_awaited(self) -> None:
        """References to what stood further on in the file. Error: Interrupted."""
        while patiently(self.set_some):
            if self.stop():
                raise Interrupted

    def set_some(self) -> bool:
        """Sets some of them; False where there are none left."""
        report = self.storing.copy()
        rows = list(AwaitedReference.objects.filter(job=self.job).order_by("pk")[:REFERENCES_AT_ONCE])
        caller = self.maker() if rows else None
        here = {(row.kind, row.sent): row for row in self.known(rows)}
        for row in rows:
            source, target = here.get((row.kind, row.sent)), here.get((row.kind, row.target))
            if source is not None and source.made:
                self.set_one(row, source.object, target.object if target else row.target, caller, report)
        AwaitedReference.objects.filter(pk__in=[row.pk for row in rows]).delete()
        self.move(report)
        self.storing = report
        return bool(rows)

    def known(self, rows: list[AwaitedReference]) -> Any:
        """What this job remembers of both ends of the references."""
        sent = {row.sent for row in rows} | {row.target for row in rows}
        return ImportedObject.objects.filter(job=self.job, sent__in=sent, object__isnull=False)

    def set_one(self, row: AwaitedReference, pk: UUID, target: UUID, caller: Any, report: Report) -> None:
        """Only on what this import made: what was there is never altered. Nor what somebody has deleted since."""
        model = MODELS[row.kind]
        try:
            with transaction.atomic():
                found = model.objects.filter(pk=pk).first()
                if found is None:
                    return
                if not model.objects.filter(pk=target, project=self.job.project_id).exists():
                    raise Problem.of(422, "no-such-object", "What it refers to is neither in the file nor here.")
                update_row(found, {f"{row.field}_id": target}, caller)
        except (OperationalError, InterfaceError):
            raise
        except Exception as exc:
            problem = exc if isinstance(exc, Problem) else from_database(exc)
            if problem is None:
                raise
            fault = problem.faults[0]
            report.notice(fault.code, f"{row.kind} {row.sent}, {row.field}: {fault.detail}", Where(self.job.file))

    def end(self, status: ImportStatus) -> None:
        done: dict[str, Any] = {"done": self.job.total} if status == ImportStatus.SUCCEEDED else {}

        def change() -> None:
            self.move(self.storing, status=status, version=F("version") + 1, ended_at=Now(), updated_at=Now(), **done)
            forget(self.job)

        retried(change)


def joined(reading: Report, storing: Report) -> dict[str, Any]:
    """What the job's report tells: of reading and of storing."""
    read, stored = reading.to_json(), storing.to_json()
    told: dict[str, Any] = {"counts": read["counts"], "stored": NOTHING_STORED | stored["counts"]}
    for outcome in OUTCOMES:
        told[outcome] = dict(reading.codes[outcome] + storing.codes[outcome])
    told["items"] = read["items"] + stored["items"]
    left_out = {name: read["items_left_out"][name] + stored["items_left_out"][name] for name in OUTCOMES}
    return told | {"items_left_out": left_out}


def patiently(change: Callable[[], Answer]) -> Answer:
    """The change, in a transaction of its own; tried again where somebody holds what it needs."""
    for pause in PAUSES:
        try:
            return retried(change)
        except OperationalError as exc:
            if sqlstate(exc) != LOCK_NOT_AVAILABLE:
                raise
        time.sleep(pause)
    return retried(change)
