"""Lists of large tables: counted as far as it is cheap, narrowed and drilled down by indexes."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from django.contrib.admin import ListFilter, SimpleListFilter, display
from django.db.models import DateTimeField, OuterRef, Q, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from backend.fields import UUID_PATTERN
from projects.admin.base import BOUND, Counted, bounded, seen_projects, visible
from projects.models import Project


class ProjectFilter(SimpleListFilter):
    """Of nobody's use who sees but one project."""

    title = parameter_name = "project"

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1 or bool(self.value())

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in seen_projects(request)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(project=self.value()) if self.value() in dict(self.lookup_choices) else queryset


class Narrow(ListFilter):
    """Rows of one object, to which a link leads: all quotes of a speaker. It offers nothing but the way back."""

    parameter_name: ClassVar[str]
    model: ClassVar[Any]
    narrow: ClassVar[Callable[[Any, Any], Any]]

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.row = None
        if self.parameter_name in params:
            value = self.used_parameters[self.parameter_name] = params.pop(self.parameter_name)[-1]
            if UUID_PATTERN.fullmatch(value):
                self.row = visible(request, self.model).filter(pk=value).first()

    def expected_parameters(self) -> list[str | None]:
        return [self.parameter_name]

    def has_output(self) -> bool:
        return bool(self.used_parameters)

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        back = changelist.get_query_string(remove=[self.parameter_name])
        yield {"selected": True, "query_string": "", "display": str(self.row or "nothing that you see")}
        yield {"selected": False, "query_string": back, "display": "All"}

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not self.used_parameters:
            return queryset
        return type(self).narrow(queryset, self.row) if self.row is not None else queryset.none()


def narrowed(name: str, model: Any, narrow: Callable[[Any, Any], Any]) -> type[Narrow]:
    """The filter `?name=id`."""
    own = {"title": name.replace("_", " "), "parameter_name": name, "model": model, "narrow": staticmethod(narrow)}
    return type(f"{name.title()}Filter", (Narrow,), own)


def by(column: str) -> Callable[[Any, Any], Any]:
    return lambda rows, row: rows.filter(**{column: row.pk})


LOOKS = 2000  # into an index, to find out which steps of a drill-down hold something
DAY = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)


