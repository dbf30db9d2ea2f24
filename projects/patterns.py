"""What the text of a question depends on of whoever asks it: statements are compiled once for each such pattern."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backend.statements import Param

if TYPE_CHECKING:
    from projects.roles import Caller

LISTS = ("members", "curated", "managed", "shared", "blinded")


@dataclass(frozen=True)
class Pattern:
    """Stands for every caller who differs from another only in who they are and which projects are theirs.

    Asked as a Caller is by the QuerySets' methods, it answers with Params, which `params_of` a caller fill. `sizes`: of
    each of LISTS, whether the caller has none of such projects, one, or several (2).
    """

    everywhere: bool
    public_too: bool
    signed_in: bool
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, caller: Caller) -> Pattern:
        sizes = tuple(min(len(getattr(caller, name)), 2) for name in LISTS)
        return cls(caller.everywhere, caller.public_too, caller.user is not None, sizes)

    @property
    def user(self) -> Param | None:
        return Param("user") if self.signed_in else None

    @property
    def members(self) -> Param | list[Any]:
        return self.projects("members")

    @property
    def curated(self) -> Param | list[Any]:
        return self.projects("curated")

    @property
    def managed(self) -> Param | list[Any]:
        return self.projects("managed")

    @property
    def shared(self) -> Param | list[Any]:
        return self.projects("shared")

    @property
    def blinded(self) -> Param | list[Any]:
        return self.projects("blinded")

    def projects(self, name: str) -> Param | list[Any]:
        size = self.sizes[LISTS.index(name)]
        return Param(name, single=size == 1) if size else []


def params_of(caller: Caller) -> Mapping[str, Any]:
    """What stands where the caller's pattern has Params."""
    lists = {name: getattr(caller, name) for name in LISTS}
    values = {name: found[0] if len(found) == 1 else found for name, found in lists.items()}
    return {"user": caller.user.pk if caller.user else None, **values}
