"""Stored states as answers show them: the shapes of what events keep, and names in place of the ids of users.

An event keeps what is stored, nothing that is computed for a reader, and no names: these come from the users' own rows
when it is read, so that a person who is forgotten is forgotten here too.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

from rest_framework.serializers import ListSerializer

from backend.fields import Closed, Ignored
from projects.models import User
from projects.roles import Caller

State = dict[str, Any]
# Where a state keeps users, but for `annotator`.
USERS = ("created_by", "user")


@cache
def state_of(base: type[Closed]) -> type[Closed]:
    """The serializer of a resource's stored state: its fields, less those that are computed or only ever sent."""
    fields = {name: state_field(field) for name, field in base._declared_fields.items() if is_stored(base, name, field)}
    name = base.__name__.removesuffix("Serializer") + "StateSerializer"
    doc = "As it was stored: nothing in it is computed, and no merge is resolved."
    return type(name, (Closed,), {**fields, "__doc__": doc})


def is_stored(base: type[Closed], name: str, field: Any) -> bool:
    computed = name in base.computed or name in base.sometimes
    return not (computed or field.write_only or isinstance(field, Ignored))


def state_field(field: Any) -> Any:
    if isinstance(field, ListSerializer) and isinstance(field.child, Closed):
        return state_of(type(field.child))(many=True)
    return field


def in_shape(base: type[Closed], stored: State) -> State:
    """The declared fields of a stored state: an event keeps more than answers show."""
    return {name: in_field(field, stored.get(name)) for name, field in base._declared_fields.items()}


def in_field(field: Any, value: Any) -> Any:
    if isinstance(field, ListSerializer) and isinstance(field.child, Closed) and isinstance(value, list):
        return [in_shape(type(field.child), item) for item in value]
    return value


def is_member(caller: Caller, project: UUID | str) -> bool:
    """Whether the caller is shown the project's people."""
    return caller.everywhere or UUID(str(project)) in caller.eyes


def name_users(states: Iterable[State], *, shown: bool) -> None:
    """Puts users' names in place of their ids; to outsiders (not `shown`) none. One statement, whatever the number."""
    states = list(states)
    ids = {pk for state in states for pk in users_in(state)}
    names: dict[str, str] = {}
    if shown and ids:
        names = {str(pk): name for pk, name in User.objects.filter(pk__in=ids).values_list("pk", "username")}
    for state in states:
        for field in USERS:
            if field in state:
                state[field] = names.get(state[field])
        if "annotator" in state:
            state["annotator"] = named_annotator(state["annotator"], names, shown=shown)


def users_in(state: State) -> set[str]:
    found = {state.get(field) for field in USERS} | {state.get("annotator", {}).get("user")}
    return {pk for pk in found if pk is not None}


def named_annotator(stored: State, names: dict[str, str], *, shown: bool) -> State:
    """An event keeps the name of an annotator who is no user of this server; a user's is looked up."""
    if stored["user"] is not None:
        name = names.get(stored["user"])
        return stored | {"user": name, "name": name}
    return stored if shown or stored["kind"] != "human" else stored | {"name": None}
