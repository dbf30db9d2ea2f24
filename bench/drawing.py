"""What runs found, as a picture: how time goes with the size of the data, or how near one run came to its floors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.report import Told, figures_of, titles

GREY = "#808080"  # lines of the frame: seen on white and on black
# The words follow the reader's page: what an image shows of itself is all that such a page can say to it.
WORDS = "<style>text{fill:#1f2328!important}@media(prefers-color-scheme:dark){text{fill:#e6edf3!important}}</style>"
COLOURS = 10  # of matplotlib's own, before they begin anew


def plot(runs: Sequence[Told], path: Path) -> None:
    """Of several sizes, the time of one call against the size; of one, each workload's share of its first floor."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rc("svg", fonttype="none", hashsalt="onrecord")
    matplotlib.rc("font", size=8)
    matplotlib.rc("axes", edgecolor=GREY)
    for lines in ("xtick", "ytick", "grid"):
        matplotlib.rc(lines, color=GREY)
    figure = growth(runs) if len(runs) > 1 else shares(runs[0])
    svg = path.suffix == ".svg"
    figure.savefig(path, transparent=svg, bbox_inches="tight", metadata={"Date": None} if svg else None)
    if svg:
        path.write_text(re.sub("<defs>", f"{WORDS}\n <defs>", path.read_text(), count=1))


def shares(run: Told) -> Any:
    from matplotlib.figure import Figure

    found = {told["title"]: next(iter(told["ratios"].values())) for told in run["results"] if told["ratios"]}
    figure = Figure(figsize=(9, 1.5 + 0.3 * len(found)))
    axes = figure.subplots()
    axes.barh(list(found), list(found.values()))
    axes.invert_yaxis()
    axes.set_xlabel(f"rate as a share of the floor's, same run, {run['annotations']:,} annotations")
    return figure


def growth(runs: Sequence[Told]) -> Any:
    """A panel for each workload, and of filtered lists for each list; all on the same scale."""
    from matplotlib.figure import Figure

    panels = panels_of(runs)
    figure = Figure(figsize=(10, 2.3 * -(-len(panels) // 2)), layout="constrained")
    grid = list(figure.subplots(-(-len(panels) // 2), 2, sharex=True, sharey=True, squeeze=False).flat)
    for axes, (name, lines) in zip(grid, panels.items(), strict=False):
        for number, (label, points) in enumerate(lines.items()):
            style = "-" if number < COLOURS else "--"
            axes.plot(*zip(*points, strict=True), style, marker="o", markersize=3, linewidth=1, label=label)
        axes.set_title(name, loc="left", fontsize=9)
        axes.set(xscale="log", yscale="log")
        axes.set_xticks([run["annotations"] for run in runs], [f"{run['annotations']:,}" for run in runs])
        axes.tick_params(labelbottom=True)
        axes.minorticks_off()
        axes.yaxis.set_major_formatter("{x:g} ms")
        axes.grid(visible=True, linewidth=0.3)
        axes.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1.05), frameon=False)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    return figure


Points = list[tuple[int, float]]


def panels_of(runs: Sequence[Told]) -> dict[str, dict[str, Points]]:
    """The medians of one call by size, of what was measured at several."""
    panels: dict[str, dict[str, Points]] = {}
    for workload, title in titles(runs):
        found = [(run["annotations"], figures) for run in runs if (figures := figures_of(run, title))]
        points = [(size, figures["p50_ms"]) for size, figures in found if figures["p50_ms"]]
        if len(points) > 1:
            what, by, rest = title.partition(" by ")
            panels.setdefault(f"{workload} {what} by" if by else workload, {})[rest or title] = points
    return panels
