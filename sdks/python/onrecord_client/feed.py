"""The change feed, followed: what has changed in a project, in order, with nothing left out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from onrecord_client.generated.models import Change, Changes
from onrecord_client.generated.types import UNSET, Unset


class Feed:
    """`for change in client.follow(project)`. It ends only where `every` is None: then with what there is now.

    `cursor` is where to go on: keep it, and give it to `follow` the next time. It moves on once all changes of an
    answer have been taken, so that a program that stops in between sees some of them again, and misses none.
    """

    def __init__(self, ask: Callable[[str | Unset], Changes], cursor: str | None, every: float | None) -> None:
        self._ask, self.cursor, self.every = ask, cursor, every

    def __iter__(self) -> Iterator[Change]:
        for answer in self.answers():
            yield from answer.results

    def answers(self) -> Iterator[Changes]:
        """The same, as the server gave them: `next_` is where to go on once the `results` are done with."""
        while True:
            answer = self._ask(UNSET if self.cursor is None else self.cursor)
            yield answer
            self.cursor = answer.next_
            if not answer.more:
                if self.every is None:
                    return
                time.sleep(self.every)


class AsyncFeed:
    """The same to be awaited: `async for change in client.follow(project)`."""

    def __init__(
        self, ask: Callable[[str | Unset], Awaitable[Changes]], cursor: str | None, every: float | None
    ) -> None:
        self._ask, self.cursor, self.every = ask, cursor, every

    async def __aiter__(self) -> AsyncIterator[Change]:
        async for answer in self.answers():
            for change in answer.results:
                yield change

    async def answers(self) -> AsyncIterator[Changes]:
        while True:
            answer = await self._ask(UNSET if self.cursor is None else self.cursor)
            yield answer
            self.cursor = answer.next_
            if not answer.more:
                if self.every is None:
                    return
                await asyncio.sleep(self.every)
