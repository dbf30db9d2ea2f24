"""`python3 run.py accept`: run the gates, print a line for each, and say in the end whether all passed."""

from __future__ import annotations

import argparse
import importlib
import itertools
import json
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from accept import ALONE, BESIDE, GATES
from accept.harness import Ground, ground
from accept.report import Missing, Report

Result = dict[str, Any]  # of one gate


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing of ours is left running
    size = options.size or ("quick" if options.quick else "full")
    start = time.monotonic()
    results = one_by_one(options, options.only, size) if options.only else everything(options, size)
    if options.json:
        options.json.write_text(json.dumps({"size": size, "gates": results}, indent=1, default=str) + "\n")
    passed = [result for result in results if result["verdict"] == "passed"]
    if not options.lane:
        print(f"{len(passed)} of {len(results)} gates passed in {time.monotonic() - start:.0f} s")
    return 0 if len(passed) == len(results) else 1


def everything(options: argparse.Namespace, size: str) -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="onrecord-lanes-") as place:
        files = [Path(place) / f"{number}.json" for number in range(len(BESIDE))]
        lines = [
            [*(sys.executable, "-m", "accept", "--lane", "--size", size, "--json", str(file)), "--only", *gates]
            for file, gates in zip(files, BESIDE, strict=True)
        ]
        lanes = [subprocess.Popen(line) for line in lines]
        try:
            for lane in lanes:
                lane.wait()
        finally:
            for lane in lanes:
                lane.terminate()  # not killed: it has servers to stop
                lane.wait()
        beside = [told(file, gates) for file, gates in zip(files, BESIDE, strict=True)]
    return [*itertools.chain(*beside), *one_by_one(options, ALONE, size)]


def told(file: Path, gates: Sequence[str]) -> list[Result]:
    """What a lane found; where it ended without a word, each of its gates is broken."""
    if file.exists():
        found: list[Result] = json.loads(file.read_text())["gates"]
        return found
    return [{"gate": gate, "verdict": "BROKEN", "faults": ["its lane ended early"]} for gate in gates]


def one_by_one(options: argparse.Namespace, gates: Sequence[str], size: str) -> list[Result]:
    results = []
    with ground(options.application, options.sabotage, options.keep) as house:
        import django

        django.setup()
        for name in gates:
            results.append(result := attempt(name, house, size))
            print(line(result), flush=True)
    return results


def attempt(name: str, house: Ground, size: str) -> Result:
    """Run one gate in a fresh database."""
    gate = importlib.import_module(f"accept.{name}")
    report, start, verdict = Report(), time.monotonic(), "passed"
    try:
        house.fresh()
        gate.run(house, report, **gate.SIZES[size])
        verdict = "FAILED" if report.faults else "passed"
    except Missing as missing:
        verdict = "MISSING"
        report.faults.append(str(missing))
    except Exception:  # a gate that breaks has not shown what it should
        verdict = "BROKEN"
        report.faults.append(traceback.format_exc(limit=-6))
    return {
        "gate": name,
        "verdict": verdict,
        "seconds": round(time.monotonic() - start, 1),
        "shows": (gate.__doc__ or "").split("\n")[0],
        "seed": house.seed,
        "figures": report.figures,
        "faults": report.faults,
    }


def line(result: Result) -> str:
    figures = ", ".join(f"{name} {value}" for name, value in result["figures"].items())
    told = "".join(f"\n        {fault}" for fault in result["faults"])
    return f"{result['verdict']:<8}{result['gate']:<10}{result['seconds']:6.1f} s  {figures}{told}"


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py accept", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller figures, at most five minutes")
    parser.add_argument("--only", nargs="+", choices=GATES, metavar="NAME", help=", ".join(GATES))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    parser.add_argument("--lane", action="store_true", help=argparse.SUPPRESS)  # one of several, see `everything`
    # For tests/accept, which break what a gate guards and see it fail:
    parser.add_argument("--size", choices=["full", "quick", "tiny"], help=argparse.SUPPRESS)
    parser.add_argument("--application", default="backend.wsgi:application", help=argparse.SUPPRESS)
    parser.add_argument("--sabotage", default="", metavar="SQL", help=argparse.SUPPRESS)
    parser.add_argument("--keep", type=Path, metavar="DIR", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
