"""Six writers at once: who reads the change feed misses nothing, and who walks pages meanwhile meets each row once."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from accept import contract
from accept.client import Client, below
from accept.harness import Ground, Server
from accept.people import Cast, make_cast
from accept.report import Missing, Report

WRITERS, BATCH, SHARED = 6, 20, 5
READERS = ("manager", "curator")  # who both see everything
SIZES = {
    "full": {"changes": 2000, "seconds": 5, "walks": 50, "stable": 300},
    "quick": {"changes": 500, "seconds": 3, "walks": 15, "stable": 200},
    "tiny": {"changes": 40, "seconds": 1, "walks": 3, "stable": 60},
}
Change = tuple[str, int]  # id and version of an object


def run(ground: Ground, report: Report, changes: int, seconds: float, walks: int, stable: int) -> None:
    cast = make_cast()
    with ground.serve() as server:
        walk_pages(cast, server, report, walks, stable)
        if not contract.has_feed(contract.described(server)):
            raise Missing("There is no GET /api/v1/changes/.")
        read_feed(ground, cast, server, report, changes, seconds)


# Pages


def walk_pages(cast: Cast, server: Server, report: Report, walks: int, stable: int) -> None:
    client = cast.client(server, "annotator")
    kept = {made[0] for made in itertools.chain(*(bulk(client, cast, f"stable {n}") for n in range(stable // BATCH)))}
    stopping = threading.Event()
    churn = threading.Thread(target=come_and_go, args=(cast.client(server, "curator"), cast, stopping))
    churn.start()
    wrong = []
    try:
        for number in range(walks):
            rows = client.pages(f"/quotes/?article={cast.article.pk}&page_size={37 + number}")
            seen = Counter(row["id"] for row in rows)
            wrong += [f"walk {number}: {seen[row]} times {row}" for row in kept if seen[row] != 1]
    finally:
        stopping.set()
        churn.join()
    report.note("walks", walks)
    report.note("stable rows", len(kept))
    report.none("rows not met exactly once", wrong)


def come_and_go(client: Client, cast: Cast, stopping: threading.Event) -> None:
    """Rows before, between and behind the stable ones: made, and most of them deleted again."""
    while not stopping.is_set():
        for at, (made, _) in enumerate(bulk(client, cast, "passing")):
            if at % 4:
                client.delete(f"/quotes/{made}/", if_match="*")


def bulk(client: Client, cast: Cast, note: str) -> list[Change]:
    """A batch of quotes, no two the same: what is there already would be used again."""
    quotes = [{"content": {"exact": "We keep our word"}, "note": f"{note} {next(NUMBERS)}"} for _ in range(BATCH)]
    answer = client.post(f"/articles/{cast.article.pk}/annotations/", {"quotes": quotes})
    assert answer.status == 200, answer.body
    return [(one["id"], 1) for one in answer.json()["objects"] if one["type"] == "quotes"]


NUMBERS = itertools.count()


# The feed


def read_feed(ground: Ground, cast: Cast, server: Server, report: Report, changes: int, seconds: float) -> None:
    for number in range(WRITERS):
        cast.join(f"writer{number}", "curator")
    shared = [made for made, _ in bulk(cast.client(server, "annotator"), cast, "shared")][:SHARED]
    stopping = threading.Event()
    done: list[list[Change]] = [[] for _ in range(WRITERS)]
    writers = [
        threading.Thread(target=change, args=(cast.client(server, f"writer{n}"), cast, shared, stopping, done[n]))
        for n in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    feeds, start = [Feed(cast.client(server, who), cast) for who in READERS], time.monotonic()
    other = threading.Thread(target=follow, args=(feeds[1], stopping))
    other.start()
    while time.monotonic() - start < seconds or (
        sum(map(len, done)) < changes and time.monotonic() - start < 12 * seconds
    ):
        feeds[0].read()
    stopping.set()
    for thread in (*writers, other):
        thread.join()
    wanted = set(itertools.chain(*done))
    known = set(
        ground.sql("SELECT object_id::text, version FROM projects_event WHERE project_id = %s", cast.project.pk)
    )
    for feed in feeds:
        feed.catch_up()
    report.at_least("changes", len(wanted), changes)
    report.none("missed", [told for feed in feeds for told in feed.missed(wanted)])
    report.none("events missed", [told for feed in feeds for told in feed.missed(known)])
    report.none("versions that do not ascend", [told for feed in feeds for told in feed.disorder])
    report.none("refused", [told for feed in feeds for told in feed.refused])
    report.equal("readers agree", feeds[0].seen == feeds[1].seen, True)


def follow(feed: Feed, stopping: threading.Event) -> None:
    """Another reader at the same time: both put in order what waits."""
    while not stopping.is_set():
        feed.read()


def change(client: Client, cast: Cast, shared: list[str], stopping: threading.Event, done: list[Change]) -> None:
    """Batches of its own, and between them changes of rows that all the others change as well."""
    while not stopping.is_set():
        done += bulk(client, cast, "fed")
        for row in shared:
            answer = client.patch(f"/quotes/{row}/", {"note": f"{next(NUMBERS)}"}, if_match="*")
            with suppress(KeyError):  # a lock that took too long is a 503, and no change
                done.append((row, answer.json()["version"]))


class Feed:
    """A reader that keeps the cursor."""

    def __init__(self, client: Client, cast: Cast) -> None:
        self.client = client
        self.first = self.next = f"/changes/?project={cast.project.pk}"
        self.seen: list[Change] = []
        self.last: dict[str, int] = {}
        self.disorder: list[str] = []
        self.refused: list[str] = []

    def read(self) -> int:
        answer = self.client.get(self.next)
        if answer.status != 200:  # 503 while the other reader holds the order: to be tried again
            self.refused += [f"{answer.status} {answer.code}"] if answer.status != 503 else []
            return 0
        page = answer.json()
        self.next = self.after(page["next"])
        for one in page["results"]:
            self.take(one)
        return len(page["results"])

    def after(self, given: str) -> str:
        """`next` as an address, or as the cursor of one."""
        return below(given) if "/changes/" in given else f"{self.first}&cursor={quote(given)}"

    def take(self, one: dict[str, Any]) -> None:
        row, version = one["id"], one["version"]
        if version <= self.last.get(row, 0):
            self.disorder.append(f"{row}: {version} after {self.last[row]}")
        self.last[row] = version
        self.seen.append((row, version))

    def missed(self, wanted: set[Change]) -> list[str]:
        return [f"{row} version {version}" for row, version in sorted(wanted - set(self.seen))]

    def catch_up(self) -> None:
        """To the end: twice nothing, since a sequencer may be a moment behind."""
        quiet, deadline = 0, time.monotonic() + 30
        while quiet < 2 and time.monotonic() < deadline:
            quiet = 0 if self.read() else quiet + 1
            time.sleep(0.2 if quiet else 0)
