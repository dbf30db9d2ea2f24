"""Reads. A QuerySet method names a question; `visible_to` is the only door to rows, `records` says what answers show.

A record is built by PostgreSQL as JSON (backend.sql.JSON) from one declaration per resource, which the change events
use as well; what depends on the reader (names, counts) is passed in by the caller.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, TextField, UUIDField, Value, When
from django.db.models.functions import Cast

from backend.sql import JSON, JSONList
from backend.statements import among
from projects.roles import Caller

NO_ID = Value(None, output_field=UUIDField())


class RecordQuerySet(QuerySet[Any]):
    """Rows that can say what the API shows of them."""

    def fields(self, caller: Caller | None) -> dict[str, Any]:
        """The record's fields. Without a caller: the stored state alone, for an event (no names, nothing computed)."""
        raise NotImplementedError

    def remains(self) -> dict[str, Any]:
        """What the event of a deletion keeps: the record, and whatever else would be lost."""
        return self.fields(None)

    def version(self) -> Any:
        return F("version")

    # Columns whose change lets somebody see more or less than before.
    opening: ClassVar[frozenset[str]] = frozenset()

    def reload_at(self, action: str) -> Any:
        """Whether the making or the end of a row lets somebody see more or less of other rows."""
        return Value(False)

    def references(self) -> dict[str, Any]:
        """Where an event of this row belongs: columns or expressions for `project`, `article` and `set`."""
        return {"project": F("project_id"), "article": NO_ID, "set": NO_ID}

    def stamps(self, caller: Caller | None) -> dict[str, Any]:
        return {
            "id": "id",
            "version": "version",
            "created_at": "created_at",
            "updated_at": "updated_at",
            "created_by": self.name_of("created_by", caller) if caller else "created_by_id",
        }

    def records(self, caller: Caller, **shown: bool) -> Self:
        """Each row's record as JSON text, in the column `record`."""
        return self.annotate(record=Cast(JSON(self.fields(caller, **shown)), TextField()))

    def name_of(self, column: str, caller: Caller) -> Any:
        """A user's name; strangers and the public see none."""
        name = F(f"{column}__username")
        if caller.everywhere:
            return name
        return Case(When(self.among(caller), then=name), default=Value(None), output_field=TextField())

    def among(self, caller: Caller) -> Q:
        """The rows of projects where the caller is a member."""
        return among("project", caller.members)

    def visible_to(self, caller: Caller) -> Self:
        """What the whole project shares: its members see it, and everybody where the project is public."""
        if caller.everywhere:
            return self
        shown = self.among(caller)
        return self.filter(shown | self.public() if caller.public_too else shown)

    def public(self) -> Q:
        from projects.models import Project

        return Q(project__in=Project.objects.filter(visibility="public").values("id"))


class ProjectQuerySet(RecordQuerySet):
    opening = frozenset({"visibility", "blind"})

    def references(self) -> dict[str, Any]:
        return super().references() | {"project": F("id")}

    def among(self, caller: Caller) -> Q:
        return among("id", caller.members)

    def public(self) -> Q:
        return Q(visibility="public")

    def fields(self, caller: Caller | None) -> dict[str, Any]:
        names = ("slug", "name", "description", "visibility", "blind", "guideline", "guideline_version")
        fields = self.stamps(caller) | {name: name for name in names}
        return fields | {"my_role": self.role_of(caller)} if caller else fields

    def role_of(self, caller: Caller) -> Any:
        whens = [When(id=project, then=Value(role.label)) for project, role in caller.roles.items()]
        default = Value("manager" if caller.everywhere else None, output_field=TextField())
        return Case(*whens, default=default, output_field=TextField())


class MembershipQuerySet(RecordQuerySet):
    opening = frozenset({"role"})

    def reload_at(self, action: str) -> Any:
        return Value(True)

    def public(self) -> Q:
        return Q(pk__in=[])

    def fields(self, caller: Caller | None) -> dict[str, Any]:
        user = "user__username" if caller else "user_id"
        return self.stamps(caller) | {"project": "project_id", "user": user, "role": "role"}


class TokenQuerySet(RecordQuerySet):
    def visible_to(self, caller: Caller) -> Self:
        """Nobody sees another's tokens."""
        return self.filter(user=caller.user) if caller.user else self.none()

    def fields(self, caller: Caller | None) -> dict[str, Any]:
        names = ("name", "hint", "scopes", "expires_at", "last_used_at", "revoked_at")
        projects = JSONList(self.model.projects.through.objects.filter(apitoken=OuterRef("pk")), "project_id")
        listed = Case(When(limited=True, then=projects), default=Value(None))
        return self.stamps(None) | {"created_by": "user__username"} | {n: n for n in names} | {"projects": listed}


class EventQuerySet(QuerySet[Any]):
    """Not a RecordQuerySet: an event is seen with what it tells of, and holds nothing back from being deleted."""

    def records(self, caller: Caller) -> Self:
        """Each event as JSON text, in the column `record`: a version of its object, and the one before it."""
        earlier = self.model.objects.filter(object_id=OuterRef("object_id"), pk__lt=OuterRef("pk")).order_by("-pk")
        fields = {
            "version": "version",
            "action": "action",
            "at": "at",
            "actor": self.for_members(caller, "actor__username"),
        }
        fields |= {"comment": self.for_members(caller, "comment", ""), "project": "project", "object": "snapshot"}
        return self.annotate(
            record=Cast(JSON(fields | {"before": Subquery(earlier.values("snapshot")[:1])}), TextField())
        )

    def changes(self, caller: Caller) -> Self:
        """Each event as the feed tells of it, as JSON text in the column `record`; with its object, if that is `known`.
        `member`: whose membership it is about."""
        names = ("seq", "action", "type", "version", "article", "set", "at", "reload")
        fields: dict[str, Any] = {name: name for name in names} | {"id": "object_id"}
        fields |= {"actor": self.for_members(caller, "actor__username"), "member": "snapshot__user"}
        fields |= {"object": Case(When(Q(known=True) & ~Q(action="deleted"), then=F("snapshot")))}
        return self.annotate(record=Cast(JSON(fields), TextField()))

    def for_members(self, caller: Caller, column: str, otherwise: str | None = None) -> Any:
        """What is only for the project's members: people's names, and what they wrote to each other."""
        if caller.everywhere:
            return F(column)
        return Case(
            When(among("project", caller.members), then=F(column)), default=Value(otherwise), output_field=TextField()
        )
