"""Eight writers blocked on one row: everybody else still reads, at once. And exports whose readers have hung up."""

from __future__ import annotations

import statistics
import threading
import time
from collections import Counter
from itertools import cycle

from accept.client import Client, Lost
from accept.hangups import hang_ups
from accept.harness import Ground, Server
from accept.people import Cast, make_cast
from accept.report import Report

WRITERS = 8
READERS = 8  # connections, in turn: each may be with the worker of the server whose threads all wait, or with another
MOST = 0.5  # seconds
SIZES = {
    "full": {"rounds": 3, "seconds": 4.0},
    "quick": {"rounds": 3, "seconds": 2.0},
    "tiny": {"rounds": 1, "seconds": 1.5},
}


def run(ground: Ground, report: Report, rounds: int, seconds: float) -> None:
    """The median of some rounds counts: one hiccup of a busy machine is not what this is about."""
    cast = make_cast()
    slowest, statuses = [], Counter[int]()
    with ground.serve() as server:
        quote = cast.client(server, "annotator").post(
            "/quotes/", {"article": str(cast.article.pk), "content": {"exact": "We keep our word"}}
        )
        for _ in range(rounds):
            slowest.append(blocked(ground, server, cast, quote.json()["id"], seconds, statuses))
        hang_ups(ground, server, cast, report)
    report.note("slowest GET of each round s", [round(one, 2) for one in slowest])
    report.at_most("slowest GET s", round(statistics.median(slowest), 2), MOST)
    report.note("writers were told", dict(statuses))
    odd = [f"{n} x {status}" for status, n in statuses.items() if status not in (200, 503)]
    report.none("writers neither 200 nor 503", odd)
    report.at_least("blocked writes", statuses[503], 1)


def blocked(ground: Ground, server: Server, cast: Cast, quote: str, seconds: float, statuses: Counter[int]) -> float:
    """The slowest GET while the quote's row is locked by somebody else and eight want to write it."""
    stopping = threading.Event()
    writers = [
        threading.Thread(target=insist, args=(cast.client(server, "annotator"), quote, stopping, statuses))
        for _ in range(WRITERS)
    ]
    readers, slowest = [cast.client(server, "viewer") for _ in range(READERS)], 0.0
    for reader in readers:
        reader.get(f"/articles/{cast.article.pk}/")
    with ground.connect() as holder, holder.transaction():
        holder.execute("SELECT FROM annotations_quote WHERE id = %s FOR UPDATE", [quote])
        for writer in writers:
            writer.start()
        deadline = time.monotonic() + seconds
        for reader in cycle(readers):
            if time.monotonic() > deadline:
                break
            start = time.monotonic()
            assert reader.get(f"/articles/{cast.article.pk}/").status == 200
            slowest = max(slowest, time.monotonic() - start)
            time.sleep(0.01)
        stopping.set()
    for writer in writers:
        writer.join()
    return slowest


def insist(client: Client, quote: str, stopping: threading.Event, statuses: Counter[int]) -> None:
    while not stopping.is_set():
        try:
            statuses[client.patch(f"/quotes/{quote}/", {"note": "mine"}, if_match="*").status] += 1
        except Lost:
            statuses[0] += 1
