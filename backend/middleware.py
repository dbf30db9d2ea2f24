"""What every request passes through: a request id, the headers that guard browsers, and problem+json below /api/."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from typing import Any

import orjson
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from backend import logs
from backend.errors import MEDIA_TYPE, Fault, not_found, problem_body, unauthenticated

GetResponse = Callable[[HttpRequest], HttpResponseBase]
SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")


class RequestId:
    """X-Request-Id on every answer: the caller's own if it is harmless, else a new one; and the request's log line."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if SAFE_ID.fullmatch(given) else secrets.token_hex(12)
        logs.request_id.set(request_id)  # and never reset: Django logs some answers after they have left here
        started = time.perf_counter()
        response = self.get_response(request)
        response.headers["X-Request-Id"] = request_id
        logs.log_request(request, response, started)
        return response


class Policies(CSPMiddleware):
    """Content-Security-Policy: on pages that of the settings; what is no page may load nothing. Permissions-Policy."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            return super().process_response(request, response)
        response.headers.setdefault("Content-Security-Policy", no_page_policy())
        return response


@cache
def no_page_policy() -> str:
    """Put together once, and not for each answer of the API."""
    return build_policy(**asdict(PolicyParts(config=settings.NO_PAGE_POLICY)))


class ForPages:
    """Of Django's middleware, what the API has no use for, since it takes no cookies."""

    def __call__(self: Any, request: HttpRequest) -> HttpResponseBase:
        passed = request.path_info.startswith("/api/")
        answer: HttpResponseBase = self.get_response(request) if passed else super().__call__(request)  # type: ignore[misc]
        return answer


class Sessions(ForPages, SessionMiddleware):
    """Who is in the admin, between requests."""


class Users(ForPages, AuthenticationMiddleware):
    """Who is in the admin."""


class Messages(ForPages, MessageMiddleware):
    """What pages of the admin say once."""


class CleanAddresses:
    """No U+0000 in what the address of a page asks for: no text here has it, and the database refuses to look for it.
    (The API names the parameter.)"""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "%00" in request.META.get("QUERY_STRING", "") and not request.path_info.startswith("/api/"):
            raise BadRequest("U+0000 in the address")
        return self.get_response(request)


class BodyLimits:
    """Bodies that are too large, or of unknown length, are refused before they are read."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if request.META.get("HTTP_TRANSFER_ENCODING") and length == "0":
            return problem_page(411, Fault("length-required", "Send the body with a Content-Length."))
        if not (length.isascii() and length.isdecimal()):
            return problem_page(400, Fault("bad-request", "Content-Length is a number of bytes."))
        upload = request.path_info == settings.UPLOADS and request.method == "POST"
        limit = settings.UPLOAD_MAX if upload else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if len(length) > 18 or int(length) > limit:  # Python reads no number of thousands of digits
            return problem_page(413, Fault("body-too-large", f"This server takes bodies of up to {limit} bytes."))
        return self.get_response(request)


def problem_page(status: int, fault: Fault, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A refusal from outside the API's own views."""
    body = orjson.dumps(problem_body(status, [fault]))
    return HttpResponse(body, status=status, content_type=MEDIA_TYPE, headers=dict(headers or {}))


FAULTS = {
    400: Fault("bad-request", "The request could not be read."),
    403: Fault("forbidden", "You may not do this."),
    405: Fault("method-not-allowed", "This method is not offered here; see the Allow header."),
    413: Fault("body-too-large", "The request body is larger than this server takes."),
    500: Fault(
        "internal-error", "Something broke on our side; the X-Request-Id header names this request in our logs."
    ),
}


class ProblemPages:
    """Below /api/ no HTML error page ever leaves the house."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        ours = request.path_info.startswith("/api/")
        if ours and response.status_code == 301 and request.method not in {"GET", "HEAD"}:
            # A redirected write arrives as a GET, or not at all.
            return problem_page(404, Fault("not-found", "Addresses end in a slash: send this to the same one with it."))
        if ours and response.status_code >= 400 and not response.headers["Content-Type"].startswith(MEDIA_TYPE):
            return self.problem(request, response)
        return response

    @staticmethod
    def problem(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        problem = not_found() if "Authorization" in request.headers else unauthenticated()
        if response.status_code != 404:
            fault = FAULTS.get(response.status_code, Fault("error", response.reason_phrase))
            problem.status, problem.faults, problem.headers = response.status_code, [fault], {}
        allow = {"Allow": response.headers["Allow"]} if "Allow" in response.headers else {}
        page = problem_page(problem.status, problem.faults[0], problem.headers | allow)
        page.__dict__["_has_been_logged"] = hasattr(response, "_has_been_logged")  # Django's mark: not twice
        return page
