"""The shapes of projects, members, tokens, and of what every object begins with."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

from rest_framework import serializers

from backend.fields import LABEL_MAX, NOTE_MAX, Choice, Choices, Closed, DateTime, Flag, Id, Int, List, Pattern, Text
from backend.queries import ListQuery, ordering
from projects.choices import EventAction, RoleName, Visibility
from projects.roles import SCOPES
from projects.states import state_of


class Stamps(Closed):
    """What every object begins with. `create_only` names fields that a PATCH may not send."""

    id = Id(read_only=True)
    version = Int(read_only=True, help_text="Rises by one with every change.")
    created_at = DateTime(read_only=True)
    updated_at = DateTime(read_only=True)
    created_by = Text(read_only=True, allow_null=True, help_text="A user's name; null to outsiders.")

    create_only: ClassVar[frozenset[str]] = frozenset()
    tagged = True

    def refused(self, field: Any) -> str | None:
        if field is not None and self.partial and field.field_name in self.create_only:
            return "read-only-field"
        return super().refused(field)


class WarningSerializer(Closed):
    """Something worth knowing about a write that was taken."""

    code = Text(help_text="`anchored-folded`, `splits-grapheme`.")
    detail = Text()
    pointer = Text(help_text="A JSON pointer into the request.")


class ProjectSerializer(Stamps):
    """The tenant: members with roles, articles, speakers, claims. Nothing is shared between projects."""

    slug = Pattern(r"^[a-z0-9]+(-[a-z0-9]+)*$", "nuclear-talks", max_length=100, help_text="Unique on this server.")
    name = Text(max_length=LABEL_MAX, allow_blank=False)
    description = Text(max_length=NOTE_MAX, required=False)
    visibility = Choice(Visibility, required=False, help_text="Anybody may read a public project's finished work.")
    blind = Flag(required=False, help_text="Annotators do not see each other's work before theirs is closed.")
    guideline = Text(max_length=200_000, required=False, help_text="Markdown.")
    guideline_version = Text(max_length=LABEL_MAX, required=False)
    my_role = Choice(RoleName, read_only=True, allow_null=True, help_text="The caller's own; null without one.")
    computed = frozenset({"my_role"})


class ProjectListQuery(ListQuery):
    slug = Text(required=False, max_length=100)
    ordering = ordering("id", "updated_at", "slug")
    lookups: ClassVar = {"slug": "slug"}


class MemberSerializer(Stamps):
    """A user's role in a project."""

    project = Id(read_only=True)
    user = Text(max_length=150, allow_blank=False, help_text="The user's name.")
    role = Choice(RoleName)
    create_only = frozenset({"user"})


class TokenSerializer(Stamps):
    """A bearer token of the caller's own. Its secret is in the answer to its making, and never again."""

    name = Text(max_length=LABEL_MAX, allow_blank=False)
    scopes = Choices(
        SCOPES, "Scope", min_length=1, help_text="What the token may at most; the role in a project limits it further."
    )
    expires_at = DateTime(required=False, allow_null=True)
    projects = List(
        child=Id(),
        max_length=1000,
        required=False,
        allow_null=True,
        help_text="Good for these projects only; null: for all of the user's.",
    )
    hint = Text(read_only=True, help_text="How the secret begins.")
    last_used_at = DateTime(read_only=True, allow_null=True)
    revoked_at = DateTime(read_only=True, allow_null=True)


class NewTokenSerializer(TokenSerializer):
    """A token with its secret, shown once."""

    token = Text(read_only=True, help_text="Begins with `onr_`. Keep it: it is not shown again.")


class MembershipOfMeSerializer(Closed):
    project = Id(read_only=True)
    role = Choice(RoleName, read_only=True)


class MeSerializer(Closed):
    """The caller: who the token stands for and what it may."""

    id = Id(read_only=True)
    username = Text(read_only=True)
    is_service = Flag(read_only=True)
    scopes = Choices(SCOPES, "Scope", read_only=True)
    projects = MembershipOfMeSerializer(many=True, read_only=True)


class VersionSerializer(Closed):
    """One version of an object: what it was then, and how it came to be so."""

    version = Int()
    action = Choice(EventAction)
    at = DateTime()
    actor = Text(allow_null=True, help_text="A user's name; null to outsiders.")
    comment = Text(help_text="Why: of a review, or of a restoration. Empty to outsiders.")
    changed = serializers.ListField(
        child=Text(), help_text="The fields that differ from the version before; empty for all but updates."
    )


@cache
def version_of(base: type[Closed]) -> type[Closed]:
    """The serializer of a resource's versions."""
    name = base.__name__.removesuffix("Serializer")
    shape = state_of(base)(help_text="As it stood then; a deleted object as it was at the end.")
    return type(
        f"{name}VersionSerializer", (VersionSerializer,), {"object": shape, "__doc__": VersionSerializer.__doc__}
    )


class NothingSerializer(Closed):
    """An empty object: the address says it all."""
