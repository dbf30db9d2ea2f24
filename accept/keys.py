"""Fifty Idempotency-Keys, each sent eight times at once: fifty rows, and the same answer for everybody."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from accept import contract
from accept.client import Answer
from accept.harness import Ground
from accept.people import make_cast
from accept.report import Missing, Report

AT_ONCE = 8
SIZES = {"full": {"keys": 50}, "quick": {"keys": 20}, "tiny": {"keys": 4}}


def run(ground: Ground, report: Report, keys: int) -> None:
    cast = make_cast()
    with ground.serve() as server:
        if not contract.takes_keys(contract.described(server)):
            raise Missing("No operation takes an Idempotency-Key.")
        clients = [cast.client(server, "annotator") for _ in range(AT_ONCE)]
        barrier = threading.Barrier(AT_ONCE)
        statuses: Counter[int] = Counter()
        wrong = []
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for number in range(keys):
                body: dict[str, Any] = {
                    "article": str(cast.article.pk),
                    "content": {"exact": "We keep our word"},
                    "note": f"key {number}",
                }

                def send(which: int, number: int = number, body: dict[str, Any] = body) -> Answer:
                    barrier.wait(30)
                    return clients[which].post("/quotes/", body, Idempotency_Key=f"key-{number}")

                answers = list(pool.map(send, range(AT_ONCE)))
                statuses.update(answer.status for answer in answers)
                wrong += [f"key {number}: {fault}" for fault in disagreements(answers)]
                other = clients[0].post("/quotes/", body | {"note": "another"}, Idempotency_Key=f"key-{number}")
                if (other.status, other.code) != (422, "key-reused"):
                    wrong.append(f"key {number}, another body: {other.status} {other.code}")
    report.note("answers", dict(statuses))
    report.equal("rows", ground.sql("SELECT count(*) FROM annotations_quote")[0][0], keys)
    report.none("disagreements", wrong)


def disagreements(answers: list[Answer]) -> list[str]:
    taken = [answer for answer in answers if answer.status == 201]
    told = {(answer.body, answer.headers["ETag"], answer.headers["Location"]) for answer in taken}
    found = [f"{len(told)} different answers of 201"] if len(told) != 1 else []
    replayed = sum(answer.headers.get("Idempotent-Replayed") == "true" for answer in taken)
    if replayed != len(taken) - 1:
        found.append(f"{replayed} of {len(taken)} answers say that they are replayed")
    odd = [answer for answer in answers if answer.status != 201 and answer.code != "key-in-flight"]
    return found + [f"{answer.status} {answer.body[:200]!r}" for answer in odd]
