"""The change feed of a project."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Max
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.querysets.changes import told
from annotations.serializers.changes import SHAPES, ChangesQuery, ChangesSerializer
from annotations.states import hide_parents
from annotations.views.offsets import recount
from backend.cursors import read_cursor, scope_of, write_cursor
from backend.errors import Problem, not_found
from backend.statements import Statement
from backend.viewsets import Resource
from projects.actions.feed import sequence
from projects.models import Event, Project
from projects.references import no_such_object
from projects.states import in_shape, is_member, name_users

# Events that one call looks through for those that its caller may see.
SCAN = 10_000


class ChangesView(Resource):
    """What has changed in a project, in an order that a reader can follow."""

    model = Event
    serializer_class = ChangesSerializer
    queries = {"changes": ChangesQuery}

    def changes(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Everything that has changed in a project since `cursor`, oldest first: each change that the caller may see,
        bulk writes and imports included, and what is gone.

        Keep `next`, and send it as `cursor` the next time: whoever does misses nothing, however many write at once,
        and of one object the versions ascend. `next` is never null; while `more` is true, more is waiting.

        With `reload` the caller may see more or less than before, and what was left out or sent earlier is not sent
        again. A set: fetch it, or drop it with all that is in it (and in a blind project, where it is the caller's
        own, do so with all sets of its article). A project, or the caller's membership: fetch the project anew.
        """
        self.parsed = self.query()
        values = self.parsed.validated_data
        project = self.visible(values["project"])
        scope = scope_of(request, "seq", {"project": project})
        after = self.position(values.get("cursor"), scope)
        waiting = sequence(project)
        events = Event.objects.filter(project=project, seq__gt=after)
        looked = events.order_by("seq")[:SCAN].aggregate(last=Max("seq"))
        last = looked["last"] or after
        found, whole = self.read(events.filter(seq__lte=last), project, values)
        if not whole:
            last = found[-1]["seq"]
        more = waiting or events.filter(seq__gt=last).exists()
        cursor = write_cursor(scope, [last], back=False)
        return Response({"results": self.shown_changes(found, project), "next": cursor, "more": more})

    def visible(self, project: UUID) -> UUID:
        if not Project.objects.visible_to(self.caller).filter(pk=project).exists():
            # Anonymous callers get 401 in place of this 404.
            raise not_found() if self.caller.user is None else Problem(422, no_such_object("?project"))
        return project

    def position(self, cursor: str | None, scope: str) -> int:
        return 0 if cursor is None else int(read_cursor(cursor, scope, ("seq",))[1][0])

    def read(self, events: Any, project: UUID, values: Any) -> tuple[list[dict[str, Any]], bool]:
        """What there is to tell of the events, and whether it is all."""
        if "type" in values:
            events = events.filter(type=values["type"])
        rows = told(events, project, self.caller).changes(self.caller).order_by("seq").values_list("record")
        page = replace(Statement.of(rows[: values["page_size"]], kept=False), width=1)
        there = [record for (record,) in page.run({})]
        found = [json.loads(record) for record in there if record is not None]
        return found, len(there) < values["page_size"] and len(there) == len(found)

    def shown_changes(self, found: list[dict[str, Any]], project: UUID) -> list[Any]:
        """With names for users, in the shapes of the resources, in the unit that was asked for."""
        user = self.caller.user and str(self.caller.user.pk)
        for change in found:
            member = change.pop("member")
            change["reload"] = change["reload"] and member in (None, user)
        known = [change for change in found if change["object"] is not None]
        states = [change["object"] for change in known]
        name_users(states, shown=is_member(self.caller, project))
        hide_parents(states, self.caller)
        shaped = [in_shape(SHAPES[change["type"]], change["object"]) for change in known]
        utf16 = self.parsed.validated_data["offset_unit"] == "utf16"
        for change, state in zip(known, recount(shaped, past=True) if utf16 else shaped, strict=True):
            change["object"] = state
        return [orjson.Fragment(json.dumps(change, ensure_ascii=False)) for change in found]
