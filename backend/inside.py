"""The API from inside the house: its operations for somebody whom another door has let in, such as the admin.

A call goes the whole way of one over HTTP: the same parsing, checks, locks, transaction and words, so that nothing
which is done in the admin is done by other rules. Only who asks is said by the caller, not by a token.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import orjson
from django.core.handlers.wsgi import WSGIRequest
from django.urls import resolve
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from backend.errors import Fault
from backend.preconditions import etag

ROOT = "/api/v1/"


@dataclass(frozen=True)
class Answer:
    """What the API said: a status, and the body as parsed JSON."""

    status: int
    body: Any

    @property
    def ok(self) -> bool:
        return self.status < 400

    @property
    def faults(self) -> list[Fault]:
        if self.ok:
            return []
        named = ("pointer", "code", "detail")
        return [
            Fault(e["code"], e["detail"], e["pointer"], {n: v for n, v in e.items() if n not in named})
            for e in self.body["errors"]
        ]

    @property
    def warnings(self) -> list[Mapping[str, str]]:
        return self.body.get("warnings", []) if isinstance(self.body, dict) else []


class Inside:
    """The API as `caller` meets it; `user` is who that is."""

    def __init__(self, user: Any, caller: Any) -> None:
        class Known(BaseAuthentication):
            def authenticate(self, request: Request) -> Any:
                return user, caller

        self.options: dict[str, Any] = {"authentication_classes": (Known,), "throttle_classes": ()}

    def get(self, path: str) -> Answer:
        return self.send("get", path)

    def send(self, method: str, path: str, body: Any = None, match: str | None = None) -> Answer:
        """One operation: `send("patch", "quotes/…/", {"venue": "Rome"}, match=tag)`. `match` is its If-Match."""
        address, _, query = (ROOT + path).partition("?")
        request = WSGIRequest(environ(method, address, query, None if body is None else orjson.dumps(body), match))
        found = resolve(address)
        view: Any = found.func
        response = view.cls.as_view(view.actions, **view.initkwargs, **self.options)(request, **found.kwargs)
        content = response.render().content
        # Not orjson: the numbers in `metadata` may be beyond it.
        return Answer(response.status_code, json.loads(content) if content else None)


def environ(method: str, address: str, query: str, body: bytes | None, match: str | None) -> dict[str, Any]:
    """The request as a WSGI server would hand it over (PEP 3333)."""
    found = {
        "REQUEST_METHOD": method.upper(),
        "PATH_INFO": address,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_AUTHORIZATION": "Inside",  # somebody asks: what they do not see is absent, and not for them to log in for
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body or b""),
    }
    if body is not None:
        found |= {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body))}
    return found | ({"HTTP_IF_MATCH": match} if match else {})


def shape_of(resource: str, deed: str = "") -> Any:
    """The serializer of what a resource (or something that can be done with one of its objects) takes."""
    nobody = "00000000-0000-0000-0000-000000000000"
    view: Any = resolve(f"{ROOT}{resource}/{f'{nobody}/{deed}/' if deed else ''}").func
    return view.initkwargs.get("serializer_class", view.cls.serializer_class)


__all__ = ["ROOT", "Answer", "Inside", "etag", "shape_of"]
