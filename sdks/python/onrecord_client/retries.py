"""When a call is sent again: only where that cannot make a double, and after as long as the server asks for."""

from __future__ import annotations

import random
from dataclasses import dataclass

import httpx

from onrecord_client.errors import problem_of

BUSY = {429, 503}  # nothing was done
LOST = {502, 504}  # something may have been done: a proxy lost the answer


@dataclass(frozen=True)
class Retries:
    """How patient a client is. Times are in seconds."""

    tries: int = 5
    first_pause: float = 0.25  # doubles with each try, and is shortened at random so that clients part ways
    longest_pause: float = 90.0  # a server that asks for more is not waited for


class Attempts:
    """The tries of one call."""

    def __init__(self, policy: Retries, request: httpx.Request) -> None:
        self.policy, self.made = policy, 0
        reads = request.method in {"GET", "HEAD"}
        self.repeatable = reads or "Idempotency-Key" in request.headers

    def pause(self, outcome: httpx.Response | httpx.TransportError) -> float | None:
        """How long to wait before the next try; None to leave it at this outcome."""
        self.made += 1
        if self.made >= self.policy.tries or not self.worth_it(outcome):
            return None
        wait = self.policy.first_pause * 2.0 ** (self.made - 1) * random.uniform(0.5, 1)
        asked = asked_for(outcome)
        if asked > self.policy.longest_pause:
            return None
        return max(asked, min(wait, self.policy.longest_pause))

    def worth_it(self, outcome: httpx.Response | httpx.TransportError) -> bool:
        if isinstance(outcome, httpx.TransportError):
            return self.repeatable or isinstance(outcome, (httpx.ConnectError, httpx.ConnectTimeout))
        if outcome.status_code in BUSY:
            return True
        if outcome.status_code == 409:
            return bool(problem_of(outcome)["code"] == "key-in-flight")
        return outcome.status_code in LOST and self.repeatable


def asked_for(outcome: httpx.Response | httpx.TransportError) -> float:
    said = "" if isinstance(outcome, httpx.TransportError) else outcome.headers.get("Retry-After", "")
    return float(said) if said.isdecimal() else 0.0
