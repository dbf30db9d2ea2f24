"""Idempotency-Key: the same call under the same key has one effect and one answer.

Key, effect and answer are one transaction, so that a crash leaves all of them or none. A call that is still running
holds its key; its twin waits, and goes on when that one has failed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, connection
from rest_framework.response import Response

from backend.errors import Fault, Problem, invalid, not_found
from backend.retries import Answer
from backend.statements import Statement
from backend.transactions import LOCK_NOT_AVAILABLE, sqlstate
from projects.models import KeptAnswer, Project
from projects.permissions import Power, noted, require
from projects.roles import Caller, Role

CLAIM = Statement(
    f"""
    INSERT INTO {KeptAnswer._meta.db_table} (user_id, key, call) VALUES (%s, %s, %s)
    ON CONFLICT (user_id, key) DO NOTHING RETURNING id
    """,
    ("user", "key", "call"),
    kept=True,
)
PRUNE = f"""
    DELETE FROM {KeptAnswer._meta.db_table} WHERE id = ANY (ARRAY(
        SELECT id FROM {KeptAnswer._meta.db_table} WHERE created_at < now() - make_interval(hours => %s)
        ORDER BY created_at LIMIT {{most}} FOR UPDATE SKIP LOCKED))
"""
# With each that is kept, two go that nobody needs any more: so the table has an end.
KEEP = Statement(
    f"""
    WITH pruned AS ({PRUNE.format(most=2)})
    UPDATE {KeptAnswer._meta.db_table}
    SET status = %s, headers = %s::jsonb, body = %s, powers = %s::jsonb WHERE id = %s
    """,
    ("hours", "status", "headers", "body", "powers", "id"),
    kept=True,
)


def answer_once(caller: Caller, key: str, call: bytes, change: Callable[[], Response]) -> Response:
    """Does the change and keeps its answer; or gives the answer that is kept. Errors: 422 `key-reused`, 409
    `key-in-flight`. Inside a transaction."""
    claimed = claim(caller, key, call)
    if claimed is None:
        return answer_again(caller, key, call)
    with noted() as powers:
        answer = Answer.of(change())
    keep(claimed, answer, powers)
    return answer.response()


def claim(caller: Caller, key: str, call: bytes) -> int | None:
    """The row that now holds the key, or None where it was taken. Waits for a call that runs under it."""
    assert caller.user is not None, "nobody writes anonymously"
    try:
        found = CLAIM.run({"user": caller.user.pk, "key": key, "call": call})
    except OperationalError as exc:
        if sqlstate(exc) == LOCK_NOT_AVAILABLE:
            raise in_flight() from exc
        raise
    return found[0][0] if found else None


def answer_again(caller: Caller, key: str, call: bytes) -> Response:
    """The kept answer, for whom the call would still be allowed."""
    kept: Any = KeptAnswer.objects.filter(user=caller.user, key=key).first()
    if kept is None:  # pruned at this moment
        raise in_flight()
    if bytes(kept.call) != call:
        raise invalid("key-reused", "This Idempotency-Key came with another call; a new call needs a new one.")
    require_again(caller, [(UUID(project), Role(role)) for project, role in kept.powers])
    answer = Answer(kept.status, kept.headers, bytes(kept.body))
    return answer.response(**{"Idempotent-Replayed": "true"})


def require_again(caller: Caller, powers: Iterable[Power]) -> None:
    """What the call rested on must still hold: an answer is no way around a lost membership, role or scope."""
    projects = {project for project, _ in powers}
    if Project.objects.visible_to(caller).filter(pk__in=projects).count() < len(projects):
        raise not_found()
    for project, role in powers:
        require(caller, project, role)


def keep(claimed: int, answer: Answer, powers: Iterable[Power]) -> None:
    """Keeps the answer of the call that has claimed the key, and the powers that the call rested on."""
    KEEP.run(
        {
            "hours": settings.KEEP_ANSWERS,
            "status": answer.status,
            "headers": json.dumps(dict(answer.headers)),
            "body": answer.body,
            "powers": json.dumps(sorted((str(project), int(role)) for project, role in powers)),
            "id": claimed,
        }
    )


def prune() -> int:
    """Forgets all answers that have been kept long enough."""
    with connection.cursor() as cursor:
        cursor.execute(PRUNE.format(most="ALL"), [settings.KEEP_ANSWERS])
        return int(cursor.rowcount)


def in_flight() -> Problem:
    fault = Fault("key-in-flight", "A call with this Idempotency-Key is still running; ask again for its answer.")
    return Problem(409, fault, {"Retry-After": "1"})
