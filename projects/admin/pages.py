"""Forms for new and known objects.

Every page is a client of the API (`backend.inside`): it shows records and sends bodies, and holds no rule of its own.
Django's own forms and saving are not used, since what they would write has to go through the actions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from rest_framework.serializers import BaseSerializer

from backend.inside import Answer, Inside, etag, shape_of
from projects.admin.base import api, caller_of, version_in
from projects.admin.deeds import DeedAdmin
from projects.admin.forms import RecordForm
from projects.admin.readable import readable
from projects.roles import Role


class WorkAdmin(DeedAdmin):
    """The pages of one resource of the API. `makers`: who may make such an object somewhere."""

    makers: ClassVar[Role] = Role.CURATOR

    def get_urls(self) -> list[URLPattern]:
        return [self.route("<uuid:pk>/edit/", self.edit_view, "edit"), *super().get_urls()]

    # ---- who is offered what ----

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        caller = caller_of(request)
        held = any(caller.may(project, self.makers) for project in caller.roles)
        return self.has_module_permission(request) and (held or caller.everywhere)

    def tools(self, request: HttpRequest, row: Any) -> list[dict[str, str]]:
        """The links above an object's page."""
        role = caller_of(request).role_in(row.project_id if hasattr(row, "project_id") else row.pk)
        found = [("Edit", self.address("edit", row.pk))] if role >= self.makers else []
        found += [(d.label, self.address("do", row.pk, d.name)) for d in self.deeds if role >= d.role and d.when(row)]
        if role >= self.makers:
            found.append(("Delete", self.address("delete", row.pk)))
        return [{"label": label, "href": href} for label, href in found]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        row = kwargs.get("obj")
        context["tools"] = self.tools(request, row) if row else []
        return super().render_change_form(request, context, *args, **kwargs)

    # ---- what the pages are made of ----

    def form_for(self, request: HttpRequest, record: Mapping[str, Any] | None) -> RecordForm:
        shape = shape_of(self.resource)()
        data = request.POST if request.method == "POST" else None
        value = record if record is not None else self.given(request)
        without = shape.create_only if record is not None else frozenset()
        return RecordForm(shape, ground=self.ground(request, record), data=data, value=value, without=without)

    def given(self, request: HttpRequest) -> dict[str, Any]:
        """What the address of the page for a new object says of it: `?article=…`."""
        plain = {n for n, f in shape_of(self.resource)().fields.items() if not isinstance(f, BaseSerializer)}
        return {name: value for name, value in request.GET.items() if name in plain}

    def record(self, door: Inside, pk: UUID) -> Any:
        answer = door.get(self.where(pk))
        if not answer.ok:
            raise Http404
        return answer.body

    # ---- a known object ----

    def edit_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The form of a known object. It says which version it was filled from, and is refused where that is past."""
        row, door = self.seen(request, pk), api(request)
        record = self.record(door, pk)
        form = self.form_for(request, record)
        version = version_in(request.POST.get("version", "")) or 0
        context: dict[str, Any] = {"form": form, "version": record["version"], "record": record, "here": "Edit"}
        if request.method == "POST":
            if not form.ready():
                return self.page(request, "form", f"Change {self.name_of(row)}", row, status=422, **context)
            answer, dry = self.sent(request, door, "patch", self.where(pk), form.body(), etag(pk, version))
            if answer.ok and not dry:
                return self.done(request, answer, "saved" if answer.body["version"] != version else "as it was before")
            context |= self.told(request, form, answer)
            if answer.status == 412:
                context |= {"stale": self.stale(door, form, record, version), "by": self.changed_by(door, pk)}
        else:
            context["closed"] = door.send("patch", self.where(pk), {}, "*").faults
        status = context["answer"].status if "answer" in context and not context["answer"].ok else 200
        return self.page(request, "form", f"Change {self.name_of(row)}", row, status=status, **context)

    def sent(
        self, request: HttpRequest, door: Inside, method: str, path: str, body: Any, match: str | None
    ) -> tuple[Answer, bool]:
        """The API's answer, and whether it was only asked for to be looked at."""
        dry = "_preview" in request.POST
        with transaction.atomic():
            answer = door.send(method, path, body, match)
            transaction.set_rollback(dry or not answer.ok)
        return answer, dry

    def told(self, request: HttpRequest, form: RecordForm, answer: Answer) -> dict[str, Any]:
        """What the page says of an answer that has changed nothing."""
        if answer.status != 412:  # what is stale has a table of its own
            form.refuse(answer.faults)
        shown = self.preview(request, answer.body) if answer.ok else []
        return {"answer": answer, "warnings": answer.warnings, "preview": shown, "previewed": answer.ok}

    def preview(self, request: HttpRequest, record: Mapping[str, Any]) -> list[Any]:
        """What an object would be, to be looked at before it is saved."""
        return []

    def done(self, request: HttpRequest, answer: Answer, how: str, pk: UUID | None = None) -> HttpResponse:
        self.message_user(request, f"The {self.opts.verbose_name} is {how}.", messages.SUCCESS)
        for warning in answer.warnings:
            self.message_user(request, warning["detail"], messages.WARNING)
        return HttpResponseRedirect(self.address("change", pk or UUID(answer.body["id"])))

    def stale(self, door: Inside, form: RecordForm, record: Mapping[str, Any], version: int) -> list[dict[str, Any]]:
        """The fields in which the form, the object as it is now, and the object as the form knew it are not all the
        same."""
        was = door.get(f"{self.where(record['id'])}history/{version}/")
        known = was.body["object"] if was.ok else {}
        mine = {**record, **{name: form.sent(name) for name in form.altered()}}
        names = [name for name in form.order if name in record]
        rows = [(name, *(readable(source.get(name)) for source in (known, record, mine))) for name in names]
        columns = ("name", "was", "now", "yours")
        return [dict(zip(columns, row, strict=True)) for row in rows if row[2] != row[3] or row[1] != row[2]]

    def changed_by(self, door: Inside, pk: UUID) -> Any:
        last = door.get(f"{self.where(pk)}history/?ordering=-version&page_size=1")
        if not (last.ok and last.body["results"]):
            return None
        found = last.body["results"][0]
        return found | {"at": datetime.fromisoformat(found["at"])}

    # ---- a new object ----

    def maker(self, request: HttpRequest) -> Inside:
        """The API as it meets whoever makes an object."""
        return api(request)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form, door = self.form_for(request, None), self.maker(request)
        context: dict[str, Any] = {"form": form, "add": True}
        if request.method == "POST" and form.ready():
            answer, dry = self.sent(request, door, "post", f"{self.resource}/", form.body(), None)
            if answer.ok and not dry:
                return self.done(request, answer, "made")
            context |= self.told(request, form, answer)
        status = 422 if form.wrong() else 200
        return self.page(request, "form", f"Add {self.opts.verbose_name}", status=status, **context)
