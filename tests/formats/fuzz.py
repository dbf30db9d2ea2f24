"""Arbitrary and mutated bytes for readers: 5 s a reader, or ONRECORD_FUZZ_SECONDS."""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Callable, Sequence
from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotations.formats import Files, Refused
from tests.formats.samples import files_of, read_back

SECONDS = float(os.environ.get("ONRECORD_FUZZ_SECONDS", "5"))
MEMORY = 128 * 2**20

ODD = [
    b"",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\r\n",
    b"\n",
    b"\t",
    b";",
    b"-1",
    b"99999999999999999999",
    b"{",
    b"[[",
    b"null",
]
ODD += [
    "\U0001f600".encode(),
    b"\xed\xa0\x80",
    b'"',
    b":",
    b"#",
    b"1e999",
    b"true",
    b"{}",
    b"[]",
    b'"id"',
    b"T1",
    b"E1",
    b"..",
    b"/",
]


def mutated(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """One of the seeds with a few of its stretches replaced."""
    edit = st.tuples(st.integers(0, 2**31), st.integers(0, 12), st.sampled_from(ODD) | st.binary(max_size=8))

    def apply(seed: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
        for place, length, put in edits:
            at = place % (len(seed) + 1)
            seed = seed[:at] + put + seed[at + length :]
        return seed

    return st.builds(apply, st.sampled_from(list(seeds)), st.lists(edit, min_size=1, max_size=6)) | st.binary(
        max_size=400
    )


def fuzz(name: str, seeds: Sequence[bytes], files: Callable[[bytes], Files] = files_of) -> None:
    """Runs a reader over such bytes until the time is up: it may refuse, and must not fail nor fill the memory."""

    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(mutated(seeds))
    def once(data: bytes) -> None:
        with suppress(Refused):
            read_back(name, files(data), repair=bool(len(data) % 2))

    tracemalloc.start()
    try:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            once()
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()
