"""Eight editors with one ETag: one of them writes, seven are told 412, round after round."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from accept.client import Answer
from accept.harness import Ground
from accept.people import make_cast
from accept.report import Report

EDITORS = 8
SIZES = {"full": {"rounds": 100}, "quick": {"rounds": 30}, "tiny": {"rounds": 8}}


def run(ground: Ground, report: Report, rounds: int) -> None:
    cast = make_cast()
    with ground.serve() as server:
        clients = [cast.client(server, "annotator") for _ in range(EDITORS)]
        made = clients[0].post("/quotes/", {"article": str(cast.article.pk), "content": {"exact": "We keep our word"}})
        path, first = f"/quotes/{made.json()['id']}/", made.json()["version"]
        statuses: Counter[int] = Counter()
        wrong = []
        barrier = threading.Barrier(EDITORS)
        with ThreadPoolExecutor(EDITORS) as pool:
            for number in range(rounds):
                tag = clients[0].get(path).etag

                def edit(editor: int, number: int = number, tag: str = tag) -> Answer:
                    barrier.wait(30)
                    return clients[editor].patch(path, {"note": f"{number} by {editor}"}, if_match=tag)

                answers = list(pool.map(edit, range(EDITORS)))
                statuses.update(answer.status for answer in answers)
                winners = [editor for editor, answer in enumerate(answers) if answer.status == 200]
                stored = clients[0].get(path)
                if [stored.json()["note"]] != [f"{number} by {editor}" for editor in winners]:
                    wrong.append(f"round {number}: {stored.json()['note']!r} is stored, {winners} were told 200")
                elif stored.etag != answers[winners[0]].etag:
                    wrong.append(f"round {number}: the winner was given another ETag than readers")
        report.equal("200", statuses[200], rounds)
        report.equal("412", statuses[412], rounds * (EDITORS - 1))
        report.equal("version grown by", clients[0].get(path).json()["version"] - first, rounds)
        report.none("rounds not the winner's", wrong)
