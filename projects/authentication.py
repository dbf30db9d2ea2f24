"""Bearer tokens: one statement finds the token, its user and every role they hold; last use is noted once a minute.

The API takes no cookies. Nothing is remembered between requests: a revoked token, membership or account ends at once.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from backend.errors import unauthenticated
from projects.models import User
from projects.roles import Caller, Role

PREFIX = "onr_"

FIND = """
    SELECT u.*, t.scopes, t.limited, t.expires_at, t.id AS token_id,
           t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute' AS stale,
           (SELECT json_agg(json_build_array(m.project_id, m.role, p.blind))
            FROM projects_membership m JOIN projects_project p ON p.id = m.project_id
            WHERE m.user_id = u.id AND (NOT t.limited OR m.project_id IN
                  (SELECT l.project_id FROM projects_apitoken_projects l WHERE l.apitoken_id = t.id))) AS held
    FROM projects_apitoken t JOIN projects_user u ON u.id = t.user_id
    WHERE t.digest = %s AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now()) AND u.is_active
"""
TOUCH = "UPDATE projects_apitoken SET last_used_at = now() WHERE id = %s"


def digest(token: str) -> bytes:
    return hmac.new(settings.TOKEN_PEPPER.encode(), token.encode(), hashlib.sha256).digest()


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer onr_…`. `request.user` becomes the User, `request.auth` the Caller."""

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        header = request.headers.get("Authorization")
        if header is None:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.startswith(PREFIX) or not token.isascii():
            raise unauthenticated("The Authorization header must be `Bearer onr_…`.", "malformed-token")
        found = caller_of(token)
        if found is None:
            raise unauthenticated("This token is unknown, expired or revoked.", "invalid-token")
        return found

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="onrecord"'


def caller_of(token: str) -> tuple[User, Caller] | None:
    rows: Any = User.objects.raw(FIND, [digest(token)])
    for user in rows:
        memberships = [(UUID(project), Role.named(role), blind) for project, role, blind in user.held or []]
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
