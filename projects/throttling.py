"""Limits that hold across all processes, and mostly cost nothing.

What is used up of a limit is counted in PostgreSQL; each process takes it in small leases, and gives out from memory.
What is given out in a window is never more than the limit; what a process holds when the window ends is lost.

`spend` is for whoever has something to limit; `Throttle` is how the API does.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.crypto import salted_hmac
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from backend.limits import Limit

# A window begins with the first use after the last one's end. Of what is left, a lease takes at most an eighth, so that
# no process sits on the last ones while another has to refuse.
LEASE = """
    INSERT INTO projects_spent AS s (key, since, used, leased) VALUES (%(key)s, now(), %(batch)s, %(batch)s)
    ON CONFLICT (key) DO UPDATE SET (since, used, leased) = (
        SELECT old.since, old.used + new.leased, new.leased
        FROM (SELECT CASE WHEN live THEN s.since ELSE now() END AS since, CASE WHEN live THEN s.used ELSE 0 END AS used
              FROM (SELECT s.since > now() - make_interval(secs => %(seconds)s) AS live) is_) old,
        LATERAL (SELECT greatest(0, least(%(batch)s, greatest(1, (%(uses)s - old.used) / 8), %(uses)s - old.used))
                 AS leased) new)
    RETURNING leased, extract(epoch FROM since - now())::float + %(seconds)s
"""
PRUNE = "DELETE FROM projects_spent WHERE since < now() - interval '1 day'"


@dataclass
class Lease:
    """What this process may still give out before `ends` (of its own clock); `last`: then there is no more."""

    left: int
    ends: float
    last: bool


LEASES: dict[tuple[str, Limit], Lease] = {}
LOCK = Lock()
MOST_LEASES = 10_000


def spend(key: str, limit: Limit) -> int:
    """Uses up one of the limit for `key`, which says what is limited and for whom: `login ada`. Gives 0; or, where all
    are used up, the seconds until the next window. Outside a transaction, which might take the use back."""
    while True:
        with LOCK:
            lease = LEASES.get((key, limit))
            if lease and lease.ends > time.monotonic():
                if lease.left:
                    lease.left -= 1
                    return 0
                if lease.last:
                    return max(1, math.ceil(lease.ends - time.monotonic()))
        renew(key, limit)


def renew(key: str, limit: Limit) -> None:
    """Takes another lease. The lock is not held while the database is asked: two threads may take one each."""
    asked = time.monotonic()  # before the statement, so that the lease ends here no later than there
    digest = salted_hmac("onrecord.throttle", key, algorithm="sha256").digest()
    batch = max(1, limit.uses // 20)
    with connection.cursor() as cursor:
        cursor.execute(LEASE, {"key": digest, "batch": batch, "uses": limit.uses, "seconds": limit.seconds})
        leased, remaining = cursor.fetchone()
    with LOCK:
        if len(LEASES) >= MOST_LEASES:
            LEASES.clear()  # costs what was left of them
        lease = LEASES.setdefault((key, limit), Lease(0, math.inf, last=False))
        if lease.ends <= asked:
            lease.left, lease.ends = 0, math.inf
        lease.left, lease.ends, lease.last = lease.left + leased, min(lease.ends, asked + remaining), leased == 0


def prune() -> int:
    """Forgets who used what a day ago."""
    with connection.cursor() as cursor:
        cursor.execute(PRUNE)
        return int(cursor.rowcount)


class Throttle(BaseThrottle):
    """The API's limits: of an address where nobody is signed in, of a user for reads, writes and bulk calls each."""

    seconds_to_wait = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        user = getattr(request.auth, "user", None)
        if user is None:
            self.seconds_to_wait = spend_anonymously(request)
        else:
            kind = kind_of(request, view)
            limit = settings.THROTTLES[kind]
            self.seconds_to_wait = spend(f"{kind} {user.pk}", limit) if limit else 0
        return not self.seconds_to_wait

    def wait(self) -> float:
        return self.seconds_to_wait


def spend_anonymously(request: Request) -> int:
    """What a call of nobody uses up of its address's limit: 0, or the seconds until the next window."""
    limit = settings.THROTTLES["anonymous"]
    return spend(f"anonymous {address_of(request)}", limit) if limit else 0


def kind_of(request: Request, view: Any) -> str:
    if getattr(view, "action", None) in getattr(view, "bulk", ()):
        return "bulk"
    return "read" if request.method in SAFE_METHODS else "write"


def address_of(request: Any) -> str:
    """The caller's address: as many proxies back as settings trust."""
    return str(BaseThrottle().get_ident(request))
