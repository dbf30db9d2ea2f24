"""Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): how a call is known again, and its answer kept.

Where answers are kept is the business of `settings.ANSWER_ONCE`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.core.files.uploadedfile import UploadedFile
from rest_framework.request import Request
from rest_framework.response import Response

from backend.errors import Problem, invalid
from backend.renderers import JSONRenderer

KEY = re.compile(r"[\x21-\x7e]{1,255}")


def key_of(headers: Mapping[str, str], *, allowed: bool = True) -> str | None:
    """The call's key, if it has one. Errors: 400 `invalid`; 422 `key-not-allowed` where an answer must not be kept."""
    key = headers.get("Idempotency-Key")
    if key is None:
        return None
    if not KEY.fullmatch(key):
        raise Problem.of(400, "invalid", "An Idempotency-Key is 1 to 255 visible ASCII characters.")
    if not allowed:
        raise invalid("key-not-allowed", "This answer holds a secret and is not kept: send no Idempotency-Key.")
    return key


def fingerprint(request: Request) -> bytes:
    """What makes two calls the same: method, address and content. How the JSON is spaced does not."""
    content = orjson.dumps(request.data, default=of_file, option=orjson.OPT_SORT_KEYS)
    line = f"{request.method} {request.get_full_path()}\n"
    return hashlib.sha256(line.encode() + content).digest()


def of_file(value: Any) -> str:
    if not isinstance(value, UploadedFile):
        raise TypeError
    found = hashlib.sha256()
    for chunk in value.chunks():
        found.update(chunk)
    value.seek(0)
    return found.hexdigest()


@dataclass(frozen=True)
class Answer:
    """An answer as it is kept: what the view said, byte for byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def of(cls, response: Response) -> Answer:
        headers = {name: value for name, value in response.headers.items() if name != "Content-Type"}
        return cls(response.status_code, headers, JSONRenderer().render(response.data))

    def response(self, **more: str) -> Response:
        data = orjson.Fragment(self.body) if self.body else None
        return Response(data, status=self.status, headers={**self.headers, **more})
