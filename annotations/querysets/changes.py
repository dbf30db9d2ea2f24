"""Which events of a project a caller is told of: those of what they see now, and the ends of what they saw."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q

from annotations.models import AnnotationSet
from annotations.querysets.sets import InSetQuerySet
from projects.models import Event
from projects.querysets import EventQuerySet
from projects.roles import Caller


class PastSets(InSetQuerySet):
    """Events of annotation sets, seen by the rule of the sets themselves, as these stood then."""

    past = {
        "annotator_user": "snapshot__annotator__user",
        "kind": "snapshot__kind",
        "status": "snapshot__status",
    }

    def at_set(self, **lookups: Any) -> Q:
        return Q(**{self.past[name]: in_json(value) for name, value in lookups.items()})


class ReopenedSets(PastSets):
    """The same, as if they were not open: whoever saw such a set has to hear that it went out of sight."""

    def at_set(self, **lookups: Any) -> Q:
        return Q(pk__in=[]) if "status" in lookups else super().at_set(**lookups)


def in_json(value: Any) -> Any:
    """A value as a snapshot holds it: of a user, the id."""
    return str(value.pk) if hasattr(value, "pk") else value


def told(events: EventQuerySet, project: UUID, caller: Caller) -> EventQuerySet:
    """The events that the caller is told of; `known`: with the object, for they see it (or saw its end)."""
    caller = caller.within(project)
    seen = ExpressionWrapper(known_to(project, caller), output_field=BooleanField())
    known: EventQuerySet = events.annotate(known=seen)
    if caller.curates(project):
        return known
    reopened = ReopenedSets(Event).filter(pk__in=events.filter(type="annotation_set", reload=True).values("pk"))
    reopened = reopened.filter(action="updated", snapshot__status="open").visible_to(caller)
    found: EventQuerySet = known.filter(Q(known=True) | Q(pk__in=reopened.values("pk")))
    return found


def known_to(project: UUID, caller: Caller) -> Q:
    """Events of what the caller sees, or saw the end of."""
    if caller.curates(project):
        return Q(pk__isnull=False)
    return Q(set__isnull=True) & people(project, caller) | in_seen_sets(project, caller)


def people(project: UUID, caller: Caller) -> Q:
    """Who the members are is for members; what becomes of one's own membership, for oneself."""
    if project in caller.eyes:
        return Q()
    return ~Q(type="membership") | (Q(snapshot__user=str(caller.user.pk)) if caller.user else Q(pk__in=[]))


def in_seen_sets(project: UUID, caller: Caller) -> Q:
    """Events in sets that the caller sees; in deleted ones, by the set's last state."""
    # EXISTS lets PostgreSQL look up each set by its id where the events are few.
    living = AnnotationSet.objects.visible_to(caller).filter(project=project, pk=OuterRef("set"))
    later = Event.objects.filter(object_id=OuterRef("object_id"), pk__gt=OuterRef("pk"))
    graves = PastSets(Event).filter(object_id=OuterRef("set"), type="annotation_set", action="deleted")
    return Q(Exists(living)) | Q(Exists(graves.visible_to(caller).filter(~Exists(later))))
