"""Projects and their members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.errors import conflict, forbidden, invalid
from projects.actions.rows import create_row, delete_rows, delete_unused, update_row
from projects.choices import RoleName
from projects.ids import uuid7
from projects.models import ApiToken, Membership, Project, User
from projects.permissions import require
from projects.roles import Caller, Role


def create_project(*, caller: Caller, data: Mapping[str, Any], id: Any = None) -> Project:
    """Whoever makes a project becomes its manager."""
    if caller.limited:
        raise forbidden("This token is limited to certain projects and makes none.", "scope-missing")
    if Role.MANAGER.scope not in caller.scopes:
        raise forbidden("This token lacks the scope `manage`.", "scope-missing")
    project = create_row(Project(id=id or uuid7(), **data), caller)
    if caller.user:
        create_row(Membership(project=project, user=caller.user, role=RoleName.MANAGER), caller)
    return project  # type: ignore[no-any-return]


def update_project(*, caller: Caller, project: Project, data: Mapping[str, Any]) -> None:
    update_row(project, data, caller)


def delete_project(*, caller: Caller, project: Project) -> None:
    """A project goes when nothing is left in it but its members. Tokens limited to it are then good for nothing."""
    ApiToken.projects.through.objects.filter(project=project).delete()
    delete_rows(Membership.objects.filter(project=project), caller)
    delete_unused(project, caller)


def add_member(*, caller: Caller, project: Project, username: str, role: str) -> Membership:
    require(caller, project.pk, Role.MANAGER)
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise invalid("no-such-object", "There is no active user of this name.", "/user")
    return create_row(Membership(project=project, user=user, role=role), caller)  # type: ignore[no-any-return]


def change_member(*, caller: Caller, member: Membership, role: str) -> None:
    """Nobody raises (or lowers) themselves, and a project keeps a manager."""
    refuse_own(caller, member)
    if member.role == RoleName.MANAGER != role:
        keep_a_manager(member)
    update_row(member, {"role": role}, caller)


def remove_member(*, caller: Caller, member: Membership) -> None:
    if member.role == RoleName.MANAGER:
        keep_a_manager(member)
    delete_unused(member, caller)


def refuse_own(caller: Caller, member: Membership) -> None:
    if caller.user and member.user_id == caller.user.pk:
        raise forbidden("Nobody changes their own role; another manager does.")


def lock_members(projects: Iterable[Any]) -> None:
    """Of two managers who remove each other, one comes first: before any member, everybody locks the project."""
    list(Project.objects.select_for_update(no_key=True).filter(pk__in=list(projects)).order_by("pk").values_list("pk"))


def keep_a_manager(member: Membership) -> None:
    """Error: 409 `last-manager`. After `lock_members`."""
    if Membership.objects.filter(project=member.project_id, role=RoleName.MANAGER).count() == 1:
        raise conflict("last-manager", "A project keeps at least one manager.")
