"""What a run found, as a table, as JSON; and two runs side by side."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

Told = dict[str, Any]
HEAD = f"{'':<4} {'':<34}{'rate':>12} {'p50 ms':>9} {'p95 ms':>9} {'CPU ms':>9} {'stmts':>6} {'MiB':>6}"


def lines(told: Told) -> Iterable[str]:
    """A workload, its floors, and what it had to reach."""
    yield row(told["workload"], told["title"], told["unit"], told["figures"])
    for floor in told["floors"]:
        ratio, work = (told[which].get(floor["name"]) for which in ("ratios", "cpu_ratios"))
        yield row("", f"  {floor['name']}", told["unit"], floor) + f"   of the rate {ratio}, of the CPU {work}"
    for goal in told["goals"]:
        verdict = {True: "reached", False: "NOT REACHED", None: "not measured"}[goal["reached"]]
        bound = f"{'at least' if goal['least'] else 'at most'} {goal['bound']}"
        yield f"       {verdict}: {goal['figure']} {goal['value']}, {bound}"


def row(workload: str, title: str, unit: str, figures: Told) -> str:
    rate = f"{figures['rate']:,.0f} {unit[:3]}/s"
    numbers = " ".join(f"{figures[name]:>9,.2f}" for name in ("p50_ms", "p95_ms", "cpu_ms"))
    statements = "" if figures["statements"] is None else f"{figures['statements']:g}"
    peak = "" if figures["peak_mib"] is None else f"{figures['peak_mib']:.0f}"
    return f"{workload:<4} {title:<34}{rate:>12} {numbers} {statements:>6} {peak:>6}"


def read(*paths: Path) -> list[Told]:
    """The runs that `--json` wrote, the smallest first."""
    found = [run for path in paths for run in json.loads(path.read_text())]
    return sorted(found, key=lambda run: run["annotations"])


def compared(before: Sequence[Told], after: Sequence[Told]) -> Iterable[str]:
    """Two versions, workload by workload at each size: rate, ratio to the first floor, CPU."""
    known = {(run["annotations"], told["title"]): told for run in before for told in run["results"]}
    yield f"{'':<50}{'rate':>22}{'of the floor':>20}{'CPU ms a call':>24}"
    for run in after:
        for told in run["results"]:
            if earlier := known.get((run["annotations"], told["title"])):
                name = f"{told['workload']:<4}{told['title']:<36}{run['annotations']:>10,}"
                yield name + "".join(pairs(earlier, told))


def pairs(before: Told, after: Told) -> Iterable[str]:
    for width, values in (
        (22, [told["figures"]["rate"] for told in (before, after)]),
        (20, [next(iter(told["ratios"].values()), None) for told in (before, after)]),
        (24, [told["figures"]["cpu_ms"] for told in (before, after)]),
    ):
        first, second = values
        change = f" ({second / first:.2f}x)" if first and second else ""
        yield f"{first} → {second}{change}".rjust(width)


def by_size(runs: Sequence[Told]) -> Iterable[str]:
    """Time, CPU and memory of each workload as the data grows, as a table in Markdown."""
    yield "| | " + " | ".join(f"{run['annotations']:,}" for run in runs) + " |"
    yield "|---|" + "---|" * len(runs)
    for workload, title in titles(runs):
        yield f"| {workload} {title} | " + " | ".join(cell(figures_of(run, title)) for run in runs) + " |"


GROWTH = 1.1  # of the memory of an export, at most, where the data doubles


def memory_growth(runs: Sequence[Told]) -> Iterable[str]:
    """By how much the peak of a web worker grows where the data doubles, from the smallest run to the largest."""
    for _, title in titles(runs):
        peaks = [(run["annotations"], found["peak_mib"]) for run in runs if (found := figures_of(run, title))]
        peaks = [(size, peak) for size, peak in peaks if peak]
        if len(peaks) > 1 and peaks[-1][0] > peaks[0][0]:
            doublings = math.log2(peaks[-1][0] / peaks[0][0])
            growth = (peaks[-1][1] / peaks[0][1]) ** (1 / doublings)
            verdict = "reached" if growth <= GROWTH else "NOT REACHED"
            yield f"{verdict}: {title}: peak memory {growth:.3f} times where the data doubles, at most {GROWTH}"


def cell(figures: Told | None) -> str:
    if figures is None:
        return ""
    peak = f", {figures['peak_mib']:.0f} MiB" if figures["peak_mib"] else ""
    return f"{figures['p50_ms']:,.1f} ms (CPU {figures['cpu_ms']:,.1f}){peak}"


def titles(runs: Sequence[Told]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((told["workload"], told["title"]) for run in runs for told in run["results"]))


def figures_of(run: Told, title: str) -> Told | None:
    return next((told["figures"] for told in run["results"] if told["title"] == title), None)
