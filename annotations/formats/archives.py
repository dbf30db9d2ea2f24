"""Zip archives: read as they came from a stranger, written as they go.

Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT. Entries are read as streams, and their names are
only names. An archive with anything in it that no honest archive of a corpus has is refused whole: `archive-refused`.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final

from annotations.formats.files import MEMBER_MAX, Files, InputFile, Refused, folder, is_junk, opened, single

NESTED: Final = (".zip", ".jar", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".lz", ".lzma")
MAGIC: Final = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
# Other methods inflate a block without an end that one could ask for: a few bytes become gigabytes at once.
METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
RATIO_FROM: Final = 2**20  # small files may well be all one letter
# What zipfile raises for archives that are none.
BROKEN: Final = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError),
    *(RuntimeError, ValueError, LookupError, ArithmeticError, OSError),
)


@dataclass(frozen=True)
class Limits:
    """Of an archive: how many entries, and how many bytes they may inflate to, one and all together."""

    entries: int = 100_000
    entry: int = MEMBER_MAX
    total: int = 8 * 2**30
    ratio: int = 200
    inner: int = 0  # the entries of an archive in it, which has the same limits and none in it; 0: there is to be none


def refused(detail: str) -> Refused:
    return Refused("archive-refused", detail)


def is_zip(stream: BinaryIO) -> bool:
    stream.seek(0)
    found = stream.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
    stream.seek(0)
    return found


@contextmanager
def files_at(path: Path, name: str | None = None, limits: Limits = Limits()) -> Iterator[Files]:
    """What lies at a path: a folder's files, an archive's, or the one file, under the name it was sent with."""
    if path.is_dir():
        yield folder(path)
        return
    with files_in(partial(opened, path), name or path.name, limits) as files:
        yield files


@contextmanager
def files_in(opener: Callable[[], BinaryIO], name: str, limits: Limits = Limits()) -> Iterator[Files]:
    """The files of an archive, or the one file, under its name. Of an archive in it, `unpack` gives the files."""
    with opener() as stream:
        yield unzip(stream, limits) if is_zip(stream) else single(name, opener)


def unzip(stream: BinaryIO, limits: Limits = Limits(), spending: Spending | None = None) -> Files:
    """The files of an archive, sorted by name; `stream` stays open as long as they are read. `spending`: of the archive
    that it is in."""
    try:
        # The directory is read at once, whatever it says of its length.
        archive = zipfile.ZipFile(_Bounded(stream, limits.entries * 160))
    except BROKEN as exc:
        raise refused(f"This is not a zip archive that can be read: {exc}") from exc
    if len(archive.infolist()) > limits.entries:
        raise refused(f"More than {limits.entries:,} entries.")
    for entry in archive.infolist():
        check_entry(entry, limits)
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len({entry.filename for entry in entries}) < len(entries):
        raise refused("Two entries have the same name.")
    spending = Spending(limits, spending)
    names = sorted((entry for entry in entries if not is_junk(entry.filename)), key=lambda entry: entry.filename)
    if not names:
        raise Refused("nothing-found", "There is no file in this archive.")
    return {entry.filename: file_of(archive, entry, limits, spending) for entry in names}


def file_of(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits, spending: Spending) -> InputFile:
    packed = limits.inner > 0 and entry.filename.lower().endswith(".zip")
    file = InputFile(entry.filename, partial(inflate, archive, entry, spending, packed), limits.entry)
    return replace(file, unpack=partial(unpack, file, limits, spending)) if packed else file


def unpack(file: InputFile, limits: Limits = Limits(), spending: Spending | None = None) -> Files:
    """The files of an archive that is a file of another one, or of a folder; it is held in memory."""
    files = unzip(io.BytesIO(file.read()), replace(limits, entries=limits.inner or limits.entries, inner=0), spending)
    return {f"{file.name}/{name}": replace(found, name=f"{file.name}/{name}") for name, found in files.items()}


def check_entry(entry: zipfile.ZipInfo, limits: Limits) -> None:
    """Error: Refused, for an entry that could do harm or cannot be read."""
    name = entry.orig_filename
    shown = repr(name[:100])
    if "\0" in name or "\\" in name or name.startswith("/") or re.match("[A-Za-z]:", name) or not name:
        raise refused(f"The entry {shown} has a name that no archive of this kind has.")
    if ".." in name.split("/"):
        raise refused(f"The entry {shown} points out of the archive.")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise refused(f"The entry {shown} is a link or a device, not a file.")
    if entry.flag_bits & 0x1:
        raise refused(f"The entry {shown} is encrypted.")
    if entry.compress_type not in METHODS:
        raise refused(f"The entry {shown} is packed by method {entry.compress_type}; only deflate and none are read.")
    if name.lower().endswith(NESTED) and not limits.inner:
        raise refused(f"The entry {shown} is an archive itself.")
    if entry.file_size > limits.entry:
        raise refused(f"The entry {shown} is larger than {limits.entry:,} bytes.")


@dataclass
class Spending:
    """What has been inflated so far; an entry that is read twice counts once. `outer`: of the archive it is in."""

    limits: Limits
    outer: Spending | None = None
    total: int = 0
    entries: dict[str, int] = field(default_factory=dict)

    def spend(self, entry: zipfile.ZipInfo, size: int) -> None:
        self.add(max(0, size - self.entries.get(entry.filename, 0)))
        self.entries[entry.filename] = max(size, self.entries.get(entry.filename, 0))
        if size > self.limits.entry:
            raise refused(f"The entry {entry.filename[:100]!r} inflates beyond {self.limits.entry:,} bytes.")
        if size > RATIO_FROM and size > self.limits.ratio * entry.compress_size:
            raise refused(f"The entry {entry.filename[:100]!r} inflates more than {self.limits.ratio}-fold.")

    def add(self, size: int) -> None:
        self.total += size
        if self.outer:
            self.outer.add(size)
        if self.total > self.limits.total:
            raise refused(f"The entries inflate beyond {self.limits.total:,} bytes.")


def inflate(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, spending: Spending, packed: bool) -> BinaryIO:
    try:
        return io.BufferedReader(Inflated(archive.open(entry), entry, spending, packed))
    except BROKEN as exc:
        raise refused(f"The entry {entry.filename[:100]!r} cannot be opened: {exc}") from exc


class Inflated(io.RawIOBase):
    """An entry's bytes, counted as they come: what the archive says of their number proves nothing. `packed`: it may be
    an archive."""

    def __init__(self, stream: Any, entry: zipfile.ZipInfo, spending: Spending, packed: bool) -> None:
        self.stream, self.entry, self.spending, self.packed = stream, entry, spending, packed
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        try:
            chunk: bytes = self.stream.read(min(len(view), 2**16))
        except BROKEN as exc:
            raise refused(f"The entry {self.entry.filename[:100]!r} is damaged: {exc}") from exc
        if not self.size and chunk.startswith(MAGIC) and not self.packed:
            raise refused(f"The entry {self.entry.filename[:100]!r} is an archive itself.")
        self.size += len(chunk)
        self.spending.spend(self.entry, self.size)
        view[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        with suppress(*BROKEN):
            self.stream.close()
        super().close()


class _Bounded:
    """A stream that refuses to be read in one piece beyond a limit."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self.stream, self.limit = stream, limit

    def read(self, size: int = -1) -> bytes:
        data = self.stream.read(self.limit + 1 if size < 0 else min(size, self.limit + 1))
        if len(data) > self.limit:
            raise refused("The archive's directory is too large.")
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.stream.seek(offset, whence)

    def tell(self) -> int:
        return self.stream.tell()

    def seekable(self) -> bool:
        return True


class ZipStream:
    """A zip archive that is sent while it is written. Kept until the end is only the directory (about 0.5 KB an entry).

    Entries bear one fixed time, so that the same documents give the same bytes.
    """

    def __init__(self) -> None:
        self.sink = _Sink()
        self.archive = zipfile.ZipFile(self.sink, "w", zipfile.ZIP_DEFLATED)

    def add(self, name: str, data: bytes) -> Iterator[bytes]:
        entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = (stat.S_IFREG | 0o644) << 16
        self.archive.writestr(entry, data)
        yield from self.sink.drain()

    def end(self) -> Iterator[bytes]:
        self.archive.close()
        yield from self.sink.drain()


class _Sink:
    """What the archive is written to: it cannot go back, and hands over what has come."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.chunks.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def drain(self) -> Iterator[bytes]:
        chunks, self.chunks = self.chunks, []
        yield b"".join(chunks)
