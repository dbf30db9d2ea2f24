"""What all pages of the admin stand on: who is asking, and which rows they see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import IntegerField, QuerySet, Subquery, Value
from django.http import HttpRequest, HttpResponse

from backend.inside import Inside
from projects.models import Membership, Project
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


def version_in(sent: str) -> int | None:
    """The version of an object that a form says it was filled from; None where it says none."""
    return int(sent) if sent.isdecimal() and len(sent) < 10 else None


BOUND = 1000  # rows of a list that are counted, and can be paged to


class BoundedPaginator(Paginator):
    """Counts along an index, and no further than BOUND: a full count would read the whole table."""

    @cached_property
    def found(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by("pk").values("pk")[: BOUND + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self.found, BOUND)

    @property
    def beyond(self) -> bool:
        """Whether there are more than can be paged to."""
        return self.found > BOUND


class Counted(Subquery):
    """How many rows a query has, counted up to one more than `most`: there it leaves its index. A query in the order of
    an index is not answered by reading a table until there are enough."""

    template = "cardinality(ARRAY(%(subquery)s))"
    output_field = IntegerField()

    def __init__(self, rows: QuerySet[Any], most: int) -> None:
        super().__init__(rows.annotate(_one=Value(1)).values("_one")[: most + 1])


def bounded(n: int, most: int = BOUND) -> str:
    """A number that was counted so far: `1,000+`."""
    return f"{most:,}+" if n > most else f"{n:,}"


class CountedApart(Counted):
    """The same of the different values of a query's one column; where there are too many to tell apart, too many."""

    template = (
        "(SELECT CASE WHEN count(*) > %(most)s THEN count(*) ELSE count(DISTINCT f.one) END FROM (%(subquery)s) f(one))"
    )

    def __init__(self, rows: QuerySet[Any], column: str, most: int) -> None:
        Subquery.__init__(self, rows.order_by().values(column)[: most + 1], most=most)


class List(ChangeList):
    """A page of a list, with what its columns show of other tables, and without what none of them shows."""

    model_admin: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: Any = list(self.result_list)
        self.count(request)

    def count(self, request: HttpRequest) -> None:
        """What belongs to each row of the page, in one statement."""
        counts = self.model_admin.list_counts
        if not counts or not self.result_list:
            return
        rows = self.model._default_manager.filter(pk__in=[row.pk for row in self.result_list])
        found = {pk: told for pk, *told in rows.values_list("pk", *(of(request) for of in counts.values()))}
        for row in self.result_list:
            vars(row)["counts"] = dict(zip(counts, found.get(row.pk, [0] * len(counts)), strict=True))

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        rows = super().get_queryset(request, exclude_parameters)
        return rows.prefetch_related(*self.model_admin.list_prefetch).defer(*self.model_admin.list_deferred)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows as the API would show them to a member of their projects; staff without a membership see nothing."""

    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    empty_value_display = "—"
    # What the page of a row shows above its fields: each gives the context of the template it names as "template".
    panels: ClassVar[Sequence[Callable[[HttpRequest, Any], dict[str, Any]]]] = ()
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-pk",)
    sortable_by = ()  # an order that no index has reads the whole table
    list_prefetch: ClassVar[Sequence[Any]] = ()
    list_deferred: ClassVar[Sequence[str]] = ()
    # Columns that count: their name, and what is counted for each row of the page (`Counted`, by OuterRef).
    list_counts: ClassVar[Mapping[str, Callable[[HttpRequest], Counted]]] = {}
    actions: Any = ()

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).visible_to(caller_of(request))  # type: ignore[attr-defined]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        row = kwargs.get("obj")
        context["panels"] = [panel(request, row) for panel in self.panels] if row else []
        return super().render_change_form(request, context, *args, **kwargs)

    # ---- lists ----

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return List

    def get_paginator(self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kwargs: Any) -> Any:
        return BoundedPaginator(queryset, per_page)

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Lists are filtered by what they offer, and by nothing else."""
        column, _, kind = lookup.partition("__")
        offered = {getattr(offer, "parameter_name", offer) for offer in self.get_list_filter(request)}
        return column in offered and kind in ("", "exact", "isnull")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By the words of the text; while somebody is typing, by how the words begin."""
        search_term = search_term.replace("\0", "").strip()
        if not search_term or not self.search_fields:
            return queryset, False
        typing = bool(request.resolver_match and request.resolver_match.url_name == "autocomplete")
        return (queryset.starting(search_term) if typing else queryset.search(search_term)), False

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


def seen_projects(request: HttpRequest) -> list[tuple[UUID, str]]:
    """The projects that the signed-in user sees, by name; asked of the database once a request."""
    known: list[tuple[UUID, str]] | None = vars(request).get("projects")
    if known is None:
        rows = visible(request, Project).order_by("name").values_list("pk", "name")
        known = vars(request)["projects"] = list(rows)
    return known


def projects_for(request: HttpRequest, role: Role) -> list[tuple[str, str]]:
    """The projects in which the signed-in user holds the role, for a choice."""
    caller = caller_of(request)
    return [(str(pk), name) for pk, name in seen_projects(request) if caller.may(pk, role)]
