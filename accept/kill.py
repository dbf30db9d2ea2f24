"""Killed workers, servers, databases, backends under six writers: what was acknowledged is there, once, and whole."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from accept import contract, integrity
from accept.client import Client, Lost
from accept.harness import Ground, Server, wait_for
from accept.people import Cast, make_cast
from accept.report import Report
from backend import postgres

SINGLE, BULK, BATCH = 4, 2, 20  # writers of one quote, writers of batches, quotes in a batch
SIZES = {
    "full": {"faults": 20, "writes": 1000},
    "quick": {"faults": 8, "writes": 300},
    "tiny": {"faults": 2, "writes": 60},
}


class Writers:
    """Six threads that write until told to stop, each write under a name that its rows carry in `note`.

    A write that was lost or answered 503 is sent again as it was. What was acknowledged is in the journal, synced to
    disk before it counts. Without Idempotency-Key, `external_id` keeps a second try from storing a second row.
    """

    def __init__(self, cast: Cast, server: Server, journal: Path, keys: bool) -> None:
        self.cast, self.journal, self.keys = cast, journal.open("a"), keys
        self.acknowledged: list[str] = []
        self.sent: set[str] = set()
        self.wrong: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        kinds = ["single"] * SINGLE + ["bulk"] * BULK
        self.threads = [
            threading.Thread(target=self.write, args=(f"{kind}{n}", cast.client(server, f"writer{n}", timeout=8)))
            for n, kind in enumerate(kinds)
        ]

    def write(self, name: str, client: Client) -> None:
        number = 0
        while not self.stopping.is_set():
            number += 1
            key = f"{name}-{number}"
            self.sent.add(key)
            path, body = self.bulk(key) if name.startswith("bulk") else self.single(key)
            headers = {"Idempotency-Key": key} if self.keys else {}
            self.insist(key, partial(client.post, path, body, **headers))

    def single(self, key: str) -> tuple[str, Any]:
        return "/quotes/", {"article": str(self.cast.article.pk), **self.quote(key)}

    def bulk(self, key: str) -> tuple[str, Any]:
        quotes = [self.quote(key, f"-{n}") for n in range(BATCH)]
        return f"/articles/{self.cast.article.pk}/annotations/", {"quotes": quotes}

    def quote(self, key: str, item: str = "") -> dict[str, Any]:
        known = {} if self.keys and not item else {"external_id": key + item}
        return {"content": {"exact": "We keep our word"}, "note": key, **known}

    def insist(self, key: str, send: Callable[[], Any]) -> None:
        """Send until it is acknowledged; give up a minute after the end."""
        deadline = None
        while True:
            with contextlib.suppress(Lost):
                answer = send()
                self.statuses[answer.status] += 1
                again = answer.status == 503 or answer.code == "key-in-flight"
                if answer.status in (200, 201) or answer.code == "already-exists":
                    return self.acknowledge(key)
                if not again:
                    self.wrong.append(f"{key}: {answer.status} {answer.body[:200]!r}")
                    return None
            if self.stopping.is_set():
                deadline = deadline or time.monotonic() + 60
                if time.monotonic() > deadline:
                    return None
            time.sleep(0.05)

    def acknowledge(self, key: str) -> None:
        with self.lock:
            self.journal.write(json.dumps(key) + "\n")
            self.journal.flush()
            os.fsync(self.journal.fileno())
            self.acknowledged.append(key)

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def run(ground: Ground, report: Report, faults: int, writes: int) -> None:
    cast = make_cast()
    for number in range(SINGLE + BULK):
        cast.join(f"writer{number}", "annotator")
    chance = random.Random(ground.seed)
    journal = ground.directory / "acknowledged.jsonl"
    journal.unlink(missing_ok=True)
    with ground.serve() as server:
        keys = contract.takes_keys(contract.described(server))
        writers = Writers(cast, server, journal, keys)
        writers.start()
        try:
            recoveries = [break_one(ground, server, writers, n, chance) for n in range(faults)]
            wait_for(lambda: len(writers.acknowledged) >= writes, 120)
        finally:
            writers.stop()
    report.note("Idempotency-Key", keys)
    report.note("faults", faults)
    report.at_least("acknowledged", len(writers.acknowledged), writes)
    compare(ground, report, [json.loads(line) for line in journal.open()], writers)
    report.none("answers neither 2xx nor 503", writers.wrong)
    report.at_most("slowest recovery s", round(max(recoveries), 1), 10)
    report.none("integrity", integrity.faults(ground))


def break_one(ground: Ground, server: Server, writers: Writers, number: int, chance: random.Random) -> float:
    """One fault, a moment after the last; gives the seconds until writes are acknowledged again."""
    time.sleep(chance.uniform(0.4, 1.2))
    kind = (kill_worker, kill_postgres, kill_server, terminate_backends)[number % 4]
    start = time.monotonic()
    kind(ground, server, chance)
    before = len(writers.acknowledged)  # those on their way count as well: four of them do not fit into one moment
    wait_for(lambda: len(writers.acknowledged) >= before + 4, 30)
    return time.monotonic() - start


def kill_worker(ground: Ground, server: Server, chance: random.Random) -> None:
    with contextlib.suppress(IndexError, psutil.NoSuchProcess):
        chance.choice(server.workers()).kill()


def kill_server(ground: Ground, server: Server, chance: random.Random) -> None:
    server.kill()
    server.start()


def kill_postgres(ground: Ground, server: Server, chance: random.Random) -> None:
    pid = ground.cluster.postmaster()
    assert pid, "PostgreSQL runs"
    os.kill(pid, signal.SIGKILL)
    postgres.ensure(ground.directory)


def terminate_backends(ground: Ground, server: Server, chance: random.Random) -> None:
    ground.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND usename = current_user AND pid <> pg_backend_pid()"
    )


def compare(ground: Ground, report: Report, journal: list[str], writers: Writers) -> None:
    """The journal with what is stored."""
    stored = dict(ground.sql("SELECT note, count(*) FROM annotations_quote WHERE note <> '' GROUP BY note"))
    report.none("lost", [key for key in journal if key not in stored])
    single, bulk = ({k: n for k, n in stored.items() if k.startswith(kind)} for kind in ("single", "bulk"))
    report.none("doubled", [f"{key}: {count} rows" for key, count in single.items() if count > 1])
    report.none("half bulks", [f"{key}: {count} rows" for key, count in bulk.items() if count != BATCH])
    report.none("never sent", sorted(set(stored) - writers.sent))
