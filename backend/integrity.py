"""What must be true of the stored rows, asked of all of them at once: the second look behind the constraints.

Plumbing only. Each app states its own invariants in its AppConfig, as it does with `refusals`: `invariants` (name ->
Invariant), and `recorded` (type -> SQL for the rows whose every change leaves an event). Both are set-wise SQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, transaction

RECORDED = "{recorded}"
SHOWN = 10  # ids in a report


@dataclass(frozen=True)
class Invariant:
    """A sentence that is true of every row, and the query that gives the ids of those of which it is not.

    In the SQL, `{recorded}` is a table of all recorded objects: type, id, version, project_id, created_by_id.
    """

    sentence: str
    sql: str


@dataclass(frozen=True)
class Finding:
    """How many rows break an invariant, and the first of their ids."""

    name: str
    sentence: str
    count: int
    ids: list[str]


def invariants() -> dict[str, Invariant]:
    """Every app's invariants."""
    found: dict[str, Invariant] = {}
    for config in apps.get_app_configs():
        found |= getattr(config, "invariants", {})
    return found


def recorded() -> str:
    """All recorded objects of all apps, as a subquery."""
    selects = [
        f"SELECT '{type}', * FROM ({sql}) {type}"
        for config in apps.get_app_configs()
        for type, sql in getattr(config, "recorded", {}).items()
    ]
    columns = "type, id, version, project_id, created_by_id"
    return f"(SELECT * FROM ({' UNION ALL '.join(selects)}) every ({columns}))"


def check() -> Iterator[Finding]:
    """Asks every invariant. Each is one statement, which sees one committed state: writers need not wait."""
    every = recorded()
    for name, invariant in invariants().items():
        yield ask(name, invariant, every)


FOUND = f"""
    SELECT count(*), (array_agg(w.id ORDER BY w.id))[:{SHOWN}]
    FROM (SELECT DISTINCT w.id::text FROM ({{query}}) w (id)) w
"""


def ask(name: str, invariant: Invariant, every: str) -> Finding:
    query = invariant.sql.replace(RECORDED, every)
    with transaction.atomic(), connection.cursor() as cursor:
        # Whole tables are read: not the time of a request, nor its share of memory, nor along an index.
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
        cursor.execute("SET LOCAL enable_seqscan = on")
        cursor.execute(FOUND.format(query=query))
        count, ids = cursor.fetchone() or (0, None)
    return Finding(name, invariant.sentence, count, ids or [])
