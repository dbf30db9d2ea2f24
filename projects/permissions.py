"""Who may: the roles that each kind of write needs, and the two questions asked of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from backend.errors import forbidden, unauthenticated
from projects.roles import ANONYMOUS, Caller, Role

Power = tuple[UUID, Role]
NOTED: ContextVar[set[Power] | None] = ContextVar("noted", default=None)


class HasScope(BasePermission):
    """Reading needs the scope `read`; writing needs somebody. What a role may is asked by `require`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            if request.method not in SAFE_METHODS or getattr(view, "members_only", False):
                raise unauthenticated()
            request.auth = ANONYMOUS
        caller: Any = request.auth
        if request.method in SAFE_METHODS and "read" not in caller.scopes:
            raise forbidden("This token lacks the scope `read`.", "scope-missing")
        return True


def require_more_than_reading(caller: Caller) -> None:
    """Raises 403 where the token has no scope but `read`: whoever finds such a token makes and ends no others."""
    if caller.scopes <= {"read"}:
        raise forbidden("This token has no scope but `read`; tokens are made and revoked with more.", "scope-missing")


def require(caller: Caller, project: UUID, role: Role) -> None:
    """Raises 403 unless the caller holds the role in the project, and the token its scope."""
    if caller.role_in(project) < role:
        raise forbidden(f"This needs the role {role.label} in the project.")
    if role.scope not in caller.scopes:
        raise forbidden(f"This token lacks the scope `{role.scope}`.", "scope-missing")
    powers = NOTED.get()
    if powers is not None:
        powers.add((project, role))


@contextmanager
def noted() -> Iterator[set[Power]]:
    """Collects what `require` finds held: the powers that a write rests on."""
    powers: set[Power] = set()
    token = NOTED.set(powers)
    try:
        yield powers
    finally:
        NOTED.reset(token)