class DateFilter(ListFilter):
    """By year, then month, then day, of an indexed column: Django's own drill-down reads the whole table to find out
    which years there are. Here the index is asked for the first and the last, and whether there is anything in each
    step between them."""

    title = "last change"
    parameter_name: ClassVar[str] = "changed"
    column: ClassVar[str] = "updated_at"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.model, self.value = model, ""
        self.projects = [pk for pk, _ in seen_projects(request)]
        if self.parameter_name in params:
            self.value = self.used_parameters[self.parameter_name] = params.pop(self.parameter_name)[-1]
        self.first, self.last = self.ends(request)
        self.offered = self.filled(request, self.steps())

    def rows(self, request: HttpRequest) -> Any:
        """The rows of a project that the caller sees."""
        return visible(request, self.model).filter(project=OuterRef("pk"), **{f"{self.column}__isnull": False})

    def ends(self, request: HttpRequest) -> tuple[date | None, date | None]:
        """The first and the last day of the rows that the caller sees; two looks into an index for each project."""
        rows = self.rows(request)
        first, last = (Subquery(rows.order_by(f"{sign}{self.column}").values(self.column)[:1]) for sign in ("", "-"))
        found = Project.objects.filter(pk__in=self.projects).annotate(first=first, last=last)
        pairs = [(a, b) for a, b in found.values_list("first", "last") if a is not None]
        days = [day.date() if isinstance(day, datetime) else day for pair in pairs for day in pair]
        return (min(days), max(days)) if days else (None, None)

    def expected_parameters(self) -> list[str | None]:
        return [self.parameter_name]

    def has_output(self) -> bool:
        return self.first is not None or bool(self.value)

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        def choice(value: str, display: str) -> dict[str, Any]:
            changed = {self.parameter_name: value or None}
            query = changelist.get_query_string(changed, [] if value else [self.parameter_name])
            return {"selected": value == self.value, "query_string": query, "display": display}

        yield choice("", "Any time")
        for value in self.offered:
            yield choice(value, value)

    def filled(self, request: HttpRequest, steps: list[str]) -> list[str]:
        """Those steps in which there is something; a look into an index for each, in each project. Where these would
        be too many, all of them."""
        if len(steps) < 2 or len(steps) * len(self.projects) > LOOKS:
            return steps
        rows, names = self.rows(request), [f"s{n}" for n in range(len(steps))]
        # In the order of the index, so that nothing else is read to find the first.
        looks = {
            name: Subquery(rows.filter(self.within(step)).order_by(self.column).values(self.column)[:1])
            for name, step in zip(names, steps, strict=True)
        }
        found = Project.objects.filter(pk__in=self.projects).annotate(**looks).values_list(*names)
        any_of = [any(first is not None for first in column) for column in zip(*found, strict=True)]
        return [step for step, there in zip(steps, any_of, strict=True) if there or self.value.startswith(step)]

    def steps(self) -> list[str]:
        """What is chosen, from the year down, and the next finer steps within it."""
        if self.first is None or self.last is None:
            return []
        parts = self.value.split("-") if period(self.value) else []
        chosen = ["-".join(parts[:n]) for n in range(1, len(parts) + 1)]
        if not parts:
            below = [f"{year}" for year in range(self.first.year, self.last.year + 1)]
        elif len(parts) == 1:
            below = [f"{parts[0]}-{month:02}" for month in range(1, 13)]
        elif len(parts) == 2:
            days = monthrange(int(parts[0]), int(parts[1]))[1]
            below = [f"{self.value}-{day:02}" for day in range(1, days + 1)]
        else:
            below = []
        return chosen + [step for step in below if meets(step, self.first, self.last)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not self.value:
            return queryset
        if period(self.value) is None:
            return queryset.none()
        # The projects are named so that an index which begins with them can be used.
        return queryset.filter(self.within(self.value), project__in=self.projects)

    def within(self, step: str) -> Q:
        span = period(step)
        assert span is not None
        start, end = span
        if isinstance(self.model._meta.get_field(self.column), DateTimeField):
            start, end = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in span)
        return Q(**{f"{self.column}__gte": start, f"{self.column}__lt": end})


def meets(step: str, first: date, last: date) -> bool:
    span = period(step)
    return span is not None and span[0] <= last and span[1] > first


def period(value: str) -> tuple[date, date] | None:
    """`2026`, `2026-11` or `2026-11-25` as a half-open range of days; None for what is no such thing."""
    found = DAY.fullmatch(value)
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        start = date(year or 0, month or 1, day or 1)
        if day:
            return start, start + timedelta(days=1)
        return start, date(start.year + (month in (None, 12)), (month or 12) % 12 + 1, 1)
    except (ValueError, OverflowError):
        return None


def dated(title: str, column: str, parameter: str) -> type[DateFilter]:
    return type("DateFilter", (DateFilter,), {"title": title, "column": column, "parameter_name": parameter})


def linked(href: str, words: Any) -> str:
    """A link in a cell."""
    return format_html('<a href="{}">{}</a>', href, words)


def belonging(model: Any, link: str) -> Callable[[HttpRequest], Counted]:
    """What a column counts: the rows of the model, as far as the user sees them, that belong to the row."""
    return lambda request: Counted(visible(request, model).filter(**{link: OuterRef("pk")}), BOUND)


def counting(name: str, listed: str, parameter: str) -> Any:
    """A column that says how many there are (`list_counts`), and leads to the list of them: `listed` names its page."""

    @display(description=name)
    def column(row: Any) -> str:
        n = vars(row)["counts"][name]
        return linked(f"{reverse(f'admin:{listed}_changelist')}?{parameter}={row.pk}", bounded(n)) if n else "0"

    column.__name__ = name
    return column


def status(value: str) -> str:
    """A status in a cell, as pages show it."""
    return format_html('<span class="status {}">{}</span>', value, value)


def cut(words: str, most: int = 90) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"
