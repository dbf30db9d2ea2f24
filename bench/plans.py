"""How PostgreSQL goes about a request: which tables it reads from end to end, row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

# These may grow without end; all others stay small.
PLACE = re.compile("%[%s]")
GROWING = ("annotations_", "articles_", "projects_event")


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


def scanned(plan: dict[str, Any]) -> Iterator[str]:
    table = plan.get("Relation Name", "")
    whole = plan["Node Type"] == "Seq Scan"
    if whole and table.startswith(GROWING):
        yield table
    for inner in plan.get("Plans", ()):
        yield from scanned(inner)
