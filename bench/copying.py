"""The floor of bulk writing: the rows that a call wrote, once more by COPY into a copy of the database."""

from __future__ import annotations

import time
from typing import Any, Self

import psycopg

from backend import postgres
from bench.ground import FLOOR, RULELESS
from bench.run import Run

# In an order in which keys hold; with the type that the events of a row name, or how else its rows are found.
TABLES = {
    "articles_publisher": "publisher",
    "articles_article": "article",
    "articles_revision": "revision",
    "annotations_annotationset": "annotation_set",
    "annotations_speaker": "speaker",
    "annotations_mention": "mention",
    "annotations_quote": "quote",
    "annotations_quotesource": "quote_id IN (SELECT object_id FROM new WHERE type = 'quote')",
    "annotations_claimoccurrence": "claim_occurrence",
}
EVENTS = "projects_event"
NOT_COPIED = {EVENTS: ("id", "seq"), "annotations_quotesource": ("id",)}
BLOCK = 1 << 20
COPY, RULES_OFF, BARE = FLOORS = ("COPY", "COPY without rules", "COPY into bare tables")

Tables = dict[str, tuple[str, bytes]]  # columns, and rows as COPY writes them


class Copies:
    """Connections to the database that was written to, and to its copies: with all rules; with the same tables and
    indexes, but triggers and foreign keys off; and to tables without any index as well."""

    def __init__(self, run: Run) -> None:
        self.source = psycopg.connect(run.conninfo(), autocommit=True)
        self.floor = psycopg.connect(run.conninfo(FLOOR))
        self.ruleless = psycopg.connect(run.conninfo(RULELESS, user=postgres.SUPERUSER))
        self.ruleless.execute("SET session_replication_role = replica")
        for table in TABLES:
            self.ruleless.execute(f"DROP TABLE IF EXISTS bare_{table}")
            self.ruleless.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING DEFAULTS INCLUDING IDENTITY)")
        self.ruleless.commit()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: Any) -> None:
        self.source.close()
        self.floor.close()
        self.ruleless.close()

    def mark(self) -> int:
        found = self.source.execute("SELECT coalesce(max(id), 0) FROM projects_event").fetchone()
        return int(found[0]) if found else 0

    def written_since(self, mark: int) -> Tables:
        """What the calls since then have written, by the events that they left."""
        self.source.execute("DROP TABLE IF EXISTS new")
        self.source.execute(
            f"CREATE TEMPORARY TABLE new AS SELECT type, object_id FROM projects_event WHERE id > {mark}"
        )
        self.source.execute("ANALYZE new")
        found = {}
        for table, which in TABLES.items():
            where = which if " " in which else f"id IN (SELECT object_id FROM new WHERE type = '{which}')"
            found[table] = self.rows(table, f"{where} ORDER BY id")
        found[EVENTS] = self.rows(EVENTS, f"id > {mark} ORDER BY id")
        return found

    def rows(self, table: str, where: str) -> tuple[str, bytes]:
        known = self.source.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position",
            [table],
        )
        columns = ", ".join(f'"{name}"' for (name,) in known if name not in NOT_COPIED.get(table, ()))
        with self.source.cursor().copy(f"COPY (SELECT {columns} FROM {table} WHERE {where}) TO STDOUT") as copy:
            return columns, b"".join(bytes(part) for part in copy)

    def load(self, tables: Tables, floor: str) -> float:
        """Seconds to load them in one transaction; the events only where there are rules."""
        connection = self.floor if floor == COPY else self.ruleless
        prefix = "bare_" if floor == BARE else ""
        start = time.perf_counter()
        for table, (columns, rows) in tables.items():
            if table == EVENTS and floor != COPY:
                continue
            with connection.cursor().copy(f"COPY {prefix}{table} ({columns}) FROM STDIN") as copy:
                for at in range(0, len(rows), BLOCK):
                    copy.write(rows[at : at + BLOCK])
        connection.commit()
        return time.perf_counter() - start
