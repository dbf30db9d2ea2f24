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
from bench import report

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
}
WRITING = {"W1", "W2", "W7"}  # whose floors write into copies of the database


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    if options.compare:
        print("\n".join(report.compared(*options.compare)))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing of ours is left running
    results = []
    keep = options.keep and kept_at(options.keep, options.size)
    try:
        with ground("backend.wsgi:application", keep=keep) as house:
            scene = set_up(house, options)
            print(report.HEAD, flush=True)
            with house.serve() as server:
                for told in measured(house, scene, server, options):
                    results.append(told)
                    print("\n".join(report.lines(told)), flush=True)
    finally:
        if keep:
            postgres.stop(keep)
    run = {"annotations": scene.size, "python": platform.python_version(), "results": results}
    if options.json:
        options.json.write_text(json.dumps(run, indent=1) + "\n")
    if options.plot:
        report.plot([run], options.plot)
    goals = [goal for told in results for goal in told["goals"]]
    print(f"{sum(goal['reached'] is True for goal in goals)} of {len(goals)} goals reached")
    return 0


def kept_at(directory: Path, size: int) -> Path:
    place = (directory / str(size)).absolute()
    place.mkdir(parents=True, exist_ok=True)
    return place


def set_up(house: Any, options: argparse.Namespace) -> Any:
    """The data, and copies of it where a floor is to write."""
    import django

    django.setup()
    from bench.ground import make_clones, make_scene, say

    start = time.monotonic()
    scene = make_scene(house, options.size)
    if WRITING & set(options.only or WORKLOADS):
        make_clones(house)
    say(f"{scene.size:,} annotations, there after {time.monotonic() - start:.0f} s")
    return scene


def measured(house: Any, scene: Any, server: Any, options: argparse.Namespace) -> Iterator[report.Told]:
    from bench import carrying, exporting, importing, reading, writing
    from bench.gauges import Gauges
    from bench.run import Run

    found = (carrying, exporting, importing, reading, writing)
    rooms = {room.__name__.removeprefix("bench."): room for room in found}
    run = Run(house, server, scene, Gauges(house, server), options.seconds, options.spans)
    for name in options.only or WORKLOADS:
        room, _, function = WORKLOADS[name].partition(".")
        for result in getattr(rooms[room], function)(run):
            yield result.told()


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py bench", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--size", type=int, default=100_000, metavar="N", help="annotations (default: 100,000)")
    parser.add_argument("--only", nargs="+", choices=WORKLOADS, metavar="W", help=", ".join(WORKLOADS))
    parser.add_argument("--seconds", type=float, default=1.0, help="of one turn; a workload has three (default: 1)")
    parser.add_argument("--spans", type=int, default=100_000, metavar="N", help="of W8's file (default: 100,000)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="leave the data there, for a next run of the same size"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw each workload's share of its floor")
    parser.add_argument("--compare", type=Path, nargs=2, metavar="FILE", help="two results of --json, side by side")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
