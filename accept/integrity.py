"""Whether what is stored still fits together: `manage.py check_integrity`, and the least that must hold."""

from __future__ import annotations

from django.core.management import get_commands

from accept.harness import Ground

# Each gives the ids of rows that are wrong. Spans are compared with the text itself; the triggers look at its chunks.
SPANS = """
    SELECT a.id FROM annotations_{table} a JOIN articles_revision r ON r.id = a.revision_id
    WHERE a.pieces IS NULL AND a.start IS NOT NULL
      AND a.exact <> substr(CASE a.part WHEN 'title' THEN r.title ELSE r.body END, a.start + 1, a."end" - a.start)
"""
WITHOUT_EVENT = """
    SELECT q.id FROM annotations_{table} q
    WHERE NOT EXISTS (SELECT FROM projects_event e WHERE e.object_id = q.id AND e.version = q.version)
"""
TABLES = ("quote", "mention", "claimoccurrence")


def faults(ground: Ground) -> list[str]:
    """A line for each thing that is wrong."""
    found = []
    for table in TABLES:
        for what, query in (("span differs", SPANS), ("no event of its version", WITHOUT_EVENT)):
            found += [f"{table} {row[0]}: {what}" for row in ground.sql(query.format(table=table))]
    if "check_integrity" in get_commands():
        try:
            ground.manage("check_integrity")
        except RuntimeError as error:
            found.append(str(error))
    return found
