"""Lists: all pages, one after the other, as one goes through them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx

from onrecord_client.generated.types import Unset

T = TypeVar("T")
Request = dict[str, Any]


class Page(Protocol[T]):
    """One page, as the server gave it."""

    next_: str | None
    previous: str | None
    results: list[T]
    count: int | Unset


Parse = Callable[[httpx.Response], Page[T]]


def following(request: Request, page: Page[T]) -> Request | None:
    """What asks for the next page. Only the cursor is taken from its address: a token goes where its owner sent it."""
    if page.next_ is None:
        return None
    cursor = parse_qs(urlsplit(page.next_).query)["cursor"][0]
    return request | {"params": request["params"] | {"cursor": cursor}}


def narrowed(request: Request, **asked: Any) -> Request:
    """What asks for a page of one, and more."""
    return request | {"params": request["params"] | {"page_size": 1, **asked}}


def total(page: Page[T]) -> int:
    assert not isinstance(page.count, Unset), "it was asked for"
    return page.count


class Pages(Generic[T]):
    """A list of the API: `for quote in client.list_quotes(...)` goes through all of it, page by page."""

    def __init__(self, call: Callable[[Request, Parse[T]], Page[T]], request: Request, parse: Parse[T]) -> None:
        self._call, self._request, self._parse = call, request, parse

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.results

    def pages(self) -> Iterator[Page[T]]:
        request: Request | None = self._request
        while request is not None:
            page = self._call(request, self._parse)
            yield page
            request = following(request, page)

    def first(self) -> T | None:
        """The first there is; None where there is none."""
        page = self._call(narrowed(self._request), self._parse)
        return page.results[0] if page.results else None

    def count(self) -> int:
        """How many there are, without fetching them."""
        return total(self._call(narrowed(self._request, count="true"), self._parse))


class AsyncPages(Generic[T]):
    """The same to be awaited: `async for quote in client.list_quotes(...)`."""

    def __init__(
        self, call: Callable[[Request, Parse[T]], Awaitable[Page[T]]], request: Request, parse: Parse[T]
    ) -> None:
        self._call, self._request, self._parse = call, request, parse

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for item in page.results:
                yield item

    async def pages(self) -> AsyncIterator[Page[T]]:
        request: Request | None = self._request
        while request is not None:
            page = await self._call(request, self._parse)
            yield page
            request = following(request, page)

    async def first(self) -> T | None:
        page = await self._call(narrowed(self._request), self._parse)
        return page.results[0] if page.results else None

    async def count(self) -> int:
        return total(await self._call(narrowed(self._request, count="true"), self._parse))
