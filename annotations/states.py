"""Stored states of annotations, made fit for a reader."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from annotations.models import AnnotationSet
from projects.roles import Caller
from projects.states import State


def hide_parents(states: Iterable[State], caller: Caller) -> None:
    """A set tells of no other set that the caller does not see; curators also see which are gone. One statement."""
    named = [state for state in states if state.get("parents")]
    foreign = [state for state in named if not caller.curates(UUID(state["project"]))]
    if foreign:
        asked = {pk for state in foreign for pk in state["parents"]}
        seen = AnnotationSet.objects.visible_to(caller).filter(pk__in=asked).values_list("pk", flat=True)
        shown = {str(pk) for pk in seen}
        for state in foreign:
            state["parents"] = [pk for pk in state["parents"] if pk in shown]
