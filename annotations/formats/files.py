"""What a reader gets: named files, each read as a stream, from one file, a folder or an archive alike.

Names only tell files apart: nothing is ever opened or written by a name that came with the data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

MEMBER_MAX: Final = 16 * 2**20  # of a file that is read whole
LINE_MAX: Final = 64 * 2**20
CHUNK: Final = 2**16
JUNK: Final = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


class Refused(Exception):
    """Nothing can be read, or no further: the only exception of readers. `code` as in a problem of the API."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class InputFile:
    """One file; `name` has forward slashes. It may be opened as often as one likes. `unpack`: the files in it, where it
    is an archive that its format has in an archive. Error: Refused."""

    name: str
    opener: Callable[[], BinaryIO]
    limit: int = MEMBER_MAX
    unpack: Callable[[], Files] | None = None

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        with self.opener() as stream:
            yield stream

    def read(self) -> bytes:
        """All of it; refused beyond the limit, which also bounds the memory."""
        chunks, size = [], 0
        with self.open() as stream:
            while chunk := stream.read(CHUNK):
                chunks.append(chunk)
                size += len(chunk)
                if size > self.limit:
                    detail = f"{self.name} is larger than {self.limit:,} bytes, and is read whole."
                    raise Refused("file-too-large", detail)
        return b"".join(chunks)

    def lines(self, limit: int = LINE_MAX) -> Iterator[tuple[int, bytes | None]]:
        """Each line with its number, its end included; None for one beyond the limit. Lines end at LF alone."""
        with self.open() as stream:
            number = 1
            while line := stream.readline(limit):
                if len(line) == limit and not line.endswith(b"\n"):
                    skip_line(stream)
                    yield number, None
                else:
                    yield number, line
                number += 1


def skip_line(stream: BinaryIO) -> None:
    while (chunk := stream.readline(2**20)) and not chunk.endswith(b"\n"):
        pass


Files = Mapping[str, InputFile]


def single(name: str, opener: Callable[[], BinaryIO]) -> Files:
    """One file, as it was uploaded."""
    return {name: InputFile(name, opener)}


def folder(path: Path) -> Files:
    """All files below a folder, by their names from there, sorted. Links are not followed. Command line only."""
    found = {}
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path).as_posix()
        if file.is_file() and not within_link(file, path) and not is_junk(name):
            found[name] = InputFile(name, partial(opened, file))
    return found


def opened(path: Path) -> BinaryIO:
    return path.open("rb")


def within_link(file: Path, top: Path) -> bool:
    return any(step.is_symlink() for step in (file, *file.parents) if step != top and top in step.parents)


def is_junk(name: str) -> bool:
    """What operating systems and version control add to folders."""
    return any(step in JUNK or step.startswith(("._", ".git")) for step in name.split("/"))
