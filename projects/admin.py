"""The admin, for looking: every model is listed, and a member of staff sees what the API would show them.

Nothing is changed here: writes go through the actions, which leave events.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from projects.models import ApiToken, Event, Membership, Project, User
from projects.roles import SCOPES, Caller, Role


def caller_of(request: HttpRequest) -> Caller:
    """The signed-in user with all rights their roles give, and no look at other projects, public ones included."""
    user: Any = request.user
    held = Membership.objects.filter(user=user).values_list("project_id", "role", "project__blind")
    return Caller(
        user,
        roles={project: Role.named(role) for project, role, _ in held},
        scopes=frozenset(SCOPES),
        everywhere=user.is_superuser,
        limited=True,
        blind=frozenset(project for project, _, blind in held if blind),
    )


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows as the API would show them to a member of their projects; staff without a membership see nothing."""

    list_per_page = 50
    show_full_result_count = False

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


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    list_display = ("name", "slug", "visibility", "blind", "created_at")
    list_filter = ("visibility", "blind")
    search_fields = ("name", "slug")


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ("user", "role", "project")
    list_filter = ("role",)
    list_select_related = ("user", "project")


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    list_display = ("name", "hint", "scopes", "expires_at", "last_used_at", "revoked_at")
    exclude = ("digest",)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """What happened: for superusers, since an event may tell of what its reader may not see."""

    list_display = ("at", "action", "type", "object_id", "version", "actor_id")
    list_filter = ("action", "type")

    def get_queryset(self, request: HttpRequest) -> Any:
        return Event.objects.defer("snapshot")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)


@admin.register(User)
class AccountAdmin(UserAdmin):
    """Accounts are the superuser's."""

    fieldsets = (*(UserAdmin.fieldsets or ()), ("onrecord", {"fields": ("is_service",)}))
    list_display = ("username", "is_active", "is_staff", "is_service", "last_login")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People are deactivated; what they made stays theirs."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    has_add_permission = has_view_permission = has_module_permission = has_change_permission


admin.site.site_header = "onrecord"
admin.site.site_title = "onrecord"
admin.site.index_title = "Who said what"
