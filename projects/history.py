"""What every object with an id offers besides itself: all its versions, and the way back to each of them.

The versions are the object's events. Who sees an object sees its history; what is gone is the curators', and
theirs in whose annotation set it was. A restoration is a change like others: it takes the road of PATCH, or of POST for
what is gone, with the rules of these.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import orjson
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from backend.errors import conflict, not_found
from backend.fields import Closed
from backend.preconditions import IfMatch
from backend.queries import ListQuery, Query, ordering
from backend.viewsets import Resource
from projects.actions.rows import Stamps, hold, type_name
from projects.models import Event
from projects.permissions import require
from projects.roles import Role
from projects.serializers import NothingSerializer, version_of
from projects.states import State, in_shape, is_member, name_users, state_of

NUMBER = "[1-9][0-9]{0,8}"
# Rise with every version, and say nothing of what has changed.
STAMPS = {"version", "updated_at"}


class HistoryQuery(ListQuery):
    """The versions of one object."""

    ordering = ordering("version")


class Historied(Resource):
    """A resource whose objects have a history. `restorers`: who may bring a version back, besides what it asks for."""

    restorers: ClassVar[Role] = Role.CURATOR
    history_query: ClassVar[type[ListQuery]] = HistoryQuery

    @classmethod
    def query_of(cls, action: str) -> type[Query]:
        return cls.history_query if action == "history" else super().query_of(action)

    @classmethod
    def answer_of(cls, action: str) -> Any:
        if action in {"history", "history_version"}:
            return version_of(cls.shape())
        return super().answer_of(action)

    @classmethod
    def shape(cls) -> type[Closed]:
        """The resource's own serializer, whichever this operation has."""
        return cls.serializer_class  # type: ignore[return-value]

    # ---- reading ----

    @action(detail=True, methods=["get"], url_path="history", url_name="history")
    def history(self, request: Request, pk: str, **kwargs: Any) -> Response:
        """Every version of the object, the oldest first: who made it, when, and what changed. Whoever sees the object
        sees its history; of a deleted one, curators, and the owner of the annotation set that it was in."""
        query: Any = self.query()
        return self.page(query, self.events_of(UUID(pk)), show=self.versions)

    @action(detail=True, methods=["get"], url_path=rf"history/(?P<version>{NUMBER})", url_name="version")
    def history_version(self, request: Request, pk: str, version: str, **kwargs: Any) -> Response:
        """The object as it stood then. Nothing in `object` is computed, and no merge is resolved."""
        self.query()
        events = self.events_of(UUID(pk)).filter(version=int(version)).order_by("-id")
        record = events.records(self.caller).values_list("record", flat=True).first()
        if record is None:
            raise not_found()
        (found,) = self.versions([record])
        return Response(found)

    def events_of(self, pk: UUID) -> Any:
        """The events of an object that the caller sees, or that is gone and theirs to read (`reads_gone`). Or 404."""
        events = Event.objects.filter(object_id=pk, type=type_name(self.model))
        if "project" in self.kwargs:
            events = events.filter(project=self.kwargs["project"])
        if not self.get_queryset().filter(pk=pk).exists() and not self.sees_grave(events):
            raise not_found()
        return events

    def sees_grave(self, events: Any) -> bool:
        last = events.order_by("-id").values("action", "project", "set").first()
        return last is not None and last["action"] == "deleted" and self.reads_gone(last)

    def reads_gone(self, last: Mapping[str, Any]) -> bool:
        """Whether the caller may read what is gone. `last`: where its tombstone stands."""
        return bool(self.caller.curates(last["project"]))

    def versions(self, records: Sequence[str]) -> list[Any]:
        """Events as answers show them. Not orjson's own parser: the numbers in `metadata` may be beyond it."""
        found = [json.loads(record) for record in records]
        for version in found:
            version["changed"] = changed_fields(version.pop("before"), version["object"], version["action"])
        states = [version["object"] for version in found]
        self.disclose(states, shown=bool(found) and is_member(self.caller, found[0].pop("project")))
        for version in found:
            version.pop("project", None)
            version["object"] = in_shape(state_of(self.shape()), version["object"])
            version["changed"] = [name for name in version["object"] if name in version["changed"]]
        return [orjson.Fragment(json.dumps(version, ensure_ascii=False)) for version in self.in_units(found)]

    def disclose(self, states: list[State], *, shown: bool) -> None:
        """Makes stored states fit for the caller's eyes."""
        name_users(states, shown=shown)

    def in_units(self, versions: list[Any]) -> list[Any]:
        """For resources with spans: offsets in the unit that was asked for."""
        return versions

    # ---- restoring ----

    @action(
        detail=True,
        methods=["post"],
        url_path=rf"history/(?P<version>{NUMBER})/restore",
        url_name="restore",
        serializer_class=NothingSerializer,
    )
    def restore(self, request: Request, pk: str, version: str, **kwargs: Any) -> Response:
        """Bring the object back to what it was at this version; a deleted one comes back with its id, as the version
        after its deletion. Curators (of projects and members: managers).

        It is a change like others, a new version, and what stands against it is said as always: a set that is not open
        (409), something it refers to that is gone (422), a clash (409). An object that is there needs `If-Match`, and
        gets those fields back that can be changed; a deleted one needs none, and is answered with 201.
        """
        self.parsed = self.query()
        self.validated()

        def change() -> Response:
            events = self.events_of(UUID(pk))
            past = events.filter(version=int(version)).order_by("-id").first()
            if past is None:
                raise not_found()
            require(self.caller, past.project_id, self.restorers)
            self.request.auth = self.caller.saying(f"restored version {version}")
            if self.get_queryset().filter(pk=pk).exists():
                return self.revert(past)
            return self.revive(past, events.order_by("-id").first())

        return self.write(change)

    def revert(self, past: Event) -> Response:
        """A living object: a PATCH with what of the version can be changed."""
        row = self.locked(past.object_id)
        warnings = self.perform_update(row, self.sendable(self.sent_anew(past.snapshot), partial=True))
        return self.answer(row.pk, 200, warnings or ())

    def revive(self, past: Event, last: Event) -> Response:
        """A deleted object: a POST with the version's fields, which keeps the object's id, times and maker."""
        if "If-Match" in self.request.headers:  # not needed, but heeded
            IfMatch.from_headers(self.request.headers).check(self.tag(past.object_id, last.version))
        hold("restore", past.object_id)
        if self.model._default_manager.filter(pk=past.object_id).exists():
            raise conflict("already-exists", "It has just come back.")
        stored: Any = past.snapshot
        stamps = {"id": past.object_id, "version": last.version + 1, "created_by_id": stored["created_by"]}
        stamps |= {"created_at": datetime.fromisoformat(stored["created_at"])}
        data = self.sendable(self.sent_anew(stored), partial=False)
        pk, warnings = self.perform_create(data, {**stamps, **self.kept(stored)})
        return self.answer(pk, 201, warnings)

    def sent_anew(self, stored: State) -> State:
        """A stored state as a request would send it."""
        return stored

    def kept(self, stored: State) -> Mapping[str, Any]:
        """Columns that no request sets, and that come back with a deleted object all the same."""
        return {}

    def sendable(self, stored: State, *, partial: bool) -> Any:
        """What of a state a request may send, checked as if one had."""
        shape = self.shape()
        fixed = getattr(shape, "create_only", ()) if partial else ()
        known = {n: f for n, f in shape().fields.items() if n in stored and not f.read_only and n not in fixed}
        serializer = shape(data={name: stored[name] for name in known}, partial=partial)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def perform_create(self, data: Mapping[str, Any], back: Stamps | None = None) -> tuple[UUID, Sequence[Any]]:
        """`back`: the columns of an object that comes back."""
        raise NotImplementedError

    def location(self, pk: UUID) -> str:
        """A restored object's own address, not one below its history."""
        path, below, _ = self.request.path.partition("history/")
        return self.request.build_absolute_uri(path) if below else super().location(pk)


def changed_fields(before: State | None, after: State, action: str) -> set[str]:
    """The fields of an update that differ from the version before."""
    if before is None or action != "updated":
        return set()
    return {name for name in after if before.get(name) != after[name]} - STAMPS
