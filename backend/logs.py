"""The log: every line with the id of the request it belongs to, as text or as one JSON object.

What identifies or lets in stays out: no query strings (they hold words that people search for), no headers, no bodies,
no names; a user is their id.
"""

from __future__ import annotations

import json
import logging
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest
from django.http.response import HttpResponseBase

request_id: ContextVar[str] = ContextVar("request_id", default="-")
access = logging.getLogger("onrecord.access")


class WithRequestId(logging.Filter):
    """Gives each record the id of the request being answered."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class JSONFormatter(logging.Formatter):
    """One JSON object a line, in ASCII, so that no text can forge a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": getattr(record, "request_id", "-"),
            **(getattr(record, "facts", None) or {"message": record.getMessage()}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def log_request(request: HttpRequest, response: HttpResponseBase, started: float) -> None:
    """One line at INFO. Of a streamed answer it tells how long it took to begin."""
    if not access.isEnabledFor(logging.INFO):
        return
    facts = {
        "method": request.method,
        "path": quote(request.path),
        "status": response.status_code,
        "ms": round((time.perf_counter() - started) * 1000, 1),
        "user": user_of(request),
    }
    access.info("%s", " ".join(str(fact) for fact in facts.values()), extra={"facts": facts})


def user_of(request: HttpRequest) -> str | None:
    """The id of who was signed in, by token or in the admin; asks the database nothing."""
    user = getattr(getattr(request, "auth", None), "user", None) or getattr(request, "_cached_user", None)
    return str(user.pk) if user and user.pk else None
