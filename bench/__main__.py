"""`python3 run.py bench`: fill a database, measure each workload beside its floors, print, and say what was reached."""

from __future__ import annotations

import argparse
import json
import platform
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from accept.harness import ground
from backend import postgres
from bench import drawing, report, turns

WORKLOADS = {
    "W0": "reading.bare_view",
    "W1": "writing.bulk_articles",
    "W2": "writing.create_quote",
    "W3": "reading.read_article",
    "W4": "reading.pages",
    "W5": "reading.filters",
    "W6": "exporting.export",
    "W7": "importing.everything",
    "W8": "carrying.carry",
    "W9": "plans.every_list",
}
WRITING = {"W1", "W2", "W7"}  # whose floors write into copies of the database


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    if options.compare:
        before, after = map(report.read, options.compare)
        print("\n".join(report.compared(before, after)))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing of ours is left running
    if options.against:
        print("\n".join(turns.compared(options)))
        return 0
    if options.results:
        runs = report.read(*options.results)
    else:
        runs = [measure(options.size[0], options)] if len(options.size) == 1 else turns.each_size(options)
    if options.json:
        options.json.write_text(json.dumps(runs, indent=1) + "\n")
    if len(runs) > 1:
        print("\n".join([*report.by_size(runs), "", *report.memory_growth(runs)]))
    if options.plot:
        drawing.plot(runs, options.plot)
    goals = [goal for run in runs for told in run["results"] for goal in told["goals"]]
    print(f"{sum(goal['reached'] is True for goal in goals)} of {len(goals)} goals reached")
    return 0


def measure(size: int, options: argparse.Namespace) -> report.Told:
    """One run: a database of the size, and the workloads on it."""
    results = []
    keep = options.keep and kept_at(options.keep, size)
    try:
        with ground("backend.wsgi:application", keep=keep) as house:
            scene = set_up(house, size, options)
            print(report.HEAD, flush=True)
            with house.serve() as server:
                for told in measured(house, scene, server, options):
                    results.append(told)
                    print("\n".join(report.lines(told)), flush=True)
    finally:
        if keep:
            postgres.stop(keep)
    return {"annotations": scene.size, "python": platform.python_version(), "results": results}


def kept_at(directory: Path, size: int) -> Path:
    place = (directory / str(size)).absolute()
    place.mkdir(parents=True, exist_ok=True)
    return place


def set_up(house: Any, size: int, options: argparse.Namespace) -> Any:
    """The data, and copies of it where a floor is to write."""
    import django

    django.setup()
    from bench.ground import make_clones, make_scene, say

    start = time.monotonic()
    scene = make_scene(house, size)
    if WRITING & set(options.only or WORKLOADS):
        make_clones(house)
    say(f"{scene.size:,} annotations, there after {time.monotonic() - start:.0f} s")
    return scene


def measured(house: Any, scene: Any, server: Any, options: argparse.Namespace) -> Iterator[report.Told]:
    from bench import carrying, exporting, importing, plans, reading, writing
    from bench.gauges import Gauges
    from bench.run import Run

    found = (carrying, exporting, importing, plans, reading, writing)
    rooms = {room.__name__.removeprefix("bench."): room for room in found}
    run = Run(house, server, scene, Gauges(house, server), options.seconds, options.spans)
    for name in options.only or WORKLOADS:
        room, _, function = WORKLOADS[name].partition(".")
        for result in getattr(rooms[room], function)(run):
            yield result.told()


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py bench", description=(__doc__ or "").split("\n")[0])
    add = parser.add_argument
    add("--size", type=int, nargs="+", default=[100_000], metavar="N", help="annotations (default: 100,000)")
    add("--only", nargs="+", choices=WORKLOADS, metavar="W", help=", ".join(WORKLOADS))
    add("--seconds", type=float, default=1.0, help="of one turn; a workload has three (default: 1)")
    add("--spans", type=int, default=100_000, metavar="N", help="of W8's file (default: 100,000)")
    add("--keep", type=Path, metavar="DIR", help="leave the data there for the next run")
    add("--json", type=Path, metavar="FILE", help="write the results there")
    add(
        "--plot",
        type=Path,
        metavar="FILE",
        help="draw shares of the floors; of several sizes, the time against the size (.svg, .png)",
    )
    add("--results", type=Path, nargs="+", metavar="FILE", help="draw and tell what --json wrote; measure nothing")
    add("--compare", type=Path, nargs=2, metavar="FILE", help="two results of --json, side by side")
    add("--against", metavar="REV", help="this code and that of another revision, in turns, on data of their own")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
