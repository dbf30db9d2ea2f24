"""Pages on which something is done with a known object, once that is confirmed: deeds (review, merge …), deletion,
restoration; and its history, which says what was done.

As all pages on which something is done they are clients of the API (`backend.inside`), and hold no rule of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.utils import quote
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from backend.errors import Fault
from backend.inside import Answer, etag, shape_of
from projects.admin.base import ReadOnlyAdmin, api, version_in
from projects.admin.forms import EMPTY, Ground, RecordForm
from projects.admin.readable import changes, readable
from projects.roles import Role


@dataclass(frozen=True)
class Deed:
    """Something that can be done with one object: a POST below its address. `role`: who is offered it; `when`: for
    which rows. What the API lets pass is the API's business."""

    name: str
    label: str
    role: Role = Role.CURATOR
    when: Callable[[Any], bool] = lambda row: True


class DeedAdmin(ReadOnlyAdmin):
    """What can be done with an object of one resource of the API, but for changing its fields."""

    resource: ClassVar[str]
    deeds: ClassVar[Sequence[Deed]] = ()

    # ---- addresses ----

    def get_urls(self) -> list[URLPattern]:
        own = [
            self.route("<uuid:pk>/do/<slug:name>/", self.deed_view, "do"),
            self.route("<uuid:pk>/history/<int:version>/restore/", self.restore_view, "restore"),
        ]
        return own + super().get_urls()

    def route(self, route: str, view: Any, name: str) -> Any:
        found = f"{self.opts.app_label}_{self.opts.model_name}_{name}"
        return path(route, self.admin_site.admin_view(view), name=found)

    def address(self, page: str, *args: Any) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=[quote(str(a)) if isinstance(a, UUID) else a for a in args])

    def where(self, row_or_pk: Any) -> str:
        return f"{self.resource}/{getattr(row_or_pk, 'pk', row_or_pk)}/"

    # ---- what the pages are made of ----

    def ground(self, request: HttpRequest, record: Mapping[str, Any] | None) -> Ground:
        """What a form for the record (None: for a new object) stands on."""
        return Ground(request, fresh=record is None)

    def seen(self, request: HttpRequest, pk: UUID) -> Any:
        """The row, or the answer that absent ones get."""
        row = self.get_queryset(request).filter(pk=pk).first()
        if row is None:
            raise Http404
        return row

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
        return TemplateResponse(request, f"admin/editing/{template}.html", whole, status=status)

    def name_of(self, row: Any) -> str:
        words = str(row)
        return f"{words[:57]}…" if len(words) > 60 else words

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
        if row is None:
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
            answer = self.carry_out(request, pk, below, form)
            if answer.ok:
                self.message_user(request, f"{label}: done.", messages.SUCCESS)
                return HttpResponseRedirect(self.address(then, pk) if then == "change" else self.address(then))
            unplaced = refuse(form, answer.faults)
            return self.page(request, "confirm", label, row, **context | {"faults": unplaced, "status": answer.status})
        return self.page(request, "confirm", label, row, **context)

    def carry_out(self, request: HttpRequest, pk: UUID, below: str, form: RecordForm | None) -> Answer:
        """What was confirmed, on the version that the page was made of. Without a form, the deletion."""
        version = version_in(request.POST.get("version", ""))
        match = etag(pk, version) if version is not None else None
        method, body = ("delete", None) if form is None else ("post", form.body())
        return api(request).send(method, f"{self.where(pk)}{below}", body, match)

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
        listed = [
            version | {"told": changes(version), "at": datetime.fromisoformat(version["at"])}
            for version in answer.body["results"]
        ]
        title = f"History of {self.name_of(row)}" if row else "History of what is gone"
        return self.page(request, "history", title, row, pk=pk, versions=listed, following=following, here="History")


def refuse(form: RecordForm | None, faults: Sequence[Fault]) -> Sequence[Fault]:
    """Puts the faults into the form; without one they are given back."""
    if form is None or not form.order:
        return faults
    form.refuse(faults)
    return []


def cursor_in(address: str) -> str:
    return parse_qs(urlsplit(address).query)["cursor"][0]
