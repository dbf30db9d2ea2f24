"""What a run found, as a table, as JSON, as a plot; and two runs side by side."""

from __future__ import annotations

import json
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


def compared(one: Path, other: Path) -> Iterable[str]:
    """Two runs, workload by workload: rate, ratio to the first floor, CPU."""
    before, after = (json.loads(path.read_text()) for path in (one, other))
    known = {told["title"]: told for told in before["results"]}
    yield f"{'':<40}{'rate':>22}{'of the floor':>20}{'CPU ms a call':>24}"
    for told in after["results"]:
        if told["title"] in known:
            yield f"{told['workload']:<4}{told['title']:<36}" + "".join(pairs(known[told["title"]], told))


def pairs(before: Told, after: Told) -> Iterable[str]:
    for width, values in (
        (22, [told["figures"]["rate"] for told in (before, after)]),
        (20, [next(iter(told["ratios"].values()), None) for told in (before, after)]),
        (24, [told["figures"]["cpu_ms"] for told in (before, after)]),
    ):
        first, second = values
        change = f" ({second / first:.2f}x)" if first and second else ""
        yield f"{first} → {second}{change}".rjust(width)


def plot(runs: Sequence[Told], path: Path) -> None:
    """Each workload's share of its first floor; with several runs (sizes), a bar for each."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    titles = [told["title"] for told in runs[0]["results"] if told["ratios"]]
    figure, axes = pyplot.subplots(figsize=(10, 1 + 0.35 * len(titles)))
    height = 0.8 / len(runs)
    for number, run in enumerate(runs):
        found = {told["title"]: next(iter(told["ratios"].values()), 0) for told in run["results"]}
        places = [position + number * height for position in range(len(titles))]
        axes.barh(
            places, [found.get(title, 0) for title in titles], height, label=f"{run['annotations']:,} annotations"
        )
    axes.set_yticks(range(len(titles)), titles, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("rate as a share of the floor's, same run")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)
