"""Pages on which something is done: forms for new and known objects, deeds (review, merge …), deletion, history.

Every page is a client of the API (`backend.inside`): it shows records and sends bodies, and holds no rule of its own.
Django's own forms and saving are not used, since what they would write has to go through the actions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from rest_framework.serializers import BaseSerializer

from backend.errors import Fault
from backend.inside import Answer, Inside, etag, shape_of
from projects.admin.base import ReadOnlyAdmin, api, caller_of
from projects.admin.forms import EMPTY, Ground, RecordForm
from projects.roles import Role


@dataclass(frozen=True)
class Deed:
    """Something that can be done with one object: a POST below its address. `role`: who is offered it; `when`: for
    which rows. What the API lets pass is the API's business."""

    name: str
    label: str
    role: Role = Role.CURATOR
    when: Callable[[Any], bool] = lambda row: True


class WorkAdmin(ReadOnlyAdmin):
    """The pages of one resource of the API. `makers`: who may make such an object somewhere."""

    resource: ClassVar[str]
    makers: ClassVar[Role] = Role.CURATOR
    deeds: ClassVar[Sequence[Deed]] = ()
    only_on_add: ClassVar[frozenset[str]] = frozenset()
    deletable: ClassVar[bool] = True
    can_add: ClassVar[bool] = True

    # ---- addresses ----

    def get_urls(self) -> list[URLPattern]:
        info = f"{self.opts.app_label}_{self.opts.model_name}"

        def page(route: str, view: Any, name: str) -> Any:
            return path(route, self.admin_site.admin_view(view), name=f"{info}_{name}")

        own = [
            page("<uuid:pk>/edit/", self.edit_view, "edit"),
            page("<uuid:pk>/do/<slug:name>/", self.deed_view, "do"),
            page("<uuid:pk>/history/<int:version>/restore/", self.restore_view, "restore"),
        ]
        return own + super().get_urls()

    def address(self, page: str, *args: Any) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=[quote(str(a)) if isinstance(a, UUID) else a for a in args])

    def where(self, row_or_pk: Any) -> str:
        return f"{self.resource}/{getattr(row_or_pk, 'pk', row_or_pk)}/"

    # ---- who is offered what ----

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        caller = caller_of(request)
        held = any(caller.may(project, self.makers) for project in caller.roles)
        return self.can_add and self.has_module_permission(request) and (held or caller.everywhere)

    def tools(self, request: HttpRequest, row: Any) -> list[dict[str, str]]:
        """The links above an object's page."""
        role = caller_of(request).role_in(row.project_id if hasattr(row, "project_id") else row.pk)
        found = [("Edit", self.address("edit", row.pk))] if role >= self.makers else []
        found += [(d.label, self.address("do", row.pk, d.name)) for d in self.deeds if role >= d.role and d.when(row)]
        if self.deletable and role >= self.makers:
            found.append(("Delete", self.address("delete", row.pk)))
        return [{"label": label, "href": href} for label, href in found]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        row = kwargs.get("obj")
        context["tools"] = self.tools(request, row) if row else []
        return super().render_change_form(request, context, *args, **kwargs)

    # ---- what the pages are made of ----

    def ground(self, request: HttpRequest, record: Mapping[str, Any] | None) -> Ground:
        """What a form for the record (None: for a new object) stands on."""
        return Ground(request, fresh=record is None)

    def form_for(self, request: HttpRequest, record: Mapping[str, Any] | None) -> RecordForm:
        shape = shape_of(self.resource)()
        data = request.POST if request.method == "POST" else None
        value = record if record is not None else self.given(request)
        without = self.only_on_add | shape.create_only if record is not None else frozenset()
        return RecordForm(shape, ground=self.ground(request, record), data=data, value=value, without=without)

    def given(self, request: HttpRequest) -> dict[str, Any]:
        """What the address of the page for a new object says of it: `?article=…`."""
        plain = {n for n, f in shape_of(self.resource)().fields.items() if not isinstance(f, BaseSerializer)}
        return {name: value for name, value in request.GET.items() if name in plain}

    def seen(self, request: HttpRequest, pk: UUID) -> Any:
        """The row, or the answer that absent ones get."""
        row = self.get_queryset(request).filter(pk=pk).first()
        if row is None:
            raise Http404
        return row

    def record(self, door: Inside, pk: UUID) -> Any:
        answer = door.get(self.where(pk))
        if not answer.ok:
            raise Http404
        return answer.body

    def page(self, request: HttpRequest, template: str, title: str, row: Any = None, **context: Any) -> HttpResponse:
        status = context.pop("status", 200)
        whole = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "row": row,
            "back": self.address("change", row.pk) if row else self.address("changelist"),
            **context,
        }
        return TemplateResponse(request, f"admin/work/{template}.html", whole, status=status)

    def name_of(self, row: Any) -> str:
        words = str(row)
        return f"{words[:57]}…" if len(words) > 60 else words

    # ---- a known object ----

    def edit_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The form of a known object. It says which version it was filled from, and is refused where that is past."""
        row, door = self.seen(request, pk), api(request)
        record = self.record(door, pk)
        form = self.form_for(request, record)
        version = int(sent) if (sent := request.POST.get("version", "")).isdecimal() and len(sent) < 10 else 0
        context: dict[str, Any] = {"form": form, "version": record["version"], "record": record}
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
        names = [name for name in form.order if name in record]
        rows = [(name, readable(known.get(name)), readable(record[name]), readable(form.sent(name))) for name in names]
        columns = ("name", "was", "now", "yours")
        return [dict(zip(columns, row, strict=True)) for row in rows if row[2] != row[3] or row[1] != row[2]]

    def changed_by(self, door: Inside, pk: UUID) -> Any:
        last = door.get(f"{self.where(pk)}history/?ordering=-version&page_size=1")
        return last.body["results"][0] if last.ok and last.body["results"] else None

    # ---- a new object ----

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form, door = self.form_for(request, None), api(request)
        context: dict[str, Any] = {"form": form, "add": True}
        if request.method == "POST" and form.ready():
            answer, dry = self.sent(request, door, "post", f"{self.resource}/", form.body(), None)
            if answer.ok and not dry:
                return self.done(request, answer, "made")
            context |= self.told(request, form, answer)
        status = 422 if form.wrong() else 200
        return self.page(request, "form", f"Add {self.opts.verbose_name}", status=status, **context)

    # ---- deeds ----

    def deed_view(self, request: HttpRequest, pk: UUID, name: str) -> HttpResponse:
        deed = next((deed for deed in self.deeds if deed.name == name), None)
        if deed is None:
            raise Http404
        return self.confirmed(request, self.seen(request, pk), deed.label, f"{name}/", shape_of(self.resource, name)())

    def restore_view(self, request: HttpRequest, pk: UUID, version: int) -> HttpResponse:
        shape = shape_of(self.resource, "history/1/restore")()
        row = self.get_queryset(request).filter(pk=pk).first()
        then = api(request).get(f"{self.where(pk)}history/{version}/")
        if not then.ok:
            raise Http404
        told = [(name, readable(value)) for name, value in then.body["object"].items() if value not in EMPTY]
        label = f"Restore version {version}"
        return self.confirmed(request, row, label, f"history/{version}/restore/", shape, pk=pk, told=told)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None or not self.deletable:
            raise Http404
        return self.confirmed(request, row, "Delete", "", None, then="changelist")

    def confirmed(
        self,
        request: HttpRequest,
        row: Any,
        label: str,
        below: str,
        shape: Any,
        *,
        pk: UUID | None = None,
        then: str = "change",
        told: Iterable[Any] = (),
    ) -> HttpResponse:
        """A page that says what will be done and, once that is confirmed, does it."""
        pk = row.pk if row is not None else pk
        assert pk is not None
        data = request.POST if request.method == "POST" else None
        form = RecordForm(shape, ground=self.ground(request, None), data=data) if shape is not None else None
        context: dict[str, Any] = {"form": form, "label": label, "told": told, "faults": []}
        context["version"] = getattr(row, "version", 1) if row is not None else None
        if request.method == "POST" and (form is None or form.ready()):
            version = request.POST.get("version", "")
            match = etag(pk, int(version)) if version.isdecimal() and len(version) < 10 else None
            method = "post" if shape is not None else "delete"
            body = form.body() if form is not None else None
            answer = api(request).send(method, f"{self.where(pk)}{below}", body, match)
            if answer.ok:
                self.message_user(request, f"{label}: done.", messages.SUCCESS)
                return HttpResponseRedirect(self.address(then, pk) if then == "change" else self.address(then))
            unplaced = refuse(form, answer.faults)
            return self.page(request, "confirm", label, row, **context | {"faults": unplaced, "status": answer.status})
        return self.page(request, "confirm", label, row, **context)

    # ---- history ----

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """All versions of an object, the newest first; of a deleted one, for curators."""
        try:
            pk = UUID(object_id)
        except ValueError:
            raise Http404 from None
        cursor = request.GET.get("cursor")
        query = urlencode({"ordering": "-version", "page_size": 50, **({"cursor": cursor} if cursor else {})})
        answer = api(request).get(f"{self.where(pk)}history/?{query}")
        if not answer.ok:
            raise Http404
        row = self.get_queryset(request).filter(pk=pk).first()
        following = answer.body["next"] and "?" + urlencode({"cursor": cursor_in(answer.body["next"])})
        listed = [version | {"told": changes(version)} for version in answer.body["results"]]
        return self.page(request, "history", "History", row, pk=pk, versions=listed, following=following, admin=self)


def refuse(form: RecordForm | None, faults: Sequence[Fault]) -> Sequence[Fault]:
    """Puts the faults into the form; without one they are given back."""
    if form is None or not form.order:
        return faults
    form.refuse(faults)
    return []


def cursor_in(address: str) -> str:
    from urllib.parse import parse_qs, urlsplit

    return parse_qs(urlsplit(address).query)["cursor"][0]


def changes(version: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, readable(version["object"][name])) for name in version["changed"]]


def readable(value: Any) -> str:
    """A JSON value in words, for comparing and for reading: a span is its text and its place."""
    match value:
        case None | "" | [] | {}:
            return "—"
        case bool():
            return "yes" if value else "no"
        case Mapping() if "exact" in value or "fragments" in value:
            return readable_span(value)
        case Mapping():
            return "; ".join(f"{n.replace('_', ' ')}: {readable(v)}" for n, v in value.items() if v not in EMPTY)
        case list():
            return "\n".join(readable(item) for item in value)
    return str(value)


def readable_span(span: Mapping[str, Any]) -> str:
    pieces = span.get("fragments") or [span]
    words = " … ".join(str(piece.get("exact", "")) for piece in pieces)
    places = [f"{piece['start']}–{piece['end']}" for piece in pieces if piece.get("start") is not None]
    return f"{words} ({', '.join(places)})" if places else words
