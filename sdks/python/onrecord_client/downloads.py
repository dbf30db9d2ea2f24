"""Files that the server streams: taken as they come, at any size, and never mistaken for whole where they are not."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from onrecord_client.errors import Incomplete

if TYPE_CHECKING:
    from onrecord_client.calls import AsyncCalls, Calls

Progress = Callable[[int], None]  # is told how many bytes have come so far
CUT_OFF = "--- cut off: the server could not finish this export ---"  # the last line of a file that is not whole
UNFINISHED = "The file is cut off: the server could not finish it."


class Held:
    """Lets a file through but for its end, which is held back until it is known whether it is whole."""

    MARK = f"\n{CUT_OFF}\n".encode()

    def __init__(self) -> None:
        self.held = b""

    def add(self, chunk: bytes) -> bytes:
        """What may go on of all that has come."""
        come = self.held + chunk
        sure = max(0, len(come) - len(self.MARK))
        self.held = come[sure:]
        return come[:sure]

    def end(self) -> bytes:
        """The rest. Raises `Incomplete` where that is the mark of a file that is cut off."""
        if self.held == self.MARK:
            raise Incomplete(UNFINISHED)
        return self.held


class Checked:
    """Reads NDJSON as it comes, and checks the last line against those before it (`onrecord/1`).

    Lines end at LF alone: texts may hold other characters that `str.splitlines` takes for the end of a line.
    """

    def __init__(self) -> None:
        self.sha, self.whole = hashlib.sha256(), False
        self.begun: list[bytes] = []  # what has come of a line that has not ended

    def add(self, chunk: bytes) -> Iterator[dict[str, Any]]:
        """The lines that end in what has come. Raises `Incomplete` at the last one, where the others are changed."""
        head, *following = chunk.split(b"\n")
        self.begun.append(head)
        for start in following:
            yield self.read(b"".join(self.begun))
            self.begun = [start]

    def read(self, line: bytes) -> dict[str, Any]:
        record: dict[str, Any] = json.loads(line)
        self.whole = record.get("record") == "end"
        if self.whole and record["sha256"] != self.sha.hexdigest():
            raise Incomplete("The file is not what the server sent: its hash differs.")
        self.sha.update(line + b"\n")
        return record

    def end(self) -> None:
        """Raises `Incomplete` where there should have been more."""
        if not self.whole or any(self.begun):
            raise Incomplete("The file is cut off: its last line, of record `end`, is missing.")


class Saved:
    """A file that appears under its name only when it is whole."""

    def __init__(self, path: str | os.PathLike[str], progress: Progress | None) -> None:
        self.path, self.progress, self.size = Path(path), progress, 0
        self.draft = self.path.with_name(f"{self.path.name}.part")

    @contextmanager
    def write(self) -> Iterator[Callable[[bytes], None]]:
        try:
            with self.draft.open("wb") as file:
                yield lambda chunk: self.add(file.write(chunk))
            self.draft.replace(self.path)
        finally:
            self.draft.unlink(missing_ok=True)

    def add(self, size: int) -> None:
        self.size += size
        if self.progress:
            self.progress(self.size)


class Download:
    """What a call that answers with a file gives. Each method makes the call; nothing is held in memory."""

    def __init__(self, calls: Calls, request: dict[str, Any]) -> None:
        self._calls, self._request = calls, request

    @contextmanager
    def open(self) -> Iterator[httpx.Response]:
        """The answer, whose body is still to come, and may be cut off."""
        response = self._calls._send(self._calls.http.build_request(**self._request), stream=True)
        try:
            yield response
        finally:
            response.close()

    def stream(self) -> Iterator[bytes]:
        """The file, piece by piece. Raises `Incomplete` at its end where the server could not finish it."""
        held = Held()
        with self.open() as response:
            yield from filter(None, map(held.add, response.iter_bytes()))
        yield held.end()

    def records(self) -> Iterator[dict[str, Any]]:
        """The lines of an NDJSON export, parsed. Raises `Incomplete` where the file is cut off or not what was sent."""
        held, checked = Held(), Checked()
        with self.open() as response:
            for chunk in response.iter_bytes():
                yield from checked.add(held.add(chunk))
            yield from checked.add(held.end())
        checked.end()

    def save(self, path: str | os.PathLike[str], progress: Progress | None = None) -> Path:
        """Writes a file, which appears under its name when it is whole. Raises `Incomplete` where it is not."""
        saved = Saved(path, progress)
        with saved.write() as write:
            for chunk in self.stream():
                write(chunk)
        return saved.path


class AsyncDownload:
    """The same to be awaited."""

    def __init__(self, calls: AsyncCalls, request: dict[str, Any]) -> None:
        self._calls, self._request = calls, request

    @asynccontextmanager
    async def open(self) -> AsyncIterator[httpx.Response]:
        response = await self._calls._send(self._calls.http.build_request(**self._request), stream=True)
        try:
            yield response
        finally:
            await response.aclose()

    async def stream(self) -> AsyncIterator[bytes]:
        held = Held()
        async with self.open() as response:
            async for chunk in response.aiter_bytes():
                if sure := held.add(chunk):
                    yield sure
        yield held.end()

    async def records(self) -> AsyncIterator[dict[str, Any]]:
        held, checked = Held(), Checked()
        async with self.open() as response:
            async for chunk in response.aiter_bytes():
                for record in checked.add(held.add(chunk)):
                    yield record
            for record in checked.add(held.end()):
                yield record
        checked.end()

    async def save(self, path: str | os.PathLike[str], progress: Progress | None = None) -> Path:
        saved = Saved(path, progress)
        with saved.write() as write:
            async for chunk in self.stream():
                write(chunk)
        return saved.path
