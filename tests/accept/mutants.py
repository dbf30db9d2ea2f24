"""The product, broken in one place each: `tests.accept.mutants:NAME` is served in the place of `backend.wsgi`.

Asking for the name breaks it, in the server's process and nowhere else.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

Application = Callable[..., Any]


def forgetful() -> None:
    """One write in five is acknowledged, and rolled back."""
    from django.db import transaction

    from backend.viewsets import Resource

    def write(self: Any, change: Callable[[], Any], prompt: Any = None) -> Any:
        with transaction.atomic():
            answer = change()
            transaction.set_rollback(random.random() < 0.2)
        return answer

    Resource.write = write  # type: ignore[method-assign]


def careless() -> None:
    """No ETag is ever stale."""
    from backend.preconditions import IfMatch

    IfMatch.check = lambda *args, **kwargs: None  # type: ignore[method-assign]


def open_doors() -> None:
    """Everybody sees what is in every set."""
    from annotations.querysets.spans import InSetQuerySet

    InSetQuerySet.visible_to = lambda self, caller: self  # type: ignore[method-assign]


def haunted() -> None:
    """The history of what is deleted is everybody's."""
    from projects.history import Historied

    Historied.reads_gone = lambda *args: True  # type: ignore[method-assign]


def unblind() -> None:
    from projects import authentication

    def caller_of(token: str, found: Any = authentication.caller_of) -> Any:
        user_and_caller = found(token)
        return user_and_caller and (user_and_caller[0], replace(user_and_caller[1], blind=frozenset()))

    authentication.caller_of = caller_of
    authentication.recall = lambda digest: None


def remembers() -> None:
    """Who a token stands for is kept for four seconds."""
    from projects import authentication

    kept: dict[str, Any] = {}

    def caller_of(token: str, found: Any = authentication.caller_of) -> Any:
        until, answer = kept.get(token, (0, None))
        if time.monotonic() > until:
            answer = found(token)
            kept[token] = time.monotonic() + 4, answer
        return answer

    authentication.caller_of = caller_of
    authentication.recall = lambda digest: None


def takes_any_body() -> None:
    from backend.middleware import BodyLimits

    BodyLimits.__call__ = lambda self, request: self.get_response(request)  # type: ignore[method-assign]


def skips_rows() -> None:
    """The last row of a page is on no page."""
    from backend import viewsets

    def paginate(*args: Any, given: Any = viewsets.paginate, **kwargs: Any) -> Any:
        found, following, previous = given(*args, **kwargs)
        return (found[:-1] if following else found), following, previous

    viewsets.paginate = paginate


def by_event_id() -> None:
    """The feed goes by the ids of events, which are given before their transactions commit; some take a while."""
    from backend.viewsets import Resource
    from projects.actions import feed
    from projects.models import Event

    table = Event._meta.db_table
    waiting = f"SELECT id FROM {table} WHERE project_id = %s AND seq IS NULL ORDER BY id LIMIT %s"
    feed.NUMBER = f"UPDATE {table} SET seq = id WHERE id IN ({waiting})"

    def write(self: Any, change: Callable[[], Any], prompt: Any = None, given: Any = Resource.write) -> Any:
        def late() -> Any:
            answer = change()
            time.sleep(random.random() / 10)
            return answer

        return given(self, late)

    Resource.write = write  # type: ignore[method-assign]


def unheld() -> None:
    """Readers put the feed in order without waiting for each other, and take a moment for it."""
    from projects.actions import feed

    feed.hold = lambda *args: None
    feed.NUMBER += " RETURNING pg_sleep(0.001)"


def patient() -> None:
    """Who waits for a row waits long."""
    os.environ["ONRECORD_LOCK_TIMEOUT"] = os.environ["ONRECORD_WRITE_LOCK_TIMEOUT"] = "4s"


def clings() -> None:
    """Who hangs up on an export leaves it open."""
    from annotations.views.exports import Begun

    kept: list[Any] = []
    Begun.close = kept.append  # type: ignore[method-assign, assignment]


def unescaped() -> None:
    """Templates show text as it is."""
    from django.template import base
    from django.utils import html

    for module in (base, html):
        setattr(module, "conditional_escape", str)  # noqa: B010


def one_unit(serve: Application, environ: dict[str, Any], start: Any) -> Any:
    """Offsets are code points, whatever was asked for."""
    return serve(environ | {"QUERY_STRING": environ["QUERY_STRING"].replace("offset_unit=utf16", "")}, start)


def keyless(serve: Application, environ: dict[str, Any], start: Any) -> Any:
    """No Idempotency-Key is ever seen."""
    return serve({name: value for name, value in environ.items() if name != "HTTP_IDEMPOTENCY_KEY"}, start)


LEAKED: list[bytes] = []


def leaks(serve: Application, environ: dict[str, Any], start: Any) -> Any:
    LEAKED.append(os.urandom(1_000_000))
    return serve(environ, start)


def breaks(serve: Application, environ: dict[str, Any], start: Any) -> Any:
    """Deleting a publisher is an error of ours."""
    if (environ["REQUEST_METHOD"], "/publishers/" in environ["PATH_INFO"]) == ("DELETE", True):
        start("500 Internal Server Error", [("Content-Type", "text/plain")])
        return [b"broken"]
    return serve(environ, start)


SEEING = (open_doors, haunted, unblind, remembers, unescaped)
WRITING = (forgetful, careless, takes_any_body, patient)
READING = (skips_rows, by_event_id, unheld, clings)
BROKEN: dict[str, Callable[..., Any]] = {
    "broken_" + change.__name__: change for change in (*SEEING, *WRITING, *READING)
}
WRAPPED: dict[str, Callable[..., Any]] = {
    "broken_" + change.__name__: change for change in (one_unit, keyless, leaks, breaks)
}


def __getattr__(name: str) -> Application:
    """`broken_careless` is the application, once `careless` has been done to it."""
    if name == "broken_patient":  # before settings are read
        patient()
    elif name not in BROKEN | WRAPPED:
        raise AttributeError(name)
    from backend.wsgi import application

    if name in WRAPPED:
        return partial(WRAPPED[name], application)
    BROKEN[name]()
    return application
