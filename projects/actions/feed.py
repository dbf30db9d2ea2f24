"""The order of the change feed, given to events by whoever reads it; docs/decisions/0012 says why nothing is missed."""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction

from projects.actions.rows import hold
from projects.models import Event

# Events that one call puts in order: after a large import a reader does it in several, none of which takes long.
BATCH = 5000

# `nextval` goes through the inner rows in their order: a subquery with LIMIT or a volatile function stays as it is.
NUMBER = f"""
    UPDATE {Event._meta.db_table} e SET seq = n.seq
    FROM (SELECT w.id, nextval('onrecord_event_seq') AS seq
          FROM (SELECT id FROM {Event._meta.db_table} WHERE project_id = %s AND seq IS NULL ORDER BY id LIMIT %s) w) n
    WHERE e.id = n.id
"""


def sequence(project: UUID) -> bool:
    """Numbers the project's committed events that have no number yet, oldest first, one reader at a time.

    Gives whether more may be waiting. Where nothing is, nothing is locked.
    """
    with transaction.atomic():
        if not Event.objects.filter(project=project, seq__isnull=True).exists():
            return False
        hold("changes", project)
        # Another statement, another look: what the last holder of the lock has numbered is numbered now.
        with connection.cursor() as cursor:
            cursor.execute(NUMBER, [project, BATCH])
            return bool(cursor.rowcount == BATCH)
