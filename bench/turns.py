"""Several runs, each in a process of its own: of several sizes, or of this code and that of another revision.

The other revision is checked out beside this one, with this bench in place of its own. Each has a database of its own,
made by its own migrations; they run by turns, so that whatever else the machine does disturbs both.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from backend.tasks import CHECKOUT
from bench import report

OURS = ("bench", "accept")  # what measures: the same for both
TURNS = ((False, True), (True, False))  # whose turn it is: this code's, or the other's


def compared(options: argparse.Namespace) -> Iterator[str]:
    """The other revision's figures and this code's, of each workload the better of two turns."""
    found: dict[bool, list[list[report.Told]]] = {False: [], True: []}
    with tempfile.TemporaryDirectory(prefix="onrecord-against-") as name, checked_out(options.against) as other:
        for turn, both in enumerate(TURNS):
            for ours in both:
                results = Path(name) / f"{turn}-{ours}.json"
                place = Path(name) / ("ours" if ours else "other")
                print(f"-- {'this code' if ours else options.against}", flush=True)
                run(options, options.size, results, keep=place, code=CHECKOUT if ours else other)
                found[ours].append(report.read(results))
    yield f"{options.against} → this code"
    yield from report.compared(better(found[False]), better(found[True]))


@contextlib.contextmanager
def checked_out(revision: str) -> Iterator[Path]:
    """The revision's code, with this bench; gone afterwards. Error: CalledProcessError where git knows no such."""
    place = Path(tempfile.mkdtemp(prefix="onrecord-revision-")) / "code"
    git = ["git", "-C", str(CHECKOUT), "worktree"]
    try:
        subprocess.run([*git, "add", "--quiet", "--detach", str(place), revision], check=True)
        for part in OURS:
            shutil.rmtree(place / part, ignore_errors=True)
            shutil.copytree(CHECKOUT / part, place / part)
        yield place
    finally:
        subprocess.run([*git, "remove", "--force", str(place)], stderr=subprocess.DEVNULL)
        shutil.rmtree(place.parent, ignore_errors=True)


def run(
    options: argparse.Namespace, sizes: Iterable[int], results: Path, *, keep: Path | None, code: Path = CHECKOUT
) -> None:
    """The bench as a process of its own, with this Python and that code. What it prints goes through."""
    words = ["--size", *map(str, sizes), "--seconds", str(options.seconds), "--spans", str(options.spans)]
    words += ["--only", *options.only] if options.only else []
    words += ["--keep", str(keep)] if keep else []
    subprocess.run([sys.executable, "-m", "bench", *words, "--json", str(results)], cwd=code, check=True)


def each_size(options: argparse.Namespace) -> list[report.Told]:
    """A run for each size: settings hold for one database."""
    with tempfile.TemporaryDirectory(prefix="onrecord-sizes-") as name:
        paths = [Path(name) / f"{size}.json" for size in options.size]
        for size, path in zip(options.size, paths, strict=True):
            run(options, [size], path, keep=options.keep)
        return report.read(*paths)


def better(turns: Sequence[list[report.Told]]) -> list[report.Told]:
    """Of each workload the turn in which it was faster: the one that was disturbed less."""
    first, *others = turns
    for other in others:
        for run, again in zip(first, other, strict=True):
            pairs = zip(run["results"], again["results"], strict=True)
            run["results"] = [max(pair, key=lambda told: float(told["figures"]["rate"])) for pair in pairs]
    return first
