"""How PostgreSQL goes about a request: which tables it reads from end to end, row by row.

W9 asks it of every list, by each of its filters and in each of its orders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.measure import Goal, Result, Side
from bench.run import Run

PLACE = re.compile("%[%s]")
FEW = 1_000  # rows
LARGE = 100_000  # annotations; of a small table the planner rightly reads all
# These may grow without end; all others stay small.
GROWING = ("annotations_", "articles_", "projects_event")
# Every list that grows, as it is asked for; `{}` stand for ids of what is there.
LISTS = {
    "quotes": [
        "",
        "&annotator=annotator+C",
        "&annotator=of+no+set",
        "&tag=check",
        "&review_status=approved",
        "&type=mixed",
        "&q=zirconium",
        "&article={article}",
        "&article={article}&overlaps=10-900",
        "&speaker={speaker}",
        "&ordering=-updated_at",
        "&article={article}&ordering=start",
        "&external_id=a",
        "&set={set}",
        "&mention={mention}",
        "&parent={quote}",
        "&created_after=2020-01-01T00:00:00Z",
    ],
    "mentions": [
        "",
        "&annotator=annotator+C",
        "&annotator=of+no+set",
        "&tag=check",
        "&review_status=approved",
        "&kind=named",
        "&q=official",
        "&article={article}",
        "&article={article}&within=10-900",
        "&speaker={speaker}",
        "&set={set}",
    ],
    "claim-occurrences": ["", "&q=zirconium", "&article={article}", "&claim={speaker}", "&quote={quote}"],
    "articles": [
        "",
        "&language=de",
        "&q=zirconium",
        "&external_id=one",
        "&publisher={publisher}",
        "&published_after=2020-01-01",
        "&ordering=-published_on",
        "&ordering=updated_at",
    ],
    "annotation-sets": ["", "&article={article}", "&annotator=annotator+C", "&kind=imported", "&status=open"],
    "speakers": ["", "&q=number", "&name=Speaker", "&alias=a", "&wikidata_qid=Q7", "&article={article}"],
    "claims": ["", "&q=zirconium"],
    "evidence": ["", "&claim={speaker}", "&article={article}"],
    "claim-relations": ["", "&claim={speaker}"],
    "claim-reviews": ["", "&claim={speaker}"],
}


def every_list(run: Run) -> Iterator[Result]:
    """W9: no list, by none of its filters, reads a table that grows from end to end. Of a small one the planner may."""
    side, found, asked = Side("plans"), {}, list(addresses(run.client, run.scene.project))
    choose_freely()
    few = small()
    for path in asked:
        for who in ("manager", "annotator"):
            if whole := set(read_whole(path, run.scene.cast.tokens[who])) - few:
                found[f"{path} as {who}"] = sorted(whole)
    side.more |= {"lists": len(asked), "tables_read_whole": len(found), "which": found}
    goals = [Goal("tables_read_whole", 0, least=False)] if run.scene.size >= LARGE else []
    yield Result("W9", f"plans of {len(asked)} lists", "lists", side, goals=goals, note=", ".join(found))


def addresses(client: Any, project: Any) -> Iterator[str]:
    """The lists of a project, by each of their filters. `client` sees what it holds."""

    def first(kind: str) -> str:
        (row,) = client.get(f"/api/v1/{kind}/?project={project}&page_size=1").json()["results"]
        return str(row["id"])

    known = {name: first(f"{name}s") for name in ("article", "speaker", "quote", "mention", "publisher")}
    known["set"] = first("annotation-sets")
    for kind, all_of_it in LISTS.items():
        for narrowed in all_of_it:
            yield f"/api/v1/{kind}/?project={project}{narrowed.format(**known)}"


def choose_freely() -> None:
    """Tables may be read whole from here on, which the application's connections avoid where they can: so it shows what
    has no index."""
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = on")


def read_whole(path: str, token: str) -> list[str]:
    """The growing tables of which a GET reads every row, or every entry of an index. Runs in this process."""
    client = Client(SERVER_NAME="localhost", headers={"Authorization": f"Bearer {token}"})
    client.get(path)  # the first time, the caller is looked up
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    assert answer.status_code == 200, answer.content[:500]
    selects = [query["sql"] for query in queries if query["sql"].startswith(("SELECT", "WITH"))]
    assert selects, "a request that asks nothing has no plan"
    return sorted({table for select in selects for table in scanned(plan_of(select))})


def plan_of(select: str) -> dict[str, Any]:
    """The plan for whatever values a prepared statement is given (PostgreSQL 16 and later tell it)."""
    numbers = count(1)
    select = PLACE.sub(lambda place: "%" if place.group() == "%%" else f"${next(numbers)}", select)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {select}")
        found: dict[str, Any] = cursor.fetchone()[0][0]["Plan"]
        return found


def small() -> set[str]:
    """The tables of few rows, which the planner rightly reads."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname::text FROM pg_class WHERE relkind = 'r' AND reltuples < %s", [FEW])
        return {name for (name,) in cursor.fetchall()}


def scanned(plan: dict[str, Any]) -> Iterator[str]:
    table = plan.get("Relation Name", "")
    whole = plan["Node Type"] == "Seq Scan"
    if whole and table.startswith(GROWING):
        yield table
    for inner in plan.get("Plans", ()):
        yield from scanned(inner)
