"""A batch is made ready while the one before it is stored: Python and PostgreSQL work at the same time, each on a core.

Batches go by turns to two threads, each with a connection of its own and a transaction a batch. What is looked up and
settled may run beside the writing of the batch before; what is written waits until that one is committed. Of the batch
before, the next one is told which publishers, speakers and claims it is about to bring. Where it refers to anything
else of it, or where that one had to be tried again, it waits first and finds all in the database, as if there were one
thread.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle
from threading import Event
from typing import Any, Final, Self, TypeVar
from uuid import UUID

from django.db import OperationalError, connections

from annotations.formats.report import Report
from backend import transactions

Answer = TypeVar("Answer")
# Seconds after which a busy thread lets the other one go on, that has just been answered by the database.
SWITCH: Final = 0.0005


class Abandoned(OperationalError):
    """The batch before was not stored, so that this one has no place."""


@dataclass(frozen=True, eq=False)
class Bringing:
    """What a batch is about to bring, or has taken for the file's own. `names`: what the file calls it, and what it is
    here; `ids`: those, and what the file has no name for."""

    names: Mapping[tuple[str, UUID], UUID] = field(default_factory=dict)
    ids: AbstractSet[UUID] = frozenset()


NOTHING: Final = Bringing()


class Turn:
    """A batch's place in the row. `report`: of storing, up to and with this batch, once it is stored."""

    def __init__(self, before: Turn | None = None) -> None:
        self.before = before
        self.brings: Bringing | None = None
        self.told, self.ended = Event(), Event()
        self.report: Report | None = None
        self.reckoned = NOTHING

    @classmethod
    def after(cls, report: Report) -> Turn:
        """The turn of all that was stored earlier."""
        turn = cls()
        turn.end(report)
        return turn

    # ---- what the batch says of itself ----

    def begin(self) -> None:
        """A try at the batch. Where it is not the first, what was told of it does not hold."""
        self.brings = None

    def tell(self, brings: Bringing) -> None:
        """The batch is settled, and about to be written. What is told twice in one batch, after a fault say, is not
        known before it is stored."""
        self.brings = None if self.told.is_set() else brings
        self.told.set()

    def end(self, report: Report | None) -> None:
        """It is committed; without a report, it will never be."""
        self.report = report
        self.ended.set()
        self.told.set()

    # ---- what it is told of the batch before ----

    def look(self) -> Bringing:
        """What the batch before is about to bring. What it has brought already is in the database."""
        before, self.reckoned = self.before, NOTHING
        if before is not None and not before.ended.is_set():
            before.told.wait()
            brings = before.brings
            if brings is None:
                self.wait()
            else:
                self.reckoned = brings
        return self.reckoned

    def wait(self) -> Report:
        """Until the batch before is stored; gives its report. Errors: Lost, where it has not brought what was reckoned
        with, so that all is to be looked up again; Abandoned."""
        assert self.before is not None
        self.before.ended.wait()
        if self.before.report is None:
            raise Abandoned
        self.before.before = None
        if self.reckoned is not NOTHING and self.reckoned is not self.before.brings:
            raise transactions.Lost
        return self.before.report


class Lanes:
    """Two threads that take what they are given by turns."""

    def __enter__(self) -> Self:
        self.interval = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH)
        self.lanes = [ThreadPoolExecutor(1, "import") for _ in range(2)]
        self.next = cycle(self.lanes)
        return self

    def __exit__(self, *exc: Any) -> None:
        for lane in self.lanes:
            lane.submit(connections.close_all)
            lane.shutdown()
        sys.setswitchinterval(self.interval)

    def begin(self, do: Callable[..., Answer], *given: Any) -> Future[Answer]:
        return next(self.next).submit(do, *given)
