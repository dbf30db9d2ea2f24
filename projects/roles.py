"""Who is asking, and what may they do: roles per project, scopes per token. Pure: no database, no HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from projects.patterns import Pattern, params_of

if TYPE_CHECKING:
    from projects.models import User


class Role(IntEnum):
    """Strictly growing: each role may do what the one below it may."""

    VIEWER = 1
    ANNOTATOR = 2
    CURATOR = 3
    MANAGER = 4

    @property
    def label(self) -> str:
        return self.name.lower()

    @classmethod
    def named(cls, name: str) -> Role:
        return cls[name.upper()]

    @property
    def scope(self) -> str:
        """The token scope that this role's own powers need."""
        return SCOPES[self - 1]


SCOPES = ("read", "annotate", "curate", "manage")


@dataclass(frozen=True)
class Caller:
    """The one on whose behalf something is read or written: rights are the lower of role and token scope.

    `roles` holds the memberships that the token covers (`limited`: it covers no other project, public ones included);
    `everywhere` is the superuser's; `blind` names the blind projects; `only` narrows a question to one project.
    `until` is when the token expires; `comment` is what the events of this request say of its reason.
    """

    user: User | None = None
    roles: Mapping[UUID, Role] = field(default_factory=dict)
    scopes: frozenset[str] = frozenset()
    everywhere: bool = False
    limited: bool = False
    blind: frozenset[UUID] = frozenset()
    only: UUID | None = None
    until: datetime | None = None
    comment: str = ""

    def may(self, project: UUID, role: Role) -> bool:
        """Whether the caller holds at least `role` in the project, and the token the scope that goes with it."""
        return self.role_in(project) >= role and role.scope in self.scopes

    def role_in(self, project: UUID) -> int:
        """The membership's role, 0 for none."""
        return Role.MANAGER if self.everywhere else self.roles.get(project, 0)

    def sees_as(self, role: int) -> int:
        """The role whose eyes the caller has: the highest one, up to `role`, whose scope the token carries."""
        return max((level for level in Role if level <= role and level.scope in self.scopes), default=0)

    def curates(self, project: UUID) -> bool:
        """Whether the caller sees all sets of the project, and what was deleted."""
        return self.everywhere or self.eyes.get(project, 0) >= Role.CURATOR

    def within(self, project: UUID) -> Caller:
        """The same caller, asking about one project: its queries then need no other branch."""
        roles = {project: self.roles[project]} if project in self.roles else {}
        return replace(self, roles=roles, only=project)

    def saying(self, comment: str) -> Caller:
        """The same caller, with a reason."""
        return replace(self, comment=comment)

    def joined(self, project: UUID, role: Role) -> Caller:
        """The same caller, having just become a member."""
        return replace(self, roles={**self.roles, project: role})

    @cached_property
    def public_too(self) -> bool:
        """Whether the question reaches public projects that the caller is no member of."""
        return not self.limited and self.only not in self.eyes

    @cached_property
    def members(self) -> list[UUID]:
        """The projects that the caller sees as one of their members."""
        return list(self.eyes)

    @cached_property
    def curated(self) -> list[UUID]:
        """Those in which the caller sees all sets."""
        return [project for project, role in self.eyes.items() if role >= Role.CURATOR]

    @cached_property
    def managed(self) -> list[UUID]:
        """Those that the caller manages."""
        return [project for project, role in self.eyes.items() if role >= Role.MANAGER]

    @cached_property
    def blinded(self) -> list[UUID]:
        """Those in which the caller sees the sets of others only once their own is closed. Neither a token of lower
        scopes nor the door for the public lifts an annotator's blindness."""
        eyes = self.eyes.items()
        return [p for p, role in eyes if p in self.blind and Role.ANNOTATOR in (role, self.roles[p])]

    @cached_property
    def shared(self) -> list[UUID]:
        """The others: there the caller sees the sets of others that are no longer open."""
        apart = {*self.curated, *self.blinded}
        return [project for project in self.eyes if project not in apart]

    @cached_property
    def pattern(self) -> Pattern:
        """What the text of this caller's questions depends on."""
        return Pattern.of(self)

    @cached_property
    def params(self) -> Mapping[str, Any]:
        """What the pattern leaves open."""
        return params_of(self)

    @cached_property
    def eyes(self) -> dict[UUID, int]:
        """The caller's projects, each with the role it is seen with."""
        return {project: seen for project, role in self.roles.items() if (seen := self.sees_as(role))}


ANONYMOUS = Caller(scopes=frozenset({"read"}))
