"""The HTTP face of projects, members, tokens and the caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from backend.errors import forbidden, not_found
from backend.queries import Query
from backend.viewsets import Resource
from projects.actions import projects as actions
from projects.actions.rows import Stamps
from projects.actions.tokens import create_token, no_more_than, revoke_token
from projects.history import Historied
from projects.models import ApiToken, Membership, Project, User
from projects.permissions import require, require_more_than_reading
from projects.roles import Role
from projects.serializers import (
    MemberSerializer,
    MeSerializer,
    NewTokenSerializer,
    ProjectListQuery,
    ProjectSerializer,
    TokenSerializer,
)
from projects.states import State


class ProjectViewSet(Historied):
    """Projects: the tenants. Whoever makes one becomes its manager."""

    model = Project
    serializer_class = ProjectSerializer
    list_query = ProjectListQuery
    patterned = False  # `my_role`
    restorers = Role.MANAGER

    def allow(self, row: Project) -> None:
        require(self.caller, row.pk, Role.MANAGER)

    def perform_create(self, data: Mapping[str, Any], back: Stamps | None = None) -> tuple[UUID, Sequence[Any]]:
        project = actions.create_project(caller=self.caller, data=data, back=back)
        # The answer says `my_role`, so the caller it is built for must know of the new membership.
        self.request.auth = self.caller.joined(project.pk, Role.MANAGER)
        require(self.caller, project.pk, Role.MANAGER)  # noted, so that a retry needs it too
        return project.pk, []

    def perform_update(self, row: Project, data: Mapping[str, Any]) -> None:
        actions.update_project(caller=self.caller, project=row, data=data)

    def perform_destroy(self, row: Project) -> None:
        actions.delete_project(caller=self.caller, project=row)


class InProject(Resource):
    """What hangs on a project's address."""

    def project(self) -> Project:
        """The project of the address, or 404."""
        found = Project.objects.visible_to(self.caller).filter(pk=self.kwargs["project"]).first()
        if found is None:
            raise not_found()
        return found  # type: ignore[no-any-return]


class MemberViewSet(InProject, Historied):
    """A project's members and their roles. Members read them; managers change them."""

    model = Membership
    serializer_class = MemberSerializer
    members_only = True
    patterned = False
    restorers = Role.MANAGER
    unusual = frozenset({"destroy"})
    notes = {
        "partial_update": "Nobody changes their own role.",
        "destroy": "A project keeps at least one manager: 409 `last-manager`.",
    }

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(project=self.kwargs["project"])

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        project = self.project()
        if not self.caller.sees_as(self.caller.role_in(project.pk)):
            raise forbidden("Only members see who the members are.")

    def locked(self, pk: UUID | str, rows: Any = None) -> Any:
        """The row, after its project."""
        actions.lock_members([self.kwargs["project"]])
        return super().locked(pk, rows)

    def allow(self, row: Membership) -> None:
        require(self.caller, row.project_id, Role.MANAGER)

    def perform_create(self, data: Mapping[str, Any], back: Stamps | None = None) -> tuple[UUID, Sequence[Any]]:
        project, name = self.project(), data["user"]
        member = actions.add_member(caller=self.caller, project=project, username=name, role=data["role"], back=back)
        return member.pk, []

    def sent_anew(self, stored: State) -> State:
        """An event holds the user's id, a request their name."""
        name = User.objects.filter(pk=stored["user"]).values_list("username", flat=True).first()
        return stored | {"user": name or "nobody"}

    def perform_update(self, row: Membership, data: Mapping[str, Any]) -> None:
        if "role" in data:
            actions.change_member(caller=self.caller, member=row, role=data["role"])

    def perform_destroy(self, row: Membership) -> None:
        actions.remove_member(caller=self.caller, member=row)


class TokenViewSet(Resource):
    """The caller's own tokens. A token makes no token that may more than itself."""

    model = ApiToken
    serializer_class = TokenSerializer
    http_method_names = ["get", "post", "delete", "head", "options"]
    members_only = True
    keyed = False
    answers = {"create": NewTokenSerializer}
    unusual = frozenset({"destroy"})
    notes = {
        "create": "The answer holds the secret, for the first and last time. A token makes no token that may do more, "
        "and none at all if its only scope is `read`: 403 `scope-missing`.",
        "destroy": "It is refused from now on, and stays in the list with `revoked_at`. A token whose only scope is "
        "`read` revokes none: 403 `scope-missing`.",
    }

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.query()
        data = self.validated()
        require_more_than_reading(self.caller)
        if not no_more_than(self.caller, data["scopes"], data.get("expires_at")):
            raise forbidden("A token makes no token that may more than itself, or lives longer.", "scope-missing")

        def change() -> Response:
            token, secret = create_token(user=self.caller.user, **data)
            response = self.answer(token.pk, 201)
            response.data = {**orjson.loads(orjson.dumps(response.data)), "token": secret}
            return response

        return self.write(change)

    def allow(self, row: ApiToken) -> None:
        """Everybody may revoke their own, but not by a token that only reads."""
        require_more_than_reading(self.caller)

    def perform_destroy(self, row: ApiToken) -> None:
        revoke_token(token=row)


class MeView(GenericViewSet[Any]):
    """The caller."""

    serializer_class = MeSerializer
    members_only = True

    def retrieve(self, request: Request) -> Response:
        """The user whom the token stands for, its scopes, and the user's role in each project it covers."""
        Query(data=request.query_params).is_valid(raise_exception=True)
        caller: Any = request.auth
        roles = sorted(caller.roles.items())
        return Response(
            {
                "id": caller.user.pk,
                "username": caller.user.username,
                "is_service": caller.user.is_service,
                "scopes": sorted(caller.scopes),
                "projects": [{"project": project, "role": role.label} for project, role in roles],
            }
        )
