"""Workload and floor in turns, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bench.gauges import Gauges
from bench.load import Load, Ran, run

ROUNDS = 3


@dataclass
class Side:
    """One side of a measurement: the workload, or one of its floors."""

    name: str
    ran: Ran = field(default_factory=Ran)
    cpu: float = 0.0  # seconds of server, database and, for floors, of the program that asks
    units: float = 0.0  # what was done, in the workload's unit
    statements: float | None = None
    peak: float | None = None  # MiB
    more: dict[str, Any] = field(default_factory=dict)

    def add(self, ran: Ran) -> None:
        """One more turn. Error: RuntimeError where a call failed, for then nothing was measured."""
        if ran.failed:
            raise RuntimeError(f"{self.name}: {ran.failed[0]}")
        seconds = self.ran.seconds + ran.seconds
        self.ran.add(ran)
        self.ran.seconds = seconds

    @property
    def rate(self) -> float:
        return self.units / self.ran.seconds if self.ran.seconds else 0.0

    def quantile(self, part: float) -> float:
        """Milliseconds."""
        found = sorted(self.ran.latencies)
        return 1000 * found[min(len(found) - 1, int(part * len(found)))] if found else 0.0

    def figures(self) -> dict[str, Any]:
        calls = len(self.ran.latencies) or 1
        return {
            "name": self.name,
            "rate": round(self.rate, 1),
            "p50_ms": round(self.quantile(0.5), 3),
            "p95_ms": round(self.quantile(0.95), 3),
            "cpu_ms": round(1000 * self.cpu / calls, 3),
            "calls": calls,
            "units": self.units,
            "bytes": round(self.ran.sizes / calls),
            "statements": self.statements,
            "peak_mib": self.peak,
            **self.more,
        }


@dataclass
class Goal:
    """What a workload has to reach: `figure` of its result, at least or at most."""

    figure: str
    bound: float
    least: bool = True

    def reached(self, value: float | None) -> bool | None:
        if value is None:
            return None
        return value >= self.bound if self.least else value <= self.bound


@dataclass
class Result:
    """A workload beside its floors."""

    workload: str
    title: str
    unit: str
    side: Side
    floors: list[Side] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    note: str = ""

    def ratios(self) -> dict[str, float]:
        return {floor.name: round(self.side.rate / floor.rate, 3) for floor in self.floors if floor.rate}

    def cpu_ratios(self) -> dict[str, float]:
        """As `ratios`, in work instead of time: the machine's other load is not in it."""
        own = self.side.cpu / self.side.units if self.side.units else 0
        return {f.name: round(f.cpu / f.units / own, 3) for f in self.floors if own and f.units}

    def value(self, figure: str) -> float | None:
        found = {**self.side.figures(), **self.ratios()}.get(figure)
        return None if found is None else float(found)

    def told(self) -> dict[str, Any]:
        return {
            "workload": self.workload,
            "title": self.title,
            "unit": self.unit,
            "figures": self.side.figures(),
            "floors": [floor.figures() for floor in self.floors],
            "ratios": self.ratios(),
            "cpu_ratios": self.cpu_ratios(),
            "goals": [
                asdict(goal) | {"value": (value := self.value(goal.figure)), "reached": goal.reached(value)}
                for goal in self.goals
            ],
            "note": self.note,
        }


def take_turns(gauges: Gauges, sides: Sequence[tuple[Side, Load]], rounds: int = ROUNDS) -> None:
    """Each side's load in turns, so that whatever else the machine does disturbs all of them; a short one first."""
    for _, load in sides:
        run(load.turn(seconds=0.3))
    for _ in range(rounds):
        for side, load in sides:
            take_turn(gauges, side, load)


def take_turn(gauges: Gauges, side: Side, load: Load) -> None:
    web = load.kind == "http"
    cpu = gauges.cpu(web=web)
    ran = run(load.turn())
    side.cpu += gauges.cpu(web=web) - cpu + (0 if web else ran.cpu)
    side.add(ran)
    side.units = len(side.ran.latencies)


def count_statements(gauges: Gauges, side: Side, load: Load, calls: int = 4) -> None:
    """Statements of a call, counted over a few in the server's log."""
    found: list[int] = []
    with gauges.counted(found):
        ran = run(replace(load.turn(), tasks=load.tasks[:calls], clients=1, seconds=30, again=False))
    side.statements = round(found[0] / max(1, len(ran.latencies)), 1)
