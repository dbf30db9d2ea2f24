"""A small, fast HTTP client: one kept connection, never a retry of its own. What was not answered is a `Lost`."""

from __future__ import annotations

import contextlib
import http.client
import json as jsonlib
import select
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.forms import Form

API = "/api/v1"
OF_THE_MOMENT = {"x-request-id", "date", "connection"}


class Lost(Exception):
    """No answer came: whether the request had its effect is not known."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return jsonlib.loads(self.body)

    @property
    def etag(self) -> str:
        return self.headers["ETag"]

    @property
    def code(self) -> str:
        """The code of a refusal, or nothing."""
        told = self.json() if self.headers.get("Content-Type", "").startswith("application/problem+json") else {}
        return str(told.get("code", ""))

    def told(self) -> tuple[Any, ...]:
        """All that an answer tells: status, bytes, and headers but for those of the request's moment and connection."""
        named = {n.lower(): v for n, v in self.headers.items() if n.lower() not in OF_THE_MOMENT}
        return self.status, named, self.body


class Client:
    """`client.post("/quotes/", {…}, if_match="…")`: paths stand below /api/v1, keywords are headers.

    `heed` is called with every answer; a gate counts statuses with it.
    """

    def __init__(
        self,
        port: int,
        token: str | None = None,
        *,
        timeout: float = 30,
        heed: Callable[[str, str, Answer], None] | None = None,
    ) -> None:
        self.port, self.token, self.timeout, self.heed = port, token, timeout, heed
        self.connection: http.client.HTTPConnection | None = None

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, **headers)

    def post(self, path: str, json: Any = None, **headers: str) -> Answer:
        return self.request("POST", path, json, **headers)

    def patch(self, path: str, json: Any = None, **headers: str) -> Answer:
        return self.request("PATCH", path, json, **headers)

    def delete(self, path: str, **headers: str) -> Answer:
        return self.request("DELETE", path, **headers)

    def request(self, method: str, path: str, json: Any = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(json, Form):
            body, named["Content-Type"] = json.encoded()
            return self.send(method, path, body, named)
        return self.send(method, path, None if json is None else jsonlib.dumps(json).encode(), named)

    def send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        """Bytes as they are."""
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        url = path if path.startswith((API, "http")) else API + path
        try:
            answer = self._exchange(method, url, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Lost(f"{method} {path}: {error!r}") from error
        if self.heed:
            self.heed(method, path, answer)
        return answer

    def _exchange(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        if self.connection and dropped(self.connection):
            self.close()
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        self.connection.request(method, url, body, headers)
        got = self.connection.getresponse()
        answer = Answer(got.status, got.headers, got.read())  # type: ignore[arg-type]
        if got.will_close or (body is not None and got.status >= 400):
            self.close()  # a refusal may leave the body unread: then the server closes, a moment later
        return answer

    def close(self) -> None:
        if self.connection:
            with contextlib.suppress(OSError):
                self.connection.close()
        self.connection = None

    def pages(self, path: str) -> list[Any]:
        """All rows of a list, page by page."""
        rows: list[Any] = []
        while path:
            page = self.get(path).json()
            rows += page["results"]
            path = below(page["next"])
        return rows


def dropped(connection: http.client.HTTPConnection) -> bool:
    """Whether the server has closed a kept connection, as it may between requests: then there is something to read."""
    return bool(connection.sock and select.select([connection.sock], [], [], 0)[0])


def below(url: str | None) -> str:
    """The path and query of an address that the server gave."""
    return API + url.split(API, 1)[1] if url else ""
