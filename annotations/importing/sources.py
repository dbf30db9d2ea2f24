"""Where an import's bytes come from: an upload's chunks in the database, or a file of this machine. Both are streams
that seek, opened as often as a reader likes; how much was read is the job's progress."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from annotations.actions.imports import UPLOAD_CHUNK
from annotations.formats import Files
from annotations.formats.archives import Limits, files_in
from annotations.formats.files import folder
from annotations.models import UploadChunk


@dataclass
class Meter:
    """The bytes that were read so far, of all that there are."""

    total: int
    read: int = 0

    @property
    def done(self) -> int:
        """What is read twice (the directory of an archive, say) counts twice, but never beyond the end."""
        return min(self.read, self.total)


class Metered(io.RawIOBase):
    """A stream that says how much was read of it."""

    def __init__(self, stream: Any, meter: Meter) -> None:
        self.stream, self.meter = stream, meter

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size: int = self.stream.readinto(buffer)
        self.meter.read += size
        return size

    def seek(self, offset: int, whence: int = 0) -> int:
        position: int = self.stream.seek(offset, whence)
        return position

    def tell(self) -> int:
        position: int = self.stream.tell()
        return position

    def close(self) -> None:
        self.stream.close()
        super().close()


class UploadStream(io.RawIOBase):
    """An upload's bytes; in memory is one chunk."""

    def __init__(self, upload: UUID, size: int) -> None:
        self.upload, self.size, self.position = upload, size, 0
        self.number, self.data = -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        if self.position >= self.size or not len(view):
            return 0
        chunk, offset = self.chunk(self.position // UPLOAD_CHUNK), self.position % UPLOAD_CHUNK
        data = chunk[offset : offset + len(view)]
        view[: len(data)] = data
        self.position += len(data)
        return len(data)

    def chunk(self, number: int) -> bytes:
        if number != self.number:
            row = UploadChunk.objects.values_list("data", flat=True).get(upload=self.upload, number=number)
            self.number, self.data = number, bytes(row)
        return self.data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("There is nothing before the beginning.")
        self.position = base + offset
        return self.position

    def tell(self) -> int:
        return self.position


def buffered(opened: Callable[[], Any], meter: Meter) -> BinaryIO:
    return io.BufferedReader(Metered(opened(), meter), 2**20)


@contextmanager
def uploaded(upload: UUID, name: str, limits: Limits, meter: Meter) -> Iterator[Files]:
    with files_in(partial(buffered, partial(UploadStream, upload, meter.total), meter), name, limits) as files:
        yield files


def size_of(path: Path) -> int:
    return (
        sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) if path.is_dir() else path.stat().st_size
    )


@contextmanager
def local(path: Path, limits: Limits, meter: Meter) -> Iterator[Files]:
    """A file or a bare folder of this machine."""
    if path.is_dir():
        yield {name: replace(file, opener=partial(buffered, file.opener, meter)) for name, file in folder(path).items()}
        return
    with files_in(partial(buffered, partial(path.open, "rb", 0), meter), path.name, limits) as files:
        yield files
