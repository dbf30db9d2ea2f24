"""How one call is made: sent, sent again where that is safe, refused or read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

from onrecord_client.errors import refusal
from onrecord_client.generated.types import Unset
from onrecord_client.references import Tags
from onrecord_client.retries import Attempts, Retries

T = TypeVar("T")


class Base:
    """What both kinds of clients know."""

    retries: Retries
    _tags: Tags

    def _tag(self, if_match: object, read: object = None) -> str | Unset:
        """The If-Match of a call: what was given for it, else the tag of the object that the call is about."""
        return self._tags.of(read if isinstance(if_match, Unset) else if_match)

    def _read(self, response: httpx.Response, parse: Callable[[httpx.Response], T]) -> T:
        value = parse(response)
        self._tags.remember(value, response.headers.get("ETag"))
        return value

    @staticmethod
    def _accepted(outcome: httpx.Response | httpx.TransportError) -> httpx.Response:
        """The answer that the last try gave. Raises what the server refuses, and httpx.TransportError."""
        if isinstance(outcome, httpx.TransportError):
            raise outcome
        if outcome.is_error:
            raise refusal(outcome)
        return outcome


class Calls(Base):
    """What the operations of `Client` stand on."""

    http: httpx.Client

    def _call(self, request: dict[str, Any], parse: Callable[[httpx.Response], T]) -> T:
        return self._read(self._send(self.http.build_request(**request)), parse)

    def _send(self, request: httpx.Request, *, stream: bool = False) -> httpx.Response:
        """The answer, read (with `stream`: not yet). Raises what the server refuses, and httpx.TransportError."""
        attempts = Attempts(self.retries, request)
        while True:
            outcome = self._try(request, stream)
            pause = attempts.pause(outcome)
            if pause is None:
                break
            time.sleep(pause)
        return self._accepted(outcome)

    def _try(self, request: httpx.Request, stream: bool) -> httpx.Response | httpx.TransportError:
        try:
            response = self.http.send(request, stream=stream)
            if response.is_error:
                response.read()
        except httpx.TransportError as error:
            return error
        return response


class AsyncCalls(Base):
    """What the operations of `AsyncClient` stand on."""

    http: httpx.AsyncClient

    async def _call(self, request: dict[str, Any], parse: Callable[[httpx.Response], T]) -> T:
        return self._read(await self._send(self.http.build_request(**request)), parse)

    async def _send(self, request: httpx.Request, *, stream: bool = False) -> httpx.Response:
        attempts = Attempts(self.retries, request)
        while True:
            outcome = await self._try(request, stream)
            pause = attempts.pause(outcome)
            if pause is None:
                break
            await asyncio.sleep(pause)
        return self._accepted(outcome)

    async def _try(self, request: httpx.Request, stream: bool) -> httpx.Response | httpx.TransportError:
        try:
            response = await self.http.send(request, stream=stream)
            if response.is_error:
                await response.aread()
        except httpx.TransportError as error:
            return error
        return response
