"""Callers are remembered between requests, but never trusted: the first statement made for them proves them again.

What the database says of a token, its user and their roles is one text, the caller's state. A view that begins with
such a statement (`Resource.proving`) starts from the caller of a minute ago, and the statement brings their present
state along with the rows. Where the two differ, or nothing was proven, the answer is thrown away, a write is taken
back, and the request is answered anew, by the caller as they are now. So nothing ever lags behind, and no request
asks for its caller first.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Any

from django.db import connection

from projects.roles import Caller

KEPT = 60.0  # seconds; then the caller is looked up, and the token's last use noted
MOST = 10_000

STATE = """
    json_build_array(u.id, u.username, u.is_service, u.is_superuser, t.scopes, t.limited, t.expires_at,
        (SELECT json_agg(json_build_array(m.project_id, m.role, p.blind) ORDER BY m.project_id)
         FROM projects_membership m JOIN projects_project p ON p.id = m.project_id
         WHERE m.user_id = u.id AND (NOT t.limited OR m.project_id IN
               (SELECT l.project_id FROM projects_apitoken_projects l WHERE l.apitoken_id = t.id))))::text
"""
HOLDS = """
    FROM projects_apitoken t JOIN projects_user u ON u.id = t.user_id
    WHERE t.digest = %s AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now()) AND u.is_active
"""


@dataclass
class Proof:
    """What has to be found again of a remembered caller, and whether it was. `sql` comes out true where it is."""

    digest: bytes
    state: str  # its MD5: that of somebody in many projects is long
    proven: bool = False
    sql = f"SELECT md5({STATE}) = %s {HOLDS}"

    @property
    def params(self) -> tuple[Any, ...]:
        return self.state, self.digest

    def ask(self) -> None:
        """Where no other statement could bring it along."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.params)
            self.proven = cursor.fetchone() == (True,)


REMEMBERED: dict[bytes, tuple[float, str, Any, Caller]] = {}


def remember(digest: bytes, state: str, user: Any, caller: Caller) -> None:
    if len(REMEMBERED) >= MOST:
        REMEMBERED.clear()
    hashed = hashlib.md5(state.encode(), usedforsecurity=False).hexdigest()
    REMEMBERED[digest] = (time.monotonic() + KEPT, hashed, user, caller)


def recall(digest: bytes) -> tuple[Any, Caller, Proof] | None:
    """Who the token stood for a moment ago, and what has to be proven of it."""
    until, state, user, caller = REMEMBERED.get(digest, (0.0, "", None, None))
    if caller is None or time.monotonic() > until:
        REMEMBERED.pop(digest, None)
        return None
    return user, caller, Proof(digest, state)
