"""Bearer tokens. The secret is in the return value and nowhere else."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Now

from projects.authentication import PREFIX, digest
from projects.models import ApiToken, Project, User
from projects.references import no_such_object, refuse
from projects.roles import Caller


def create_token(
    *,
    user: User,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
    projects: Sequence[UUID] | None = None,
) -> tuple[ApiToken, str]:
    """A new token and its secret. `projects`: the token is good for these only."""
    if projects is not None:
        own = set(Project.objects.filter(memberships__user=user, pk__in=projects).values_list("pk", flat=True))
        refuse(no_such_object(f"/projects/{n}") for n, pk in enumerate(projects) if pk not in own)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        created_by_id=user.pk,
        name=name,
        digest=digest(secret),
        hint=secret[:8],
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
        limited=projects is not None,
    )
    token.projects.set(Project.objects.filter(pk__in=projects or []))
    return token, secret


def revoke_token(*, token: ApiToken) -> None:
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(
        revoked_at=Now(), version=F("version") + 1, updated_at=Now()
    )


def no_more_than(caller: Caller, scopes: Sequence[str], expires_at: datetime | None) -> bool:
    """A token makes no token that may more than itself, or lives longer."""
    shorter = caller.until is None or (expires_at is not None and expires_at <= caller.until)
    return shorter and not caller.limited and set(scopes) <= caller.scopes
