"""What a workload costs: CPU of server and database, peak memory, statements. Read from outside, by process."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from accept.harness import Ground, Server

# A statement as the server's log tells it, but for those that only frame others.
STATEMENT = re.compile(
    rb"LOG:  (?:statement|execute [^:]*): (?!BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SELECT 1\s*$)", re.MULTILINE
)


def tree(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    return []


def cpu_of(processes: Iterable[psutil.Process]) -> float:
    """Seconds of all of them, and of children that have ended."""
    total = 0.0
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def forget_peak(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(OSError):  # Linux only; elsewhere the peak is the process's whole life's
            Path(f"/proc/{process.pid}/clear_refs").write_text("5")


def peak_of(processes: Iterable[psutil.Process]) -> float:
    """MiB that the largest of them has held at most."""
    found = [0.0]
    for process in processes:
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{process.pid}/status").read_text()
            found += [int(size) / 1024 for size in re.findall(r"VmHWM:\s+(\d+) kB", status)]
    return round(max(found), 1)


@dataclass
class Gauges:
    ground: Ground
    server: Server

    def database(self) -> list[psutil.Process]:
        return tree(self.ground.cluster.postmaster() or 0)

    def cpu(self, *, web: bool) -> float:
        return cpu_of(self.database()) + (cpu_of(tree(self.server.process.pid)) if web else 0)

    def forget_peak(self) -> None:
        """From here on, `peak` tells of what comes."""
        forget_peak(self.server.workers())

    def peak(self) -> float:
        """MiB that the largest web worker has held at most."""
        return peak_of(self.server.workers())

    @contextlib.contextmanager
    def counted(self, found: list[int]) -> Iterator[None]:
        """Appends the number of statements that the database was sent in between."""
        log = self.ground.cluster.files / "server.log"
        self.logging("all")
        start = log.stat().st_size
        try:
            yield
            time.sleep(0.2)
            found.append(len(STATEMENT.findall(log.read_bytes()[start:])))
        finally:
            self.logging("none")

    def logging(self, what: str) -> None:
        self.ground.cluster.psql("postgres", "postgres", f"ALTER SYSTEM SET log_statement = '{what}'")
        self.ground.cluster.psql("postgres", "postgres", "SELECT pg_reload_conf()")
        time.sleep(0.3)  # processes take it up on their next turn
