"""Projects, members, tokens, events and accounts in the admin.

What is changed here is changed by the API's own actions, which leave events and refuse in the same words.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from backend.errors import Problem, as_problem
from backend.inside import Inside
from projects.actions.projects import add_member, change_member, lock_members, remove_member
from projects.actions.rows import type_name
from projects.actions.tokens import create_token, revoke_token
from projects.admin.base import ReadOnlyAdmin, caller_of
from projects.admin.lists import ProjectFilter
from projects.admin.pages import WorkAdmin
from projects.models import ApiToken, Event, Membership, Project, User
from projects.roles import SCOPES, Role


@admin.register(Project)
class ProjectAdmin(WorkAdmin):
    """Managers change the settings of their projects. Whoever makes one becomes its manager."""

    resource = "projects"
    makers = Role.MANAGER
    list_display = ("name", "slug", "visibility", "blind", "created_at")
    list_filter = ("visibility", "blind")
    search_fields = ("name", "slug")
    search_help_text = "A part of the name"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def maker(self, request: HttpRequest) -> Inside:
        """A new project is none of those that the admin keeps to."""
        return Inside(request.user, replace(caller_of(request), limited=False))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return queryset.filter(name__icontains=search_term.replace("\0", "")), False


class ByActions(ReadOnlyAdmin):
    """Changes rows by actions; a refusal is shown as a message, and nothing has happened."""

    actions: Any = None  # many at once have no place for a refusal

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self.told(request, super().changeform_view, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self.told(request, super().delete_view, *args, **kwargs)

    def told(self, request: HttpRequest, view: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return view(request, *args, **kwargs)  # one transaction, which a refusal has undone
        except (Problem, DatabaseError) as error:
            problem = as_problem(error)
            if problem is None:
                raise
            for fault in problem.faults:
                self.message_user(request, fault.detail, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


class NewMemberForm(forms.ModelForm):
    """By name, as in the API: a list of all users would tell managers of other projects' people."""

    username = forms.CharField(max_length=150)

    class Meta:
        model = Membership
        fields = ("project", "role")


@admin.register(Membership)
class MembershipAdmin(ByActions):
    list_display = ("user", "role", "project")
    list_filter = (ProjectFilter, "role")
    list_select_related = ("user", "project")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request) and managed_by(request).exists()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not self.has_module_permission(request):
            return False
        return obj is None or caller_of(request).may(obj.project_id, Role.MANAGER)

    has_delete_permission = has_change_permission

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("project", "user", "role") if obj else ("project", "username", "role")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("project", "user") if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **(kwargs if obj else {**kwargs, "form": NewMemberForm}))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "project":
            kwargs["queryset"] = managed_by(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        caller, sent = caller_of(request), form.cleaned_data
        if change:
            lock_members([obj.project_id])
            member = Membership.objects.select_for_update().get(pk=obj.pk)
            change_member(caller=caller, member=member, role=sent["role"])
        else:
            place, name = sent["project"], sent["username"]
            member = add_member(caller=caller, project=place, username=name, role=sent["role"])
            obj.pk, obj.user_id = member.pk, member.user_id

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        lock_members([obj.project_id])
        remove_member(caller=caller_of(request), member=obj)


def managed_by(request: HttpRequest) -> Any:
    """The projects whose members the signed-in user may change."""
    caller = caller_of(request)
    managed = [project for project, role in caller.roles.items() if role == Role.MANAGER]
    return Project.objects.all() if caller.everywhere else Project.objects.filter(pk__in=managed)


class NewTokenForm(forms.ModelForm):
    name = forms.CharField(max_length=500, help_text="What it is for: a program, a machine.")
    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in SCOPES], initial=["read"], widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = ApiToken
        fields = ("name", "scopes", "expires_at")


@admin.register(ApiToken)
class ApiTokenAdmin(ByActions):
    """The user's own tokens. To delete one is to revoke it: it stays in the list."""

    list_display = ("name", "hint", "scopes", "expires_at", "last_used_at", "revoked_at")
    exclude = ("digest",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **(kwargs if obj else {**kwargs, "form": NewTokenForm}))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_fields(request, obj) if obj else NewTokenForm.Meta.fields

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        token, secret = create_token(user=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        obj.pk, obj.hint = token.pk, token.hint
        vars(obj)["secret"] = secret

    def response_add(self, request: HttpRequest, obj: ApiToken, post_url_continue: Any = None) -> HttpResponse:
        """The secret, in this answer and nowhere else: a message would lie in a cookie on its way to the next page."""
        context = {
            **self.admin_site.each_context(request),
            "title": obj.name,
            "secret": vars(obj)["secret"],
        }
        return TemplateResponse(request, "admin/token_made.html", context, headers={"Cache-Control": "no-store"})

    def delete_model(self, request: HttpRequest, obj: ApiToken) -> None:
        revoke_token(token=obj)


class TypeFilter(admin.SimpleListFilter):
    """By a fixed list: to ask the table which types it holds would read all of it."""

    title = parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        models = [model for model in apps.get_models() if hasattr(model._default_manager.all(), "references")]
        return sorted((name, name.replace("_", " ")) for name in map(type_name, models))

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(type=self.value()) if self.value() else queryset


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """What happened: for superusers, since an event may tell of what its reader may not see."""

    list_display = ("at", "action", "type", "object_id", "version", "actor_id")
    list_filter = ("action", TypeFilter)

    def get_queryset(self, request: HttpRequest) -> Any:
        return Event.objects.defer("snapshot")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)


@admin.register(User)
class AccountAdmin(UserAdmin):
    """Accounts are the superuser's. Django's groups and permissions are not offered: roles alone say who may what."""

    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser", "is_service")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    list_display = ("username", "is_active", "is_staff", "is_service", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "is_service")
    readonly_fields = ("last_login", "date_joined")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People are deactivated; what they made stays theirs."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    has_add_permission = has_view_permission = has_module_permission = has_change_permission


admin.site.unregister(Group)
admin.site.site_header = "onrecord"
admin.site.site_title = "onrecord"
admin.site.index_title = "Who said what"
admin.site.enable_nav_sidebar = False  # the head of each page leads everywhere
