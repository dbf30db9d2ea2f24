"""What stands for an object in a call: its id, or the object as it was read, which also knows its version."""

from __future__ import annotations

import uuid
import weakref
from typing import Protocol, TypeAlias, TypeVar, overload
from uuid import UUID

from onrecord_client.generated.types import Unset


class Identified(Protocol):
    """Any object of the API that has an id."""

    @property
    def id(self) -> UUID: ...


Ref: TypeAlias = UUID | str | Identified
Tagged: TypeAlias = object  # an object that this client has read, or that has id and version
UnsetT = TypeVar("UnsetT", bound=Unset)


@overload
def identifier(reference: UnsetT) -> UnsetT: ...
@overload
def identifier(reference: Ref) -> UUID: ...
@overload
def identifier(reference: Ref | Unset) -> UUID | Unset: ...
def identifier(reference: Ref | Unset) -> UUID | Unset:
    """Of an object, its id. Raises ValueError where a string is no UUID."""
    if isinstance(reference, (Unset, UUID)):
        return reference
    if not isinstance(reference, str):
        return reference.id
    try:
        return UUID(reference)
    except ValueError:
        raise ValueError(f"An id is a UUID, and this is none: {reference!r}") from None


def new_key(given: str | Unset) -> str:
    """An Idempotency-Key for one call, however often it is sent."""
    return str(uuid.uuid4()) if isinstance(given, Unset) else given


class Tags:
    """The ETags of what was read, for as long as somebody holds it.

    Objects without a version (an article's annotations) have no other way to remember theirs.
    """

    def __init__(self) -> None:
        self.known: dict[int, str] = {}

    def remember(self, read: object, tag: str | None) -> None:
        if tag is not None and read is not None:
            self.known[id(read)] = tag
            weakref.finalize(read, self.known.pop, id(read), None)

    def of(self, given: object) -> str | Unset:
        """Unset for a mere id: the server then asks for the tag."""
        if given is None or isinstance(given, (Unset, UUID)):
            return Unset()
        if isinstance(given, str):
            return given
        if id(given) in self.known:
            return self.known[id(given)]
        return f'"{given.id}.{given.version}"' if hasattr(given, "id") and hasattr(given, "version") else Unset()
