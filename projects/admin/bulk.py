"""The same change of many rows: a page says what would change, and then all of them change or none.

Each row takes the API's own road, in the version that was shown; the transaction of all is kept if none is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from backend.errors import Fault
from backend.inside import etag
from projects.admin.base import api, caller_of, version_in
from projects.admin.readable import readable

MOST = 1000  # rows of one change; each is two fields of its page's form
Record = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """What becomes of one row: an operation of the API, and what that changes, in words. Without an operation the row
    is left as it is."""

    method: str = ""
    below: str = ""
    body: Any = None
    was: str = ""
    will_be: str = ""
    fault: str = ""


@dataclass(frozen=True)
class Bulk:
    """A change of many rows. `fields` are what has to be said first; `step` says what becomes of a row."""

    name: str
    label: str
    past: str
    step: Callable[[Record, Any], Step]
    fields: Callable[[HttpRequest, Sequence[Any]], Mapping[str, forms.Field]] = lambda request, rows: {}


@dataclass
class Line:
    """One row on the page: what it is, what would become of it, what was said against that."""

    row: Any
    step: Step
    faults: Sequence[Fault] = ()


def action_for(bulk: Bulk) -> Any:
    """The entry in the list's menu of actions."""

    def act(modeladmin: Any, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        return BulkPage(bulk, modeladmin, request, queryset).answer()

    act.__name__ = bulk.name
    act.short_description = bulk.label  # type: ignore[attr-defined]
    return act


class BulkPage:
    """One request for a change of many."""

    def __init__(self, bulk: Bulk, modeladmin: Any, request: HttpRequest, queryset: Any) -> None:
        self.bulk, self.admin, self.request = bulk, modeladmin, request
        # In the order in which everybody locks: sets before their rows.
        keys = ["set", "pk"] if any(f.name == "set" for f in modeladmin.opts.fields) else ["pk"]
        self.rows = list(queryset.order_by(*keys).records(caller_of(request))[: MOST + 1])
        fields = bulk.fields(request, self.rows)
        said = "_confirm" in request.POST or "_again" in request.POST or not any(f.required for f in fields.values())
        self.form = forms.Form(request.POST if said else None, label_suffix="")
        self.form.fields.update(fields)

    def answer(self) -> HttpResponse | None:
        if len(self.rows) > MOST:
            self.say(f"That is more than {MOST} at once; choose fewer.", messages.ERROR)
            return None
        lines = self.lines() if self.form.is_valid() else []
        if "_confirm" not in self.request.POST or not lines:
            return self.page(lines)
        done = self.carry_out(lines)
        if done is None:
            return self.page(lines)
        left = len(lines) - done
        self.say(f"{done} {self.named(done)} {self.bulk.past}." + (f" {left} left as before." if left else ""))
        return HttpResponseRedirect(self.request.get_full_path())

    def lines(self) -> list[Line]:
        return [Line(row, self.bulk.step(json.loads(row.record), self.form.cleaned_data)) for row in self.rows]

    def carry_out(self, lines: Sequence[Line]) -> int | None:
        """How many rows were changed; None where any was refused, and so none was changed."""
        door, done = api(self.request), 0
        with transaction.atomic():
            for line in lines:
                step, pk = line.step, line.row.pk
                if step.fault:
                    line.faults = [Fault("refused", step.fault)]
                elif step.method:
                    answer = door.send(step.method, self.admin.where(pk) + step.below, step.body, self.version(line))
                    line.faults, done = answer.faults, done + answer.ok
            refused = any(line.faults for line in lines)
            transaction.set_rollback(refused)
        return None if refused else done

    def version(self, line: Line) -> str:
        """The version that was shown on the page which is being confirmed."""
        sent = self.request.POST.get(f"version-{line.row.pk}", "")
        return etag(line.row.pk, version_in(sent) or 0)

    def page(self, lines: Sequence[Line]) -> HttpResponse:
        refused = sum(bool(line.faults) for line in lines)
        context = {
            **self.admin.admin_site.each_context(self.request),
            "opts": self.admin.opts,
            "title": self.bulk.label,
            "back": self.request.get_full_path(),
            "bulk": self.bulk,
            "form": self.form,
            "lines": lines,
            "rows": self.rows,
            "count": f"{len(self.rows)} {self.named(len(self.rows))}",
            "changing": sum(bool(line.step.method) for line in lines),
            "refused": refused,
            "box": ACTION_CHECKBOX_NAME,
        }
        status = 409 if refused else 200
        return TemplateResponse(self.request, "admin/editing/bulk.html", context, status=status)

    def named(self, count: int) -> str:
        return str(self.admin.opts.verbose_name if count == 1 else self.admin.opts.verbose_name_plural)

    def say(self, words: str, level: int = messages.SUCCESS) -> None:
        self.admin.message_user(self.request, words, level)


def changed(record: Record, name: str, value: Any, shown: Any = None) -> Step:
    """One field set, by a PATCH; nothing where it has that value."""
    if record[name] == value:
        return Step(was=readable(value), will_be=readable(value))
    will_be = readable(value if shown is None else shown)
    return Step("patch", "", {name: value}, was=readable(record[name]), will_be=will_be)
