"""Transactions of writes: tried again where two stood in each other's way, and never long in a queue for a lock."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from random import uniform
from time import sleep
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, OperationalError, connection, transaction

Answer = TypeVar("Answer")
# The longest pause before each further try, in seconds; random below that, so that two do not meet again.
PAUSES = (0.05, 0.2)
HURRY = "SELECT set_config('lock_timeout', %s, true)"
DEADLOCK, NOT_SERIALIZABLE, LOCK_NOT_AVAILABLE = "40P01", "40001", "55P03"


class Lost(OperationalError):
    """Somebody else has just made what this transaction was about to make: begun anew, it finds it there."""


def sqlstate(exc: BaseException) -> str:
    """PostgreSQL's word for what went wrong (its appendix A); empty where the server said nothing."""
    return getattr(exc.__cause__ if isinstance(exc, DatabaseError) else exc, "sqlstate", None) or ""


def has_lost(exc: OperationalError | ObjectDoesNotExist) -> bool:
    """Whether the transaction lost against another one: begun anew, it may succeed. Or it finds at its first look that
    an object is gone, which was there then and not later on."""
    return isinstance(exc, Lost | ObjectDoesNotExist) or sqlstate(exc) in {DEADLOCK, NOT_SERIALIZABLE}


def retried(change: Callable[[], Answer]) -> Answer:
    """The change in a transaction of its own; up to three times, where it lost against another one. So it must not
    alter what it was given."""
    for pause in PAUSES:
        try:
            with transaction.atomic():
                return change()
        except (OperationalError, ObjectDoesNotExist) as exc:
            if not has_lost(exc):
                raise
        sleep(uniform(0, pause))
    with transaction.atomic():
        return change()


def alone() -> AbstractContextManager[Any]:
    """For one statement that is a transaction of its own; within another one, it fails without it."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def hurry() -> None:
    """From here on to its end the transaction waits for a lock as short as a write of one object may: who waits holds
    a thread of the web server, which then answers nobody else."""
    with connection.cursor() as cursor:
        cursor.execute(HURRY, [settings.WRITE_LOCK_TIMEOUT])
