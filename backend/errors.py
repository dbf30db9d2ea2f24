"""Every refusal has one shape: application/problem+json (RFC 9457).

Plumbing only: this module knows no quote. What a database constraint means is declared by the app that owns it, in
the `refusals` table of its AppConfig (constraint name -> Refusal), so that HTTP, admin and import refuse in the same
words.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

import psycopg
from django.apps import apps
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions as drf
from rest_framework.response import Response

MEDIA_TYPE = "application/problem+json"
ERRORS_SHOWN = 1000  # of the faults of one request: a bulk call may have as many as it has objects, and more


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where (a JSON pointer into the request body, or `?name` for a parameter) and why."""

    code: str
    detail: str
    pointer: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"pointer": self.pointer, "code": self.code, "detail": self.detail, **self.extra}

    def under(self, pointer: str) -> Fault:
        return Fault(self.code, self.detail, pointer + self.pointer, self.extra)


@dataclass(frozen=True)
class Refusal:
    """What the violation of a named database constraint means to a caller; `pointer`: the field that breaks it where
    one object is written."""

    status: int
    code: str
    detail: str
    pointer: str = ""

    def at(self, pointer: str) -> Refusal:
        return replace(self, pointer=pointer)


class Problem(Exception):
    """A refusal on its way to the caller: an HTTP status and the faults found, with headers where they help."""

    def __init__(self, status: int, faults: Fault | Iterable[Fault], headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.faults = [faults] if isinstance(faults, Fault) else list(faults)
        self.headers = dict(headers or {})
        super().__init__(self.faults)

    @classmethod
    def of(cls, status: int, code: str, detail: str, pointer: str = "", **extra: Any) -> Problem:
        return cls(status, Fault(code, detail, pointer, extra))

    def response(self) -> Response:
        return problem_response(self.status, self.faults, self.headers)


def invalid(code: str, detail: str, pointer: str = "", **extra: Any) -> Problem:
    """422: the request fits the schema but is wrong here."""
    return Problem.of(422, code, detail, pointer, **extra)


def conflict(code: str, detail: str, pointer: str = "", **extra: Any) -> Problem:
    """409: the request clashes with what is there."""
    return Problem.of(409, code, detail, pointer, **extra)


def forbidden(detail: str, code: str = "forbidden") -> Problem:
    return Problem.of(403, code, detail)


def not_found() -> Problem:
    """The same bytes whether the object is absent or merely invisible to the caller."""
    return Problem.of(404, "not-found", "There is no such object, or you may not see it.")


def problem_body(status: int, faults: list[Fault]) -> dict[str, Any]:
    """The document; `errors_left_out` counts the faults beyond those that it lists."""
    codes = {fault.code for fault in faults}
    code = codes.pop() if len(codes) == 1 else "several-errors"
    shown = faults[:ERRORS_SHOWN]
    left_out = len(faults) - len(shown)
    return {
        "type": f"/problems/{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": in_words(faults),
        "code": code,
        "errors": [fault.to_json() for fault in shown],
    } | ({"errors_left_out": left_out} if left_out else {})


def in_words(faults: list[Fault]) -> str:
    if len(faults) == 1:
        return faults[0].detail
    listed = "each is" if len(faults) <= ERRORS_SHOWN else f"the first {ERRORS_SHOWN} are"
    return f"{len(faults)} errors; {listed} listed under `errors`."


def problem_response(status: int, faults: list[Fault], headers: Mapping[str, str] | None = None) -> Response:
    return Response(problem_body(status, faults), status=status, headers=dict(headers or {}), content_type=MEDIA_TYPE)


def handle(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: None lets Django answer, which ProblemPages turns into the same shape."""
    problem = as_problem(exc)
    if problem is None:
        return None
    # Asked of the header: `request.auth` would authenticate again where that is what went wrong.
    if problem.status == 404 and "Authorization" not in context["request"].headers:
        problem = unauthenticated()
    return problem.response()


def unauthenticated(detail: str = "Send `Authorization: Bearer <token>`.", code: str = "not-authenticated") -> Problem:
    return Problem(401, Fault(code, detail), {"WWW-Authenticate": 'Bearer realm="onrecord"'})


def as_problem(exc: Exception) -> Problem | None:
    """The Problem that an exception stands for, or None where it is a bug of ours."""
    match exc:
        case Problem():
            return exc
        case drf.ValidationError():
            return Problem(400, list(flatten(exc.detail)))
        case drf.AuthenticationFailed() | drf.NotAuthenticated():
            return unauthenticated()
        case Http404() | drf.NotFound():
            return not_found()
        case RequestDataTooBig():
            return Problem.of(413, "body-too-large", "The request body is larger than this server takes.")
        case PermissionDenied():
            return forbidden("You may not do this.")
        case drf.Throttled():
            return too_many_requests(getattr(exc, "wait", None))
        case drf.APIException():
            code = str(exc.default_code).replace("_", "-")
            return Problem.of(exc.status_code, code, str(exc.detail))
        case DatabaseError() | InterfaceError():
            return from_database(exc)
    return None


def too_many_requests(wait: float | None) -> Problem:
    """429. `wait`: the seconds until another try makes sense."""
    seconds = max(1, math.ceil(wait or 0))
    fault = Fault("too-many-requests", f"That was too much in a short time; try again in {seconds} s.")
    return Problem(429, fault, {"Retry-After": str(seconds)})


def flatten(detail: Any, pointer: str = "") -> Iterator[Fault]:
    """The faults in a DRF error tree; keys and positions become the JSON pointer."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else f"/{escape(name)}"
            yield from flatten(inner, pointer + step)
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from flatten(inner, f"{pointer}/{position}" if nested else pointer)
    elif detail:
        yield Fault(getattr(detail, "code", "invalid").replace("_", "-"), str(detail), pointer)


def escape(name: object) -> str:
    """One step of a JSON pointer (RFC 6901)."""
    return str(name).replace("~", "~0").replace("/", "~1")


BUSY = {"55P03": "busy", "57014": "timeout", "25P03": "timeout", "40P01": "busy", "40001": "busy", "53300": "busy"}


def from_database(exc: Exception) -> Problem | None:
    """A named constraint says what is wrong; a lock, a time-out or a lost server is worth another try."""
    cause = exc.__cause__
    state = getattr(cause, "sqlstate", None) or ""
    if isinstance(exc, IntegrityError) and isinstance(cause, psycopg.Error):
        refusal = refusals().get(constraint_of(exc))
        if refusal:
            return Problem.of(refusal.status, refusal.code, refusal.detail, refusal.pointer)
        return None
    if isinstance(exc, DataError):
        return Problem.of(400, "invalid", "A value is out of the range that can be stored.")
    if isinstance(exc, OperationalError | InterfaceError) or state in BUSY:
        detail = "The server is busy or restarting; try again."
        return Problem(503, Fault(BUSY.get(state, "unavailable"), detail), {"Retry-After": "1"})
    return None


def constraint_of(exc: IntegrityError) -> str:
    """The name of what was violated."""
    cause = exc.__cause__
    return (cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None) or ""


def nowhere(exc: IntegrityError) -> Problem | None:
    """The refusal of a constraint that one of many objects has broken: which one is not known, so it points nowhere."""
    problem = from_database(exc)
    return Problem(problem.status, [replace(fault, pointer="") for fault in problem.faults]) if problem else None


def refusals() -> dict[str, Refusal]:
    """Every app's table of what its constraints mean."""
    found: dict[str, Refusal] = {}
    for config in apps.get_app_configs():
        found |= getattr(config, "refusals", {})
    return found
