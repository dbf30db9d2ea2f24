"""The two clients: every operation of the API, and what takes more than one call."""

from __future__ import annotations

import os
from typing import Any, Self

import httpx

from onrecord_client.feed import AsyncFeed, Feed
from onrecord_client.generated.models import ObjectType
from onrecord_client.generated.types import UNSET, Unset
from onrecord_client.imports import AsyncImports, Imports
from onrecord_client.references import Ref, Tags
from onrecord_client.retries import Retries

LOCAL = "http://127.0.0.1:8000"
TIMEOUT = httpx.Timeout(30, read=120)  # seconds; bulk calls take their time


def settings(url: str | None, token: str | None) -> dict[str, Any]:
    """Arguments first, else the environment: ONRECORD_URL and ONRECORD_TOKEN. An empty token is none."""
    token = os.environ.get("ONRECORD_TOKEN", "") if token is None else token
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return {"base_url": url or os.environ.get("ONRECORD_URL") or LOCAL, "headers": headers}


class Client(Imports):
    """Speaks to one onrecord server. Close it after use, or say `with Client() as client:`.

    Raises `onrecord_client.Refused` where the server says no, and `httpx.TransportError` where there is none.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        retries: Retries | None = None,
        timeout: httpx.Timeout | float = TIMEOUT,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.http = httpx.Client(**settings(url, token), timeout=timeout, transport=transport)
        self.retries = retries or Retries()
        self._tags = Tags()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self.http.close()

    def follow(
        self, project: Ref, *, cursor: str | None = None, every: float | None = 2.0, type_: ObjectType | Unset = UNSET
    ) -> Feed:
        """The changes of a project, from `cursor` on, without end; asks again `every` so many seconds."""
        return Feed(lambda after: self.list_changes(project=project, cursor=after, type_=type_), cursor, every)


class AsyncClient(AsyncImports):
    """The same to be awaited: `async with AsyncClient() as client:`."""

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        retries: Retries | None = None,
        timeout: httpx.Timeout | float = TIMEOUT,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.http = httpx.AsyncClient(**settings(url, token), timeout=timeout, transport=transport)
        self.retries = retries or Retries()
        self._tags = Tags()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self.http.aclose()

    def follow(
        self, project: Ref, *, cursor: str | None = None, every: float | None = 2.0, type_: ObjectType | Unset = UNSET
    ) -> AsyncFeed:
        return AsyncFeed(lambda after: self.list_changes(project=project, cursor=after, type_=type_), cursor, every)
