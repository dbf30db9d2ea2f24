"""What all pages of the admin stand on: who is asking, and which rows they see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from backend.inside import Inside
from projects.models import Membership
from projects.roles import SCOPES, Caller, Role


def caller_of(request: HttpRequest) -> Caller:
    """The signed-in user with all rights their roles give, and no look at other projects, public ones included.

    Asked of the database once a request.
    """
    known: Caller | None = vars(request).get("caller")
    if known is None:
        known = vars(request)["caller"] = read_caller(request.user)
    return known


def read_caller(user: Any) -> Caller:
    held = Membership.objects.filter(user=user).values_list("project_id", "role", "project__blind")
    return Caller(
        user,
        roles={project: Role.named(role) for project, role, _ in held},
        scopes=frozenset(SCOPES),
        everywhere=user.is_superuser,
        limited=True,
        blind=frozenset(project for project, _, blind in held if blind),
    )


def api(request: HttpRequest) -> Inside:
    """The API as the signed-in user meets it."""
    return Inside(request.user, caller_of(request))


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows as the API would show them to a member of their projects; staff without a membership see nothing."""

    list_per_page = 50
    show_full_result_count = False
    # What the page of a row shows above its fields: each gives the context of the template it names as "template".
    panels: ClassVar[Sequence[Callable[[HttpRequest, Any], dict[str, Any]]]] = ()

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        row = kwargs.get("obj")
        context["panels"] = [panel(request, row) for panel in self.panels] if row else []
        return super().render_change_form(request, context, *args, **kwargs)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).visible_to(caller_of(request))  # type: ignore[attr-defined]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def visible(request: HttpRequest, model: Any) -> Any:
    """The rows of the model that the signed-in user sees."""
    return model._default_manager.visible_to(caller_of(request))
