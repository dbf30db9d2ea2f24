"""A batch is made ready while the one before it is stored: Python and PostgreSQL work at the same time, each on a core.

Batches go by turns to two threads, each with a connection of its own and a transaction a batch. While one batch is
being written, the next may look up what it needs; it writes nothing before the other is committed. As soon as a batch
knows which objects it will store, it tells the next one (`Bringing`), since those are not in the database yet. Where
that is not enough, because the next batch refers to other objects of this one, or because this one had to be tried
again, the next waits for the commit and finds everything in the database, as it would with one thread.
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
    """The objects that a batch is about to store, or has found to be what the file means. `names`: kind and id in the
    file, with the id here; `ids`: the ids here, of objects without an id in the file too."""

    names: Mapping[tuple[str, UUID], UUID] = field(default_factory=dict)
    ids: AbstractSet[UUID] = frozenset()


NOTHING: Final = Bringing()


class Turn:
    """A batch's place in the sequence, and what it and the next one tell each other.

    `brings`: what it will store, once that is known (`told`); None where the next has to wait until it is stored.
    `report`: of storing, up to and with this batch, once it is committed (`ended`). `reckoned`: what this batch assumed
    of the one before, which has to hold when that one is committed.
    """

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

    # ---- called by the batch itself ----

    def begin(self) -> None:
        """A try at the batch begins. Where it is not the first, what an earlier one told does not hold."""
        self.brings = None

    def tell(self, brings: Bringing) -> None:
        """The batch knows what it will store, and is about to write. Where it has told already, and tries again after a
        fault, the next one may have read the first answer: so it is to wait."""
        self.brings = None if self.told.is_set() else brings
        self.told.set()

    def end(self, report: Report | None) -> None:
        """The batch is committed; or, without a report, was given up."""
        self.report = report
        self.ended.set()
        self.told.set()

    # ---- about the batch before ----

    def look(self) -> Bringing:
        """What the batch before will store. Nothing, where it is committed: all it has stored is in the database."""
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
        """Until the batch before is stored; gives its report. Errors: `transactions.Lost`, where it has not brought
        what was reckoned with, so that this batch is to be tried again; Abandoned."""
        assert self.before is not None
        self.before.ended.wait()
        if self.before.report is None:
            raise Abandoned
        self.before.before = None
        if self.reckoned is not NOTHING and self.reckoned is not self.before.brings:
            raise transactions.Lost
        return self.before.report


class Lanes:
    """Two threads that take the batches by turns."""

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
