"""Bearer tokens: one statement finds the token, its user and every role they hold; last use is noted once a minute.

The API takes no cookies. A revoked token, membership or account ends at once: see `remembering`.
"""

from __future__ import annotations

import hmac
import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from backend.errors import unauthenticated
from projects.models import User
from projects.remembering import HOLDS, STATE, recall, remember
from projects.roles import Caller, Role
from projects.throttling import spend_anonymously

PREFIX = "onr_"

FIND = f"""
    SELECT u.*, t.scopes, t.limited, t.expires_at, t.id AS token_id, {STATE} AS state,
           t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute' AS stale
    {HOLDS}
"""
TOUCH = "UPDATE projects_apitoken SET last_used_at = now() WHERE id = %s"


def digest(token: str) -> bytes:
    return hmac.digest(settings.TOKEN_PEPPER.encode(), token.encode(), "sha256")


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer onr_…`. `request.user` becomes the User, `request.auth` the Caller."""

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        header = request.headers.get("Authorization")
        if header is None:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.startswith(PREFIX) or not token.isascii():
            count_failure(request)
            raise unauthenticated("The Authorization header must be `Bearer onr_…`.", "malformed-token")
        found = self.recalled(request, token) or caller_of(token)
        if found is None:
            count_failure(request)
            raise unauthenticated("This token is unknown, expired or revoked.", "invalid-token")
        return found

    @staticmethod
    def recalled(request: Request, token: str) -> tuple[User, Caller] | None:
        """For views that prove it: the caller as they were; but not where that has just failed."""
        view: Any = request.parser_context["view"]
        first = not hasattr(request._request, "proof")
        if not (first and getattr(view, "action", None) in getattr(view, "proving", ())):
            return None
        found = recall(digest(token))
        if found is None:
            return None
        user, caller, proof = found
        request._request.proof = proof  # type: ignore[attr-defined]
        return user, caller

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="onrecord"'


def count_failure(request: Request) -> None:
    """Who sends a token that does not hold is nobody, and uses up what its address may call without one: else 429."""
    if wait := spend_anonymously(request):
        raise Throttled(wait)


def caller_of(token: str) -> tuple[User, Caller] | None:
    """Who holds the token, and what it lets them do; None where it does not hold. Notes its use, once a minute."""
    rows: Any = User.objects.raw(FIND, [digest(token)])
    for user in rows:
        held = json.loads(user.state)[-1] or []
        memberships = [(UUID(project), Role.named(role), blind) for project, role, blind in held]
        caller = Caller(
            user,
            roles={project: role for project, role, _ in memberships},
            scopes=frozenset(user.scopes),
            # A superuser's token that is limited to projects, or to less than curating, does not see everything.
            everywhere=user.is_superuser and not user.limited and Role.CURATOR.scope in user.scopes,
            limited=user.limited,
            until=user.expires_at,
            blind=frozenset(project for project, _, blind in memberships if blind),
        )
        if user.stale:
            with connection.cursor() as cursor:
                cursor.execute(TOUCH, [user.token_id])
        remember(digest(token), user.state, user, caller)
        return user, caller
    return None


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "projects.authentication.TokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "It begins with `onr_`: the start banner of `run.py` shows one, `tokens/` makes more.",
        }
