"""Accounts: programs that annotate, and people who want to be forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import Q

from backend.errors import conflict
from projects.actions.projects import keep_a_manager, lock_members
from projects.actions.rows import create_row, delete_rows
from projects.actions.tokens import create_token
from projects.choices import RoleName
from projects.models import ApiToken, Membership, Project, User
from projects.permissions import require
from projects.roles import SCOPES, Caller, Role


@transaction.atomic
def create_service_account(*, caller: Caller, project: Project, name: str, role: Role) -> tuple[User, str]:
    """A program's account and the secret of its token, which is good for this project and up to this role."""
    require(caller, project.pk, Role.MANAGER)
    if User.objects.filter(username=name).exists():
        raise conflict("already-exists", "There is a user of this name already.", "/name")
    user = User(username=name, is_service=True)
    user.set_unusable_password()
    user.save(force_insert=True)
    create_row(Membership(project=project, user=user, role=role.label), caller)
    _, secret = create_token(user=user, name="Service account", scopes=SCOPES[:role], projects=[project.pk])
    return user, secret


@transaction.atomic
def erase_user(*, user: User) -> dict[str, int]:
    """Takes a person out of their account: what they made stays, under a pseudonym. Says how much of what went.

    Error: 409 `last-manager` where a project would be left without one.
    """
    pseudonym = f"erased-{user.pk.hex[-12:]}"
    memberships = Membership.objects.filter(user=user)
    lock_members(memberships.values_list("project", flat=True))
    for member in memberships.filter(role=RoleName.MANAGER):
        keep_a_manager(member)
    told = {
        "memberships": delete_rows(memberships, None),
        "tokens": delete_tokens(user),
        "sessions": sum(session.delete()[0] for session in sessions_of(user)),
        "admin log entries": delete_log_of(user),
    }
    told |= {what: rename(sql, user, pseudonym) for what, sql in erasures().items()}
    User.objects.filter(pk=user.pk).update(username=pseudonym, **NOBODY)
    user.groups.clear()
    user.user_permissions.clear()
    return told


NOBODY: dict[str, Any] = {
    "first_name": "",
    "last_name": "",
    "email": "",
    "password": "!",  # matches no password
    "last_login": None,
    "is_active": False,
    "is_staff": False,
    "is_superuser": False,
}


def delete_tokens(user: User) -> int:
    """The rows, and with them when and under which name each was used."""
    tokens = ApiToken.objects.filter(user=user)
    ApiToken.projects.through.objects.filter(apitoken__in=tokens).delete()
    return int(tokens._raw_delete(tokens.db))


def sessions_of(user: User) -> Iterator[Session]:
    return (s for s in Session.objects.iterator() if s.get_decoded().get("_auth_user_id") == str(user.pk))


def delete_log_of(user: User) -> int:
    """What the user did in the admin, and what was done there to something that carries their name."""
    named = Q(object_repr__regex=word(user.username)) | Q(object_id=str(user.pk))
    return LogEntry.objects.filter(Q(user=user) | named).delete()[0]


def erasures() -> dict[str, str]:
    """Every app's statements that put `pseudonym` in the place of the `name` of `user`, where it is stored as text."""
    found: dict[str, str] = {}
    for config in apps.get_app_configs():
        found |= getattr(config, "erasures", {})
    return found


def rename(sql: str, user: User, pseudonym: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"user": user.pk, "name": user.username, "pseudonym": pseudonym})
        return int(cursor.rowcount)


def word(text: str) -> str:
    """A regular expression that finds the text where it stands alone."""
    return rf"(^|\W){re.escape(text)}($|\W)"


def traces(texts: list[str]) -> dict[str, int]:
    """In how many rows of each table one of the texts stands: in notes, comments, articles. Reads everything."""
    pattern = "|".join(word(text) for text in texts)
    counts = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ~ %s', [pattern])
            counts[table] = cursor.fetchone()[0]
    return {table: count for table, count in counts.items() if count}
