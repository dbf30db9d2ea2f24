"""Ten thousand mixed requests, a fifth of them writes, a sixth invalid: no 5xx, and no memory that only grows."""

from __future__ import annotations

import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable

import psutil

from accept.client import Answer, Client
from accept.harness import Ground, Server
from accept.people import Cast, make_cast
from accept.report import Report
from tests.estate import ABSENT

CLIENTS = 6
SENTENCES = 200
NEWS = " ".join(f"On day {n:03} the minister said that the talks would go on." for n in range(SENTENCES))
SAMPLES = 40  # of memory, over a run
SIZES = {  # growth: per cent over the last half; what is short is still warming up
    "full": {"rounds": 3, "requests": 10_000, "most": 3.0},
    "quick": {"rounds": 1, "requests": 3_000, "most": 6.0},
    "tiny": {"rounds": 1, "requests": 400, "most": 15.0},
}
INVALID = (
    ("POST", "/quotes/", b'{"article": 7}'),
    ("POST", "/quotes/", b'{"content": {"exact": "nowhere in it"}}'),
    ("POST", "/speakers/", b"[" * 5000),
    ("POST", "/speakers/", b'{"name": "a\\u0000"}'),
    ("GET", "/quotes/?cursor=forged", None),
    ("GET", "/quotes/?nothing=1", None),
    ("GET", f"/quotes/{ABSENT}/", None),
    ("PATCH", f"/quotes/{ABSENT}/", b"{}"),
)


def run(ground: Ground, report: Report, rounds: int, requests: int, most: float) -> None:
    """Memory is the median of the rounds; each has servers of its own."""
    cast = make_cast(body=NEWS)
    growths, rates, statuses = [], [], Counter[str]()
    for _ in range(rounds):
        with ground.serve() as server:
            start = time.monotonic()
            samples = soak(ground, server, cast, requests, statuses)
            rates.append(requests / (time.monotonic() - start))
        growths.append(growth(samples))
        report.note("MB", [round(samples[at] / 1e6, 1) for at in (0, len(samples) // 2, -1)])
    served = sum(statuses.values())
    report.at_least("requests", served, requests * rounds)
    report.note("a second", round(statistics.median(rates)))
    report.note("writes %", round(100 * statuses["write"] / served))
    report.note("invalid %", round(100 * statuses["invalid"] / served))
    report.none("5xx", [f"{n} x {kind}" for kind, n in statuses.items() if kind.startswith("5")])
    report.none("wrong", [f"{n} x {kind}" for kind, n in statuses.items() if kind.startswith("wrong")])
    report.note("growth of each round %", [round(one, 1) for one in growths])
    report.at_most("growth of the last half %", round(statistics.median(growths), 1), most)


def growth(samples: list[int]) -> float:
    """Per cent, from the middle of a run to its end; each the median of a few samples, which jump."""
    few = max(1, len(samples) // 8)
    half = len(samples) // 2
    return 100 * (statistics.median(samples[-few:]) / statistics.median(samples[half : half + few]) - 1)


def soak(ground: Ground, server: Server, cast: Cast, requests: int, statuses: Counter[str]) -> list[int]:
    """Memory as it went."""
    lock, left, samples = threading.Lock(), [requests], list[int]()
    every = requests // SAMPLES

    def take() -> bool:
        """Whoever makes a request that is counted measures first, and the others wait: no sample comes late."""
        with lock:
            left[0] -= 1
            if left[0] >= 0 and left[0] % every == 0:
                samples.append(memory(server))
            return left[0] >= 0

    threads = [
        threading.Thread(target=visit, args=(cast, server, random.Random(ground.seed + n), take, statuses))
        for n in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return samples


def memory(server: Server) -> int:
    """Bytes of the workers, what they share divided among them (PSS)."""
    return sum(worker.memory_full_info().pss for worker in workers(server))


def workers(server: Server) -> list[psutil.Process]:
    return [*server.workers(), psutil.Process(server.process.pid)]


def visit(cast: Cast, server: Server, chance: random.Random, take: Callable[[], bool], statuses: Counter[str]) -> None:
    """One client: reads, some writes, some nonsense."""
    client, mine = cast.client(server, "annotator"), [""]
    while take():
        draw = chance.random()
        if draw < 0.15:
            kind, answer = "invalid", invalid(client, chance)
        elif draw < 0.35:
            kind, answer = "write", write(client, cast, chance, mine)
        else:
            kind, answer = "read", read(client, cast, chance, mine)
        statuses[kind] += 1
        if answer.status >= 500:
            statuses[str(answer.status)] += 1
        elif (answer.status >= 400) != (kind == "invalid"):
            statuses[f"wrong: {kind} answered {answer.status} {answer.code}"] += 1


def invalid(client: Client, chance: random.Random) -> Answer:
    method, path, raw = chance.choice(INVALID)
    return client.send(method, path, raw, {"If-Match": "*"})


def write(client: Client, cast: Cast, chance: random.Random, mine: list[str]) -> Answer:
    if mine[0] and chance.random() < 0.5:
        return client.patch(f"/quotes/{mine[0]}/", {"note": f"{chance.random()}"}, if_match="*")
    article = str(cast.article.pk)
    if chance.random() < 0.3:
        quotes = [{"content": words(chance), "note": str(chance.random())} for _ in range(5)]
        return client.post(f"/articles/{article}/annotations/", {"quotes": quotes})
    answer = client.post("/quotes/", {"article": article, "content": words(chance)})
    mine[0] = answer.json().get("id", "")
    return answer


def words(chance: random.Random) -> dict[str, str]:
    """A place somewhere in the news: nobody quotes one place a thousand times, where a call would compare them all."""
    return {"exact": f"On day {chance.randrange(SENTENCES):03} the minister said"}


def read(client: Client, cast: Cast, chance: random.Random, mine: list[str]) -> Answer:
    article = cast.article.pk
    paths = [f"/articles/{article}/", "/quotes/?page_size=20", f"/quotes/?article={article}&page_size=10&count=true"]
    paths += ["/me/", f"/annotation-sets/?article={article}", "/speakers/?page_size=10"]
    return client.get(f"/quotes/{mine[0]}/" if mine[0] and chance.random() < 0.3 else chance.choice(paths))
