"""Readers and writers keep one document at a time: ten times the documents need no more memory."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annotations.formats import FORMATS, Options, Report
from annotations.formats.archives import files_at
from tests.formats.samples import made_up

# ClaimReview has no articles: its own test.
BOTH = sorted(name for name, found in FORMATS.items() if found.read and found.write and name != "claimreview")


def many(number: int) -> Iterator[dict[str, Any]]:
    for n in range(number):
        document = made_up()
        document["article"] |= {"external_id": f"article-{n}", "id": f"019a0000-0000-7000-9000-{n:012d}"}
        yield document


def peak_of(path: Path, name: str, number: int) -> tuple[int, int]:
    """The peaks of writing and reading, in bytes."""
    write, read = FORMATS[name].write, FORMATS[name].read
    assert write
    assert read
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)  # Python's own: web servers, and so some tests, look for garbage less often
    tracemalloc.start()
    with path.open("wb") as file:
        for chunk in write({}, many(number), Report(), Options()):
            file.write(chunk)
    wrote = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    with files_at(path) as files:
        assert sum(1 for _ in read(files, Report(), Options())) == number
    found = wrote, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    gc.set_threshold(*before)
    return found


@pytest.mark.parametrize("name", BOTH)
def test_memory_does_not_grow_with_the_number_of_documents(tmp_path: Path, name: str) -> None:
    few, more = (peak_of(tmp_path / str(number), name, number) for number in (30, 300))
    for small, large in zip(few, more, strict=True):
        # An archive's directory grows: a few names and numbers for each entry. A document here takes 100 KB.
        assert large < small + (300 - 30) * 8_000 * (name in ("brat", "xmi")) + 500_000
