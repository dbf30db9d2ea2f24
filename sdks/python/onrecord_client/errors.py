"""What the server refuses, as exceptions made of its problem documents (RFC 9457)."""

from __future__ import annotations

from typing import Any

import httpx

from onrecord_client.generated.models import Fault


class Refused(Exception):
    """The server says no. `faults` are what is wrong, each with a JSON pointer into what was sent: all of it; of very
    much the first thousand, and `detail` says how many there are.

    Subclasses are by status: `except Stale`, `except Invalid`; `code` says exactly what it is.
    """

    def __init__(self, response: httpx.Response) -> None:
        """The response has been read."""
        problem = problem_of(response)
        self.response = response
        self.status: int = response.status_code
        self.code: str = problem["code"]
        self.detail: str = problem["detail"]
        self.faults = [Fault.from_dict(fault) for fault in problem["errors"]]
        self.request_id: str | None = response.headers.get("X-Request-Id")
        super().__init__(str(self))

    def __str__(self) -> str:
        places = [f"{fault.pointer}: {fault.detail} [{fault.code}]" for fault in self.faults if fault.pointer]
        return "\n  ".join([f"{self.status} {self.code}: {self.detail}", *places])


class Invalid(Refused):
    """400 and 422: something in the request is wrong; `faults` say what and where."""


class Unauthorized(Refused):
    """401: no token, or not a good one."""


class Forbidden(Refused):
    """403: the role or the token's scopes do not suffice."""


class NotFound(Refused):
    """404: there is no such object, or not for this caller."""


class Conflict(Refused):
    """409: it clashes with what is there (`already-exists`, `in-use`, `set-not-open` …)."""


class Stale(Refused):
    """412: somebody else was faster. `etag` is the present version: read again, and repeat the change."""

    @property
    def etag(self) -> str:
        return str(self.response.headers.get("ETag", ""))


class TryLater(Refused):
    """429 and 503, after all tries: too many calls, or the database is busy."""


class Incomplete(Exception):
    """A file that was cut off on its way."""


BY_STATUS: dict[int, type[Refused]] = {
    400: Invalid,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: Stale,
    422: Invalid,
    429: TryLater,
    503: TryLater,
}


def refusal(response: httpx.Response) -> Refused:
    return BY_STATUS.get(response.status_code, Refused)(response)


def problem_of(response: httpx.Response) -> dict[str, Any]:
    """The server's problem, or one made up for an answer that is somebody else's, as a proxy's."""
    made_up = {"code": f"http-{response.status_code}", "detail": response.reason_phrase, "errors": []}
    try:
        found = response.json()
    except ValueError:
        return made_up
    return made_up | found if isinstance(found, dict) else made_up
