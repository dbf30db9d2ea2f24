"""What the workloads know of the data: which project, whose tokens, which articles. It can be kept beside the data."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from accept.people import ROLES, Cast

KEPT = "scene.json"


@dataclass
class Scene:
    cast: Cast
    size: int  # annotations
    median: UUID = field(default=UUID(int=0))
    largest: UUID = field(default=UUID(int=0))
    own: list[tuple[UUID, UUID, UUID, str]] = field(default_factory=list)  # article, revision, own set, body

    @property
    def project(self) -> UUID:
        pk: UUID = self.cast.project.pk
        return pk

    def keep(self, directory: Path) -> None:
        """Beside the data, which is as private as the tokens are."""
        told: dict[str, Any] = {"size": self.size, "slug": self.cast.project.slug, "tokens": self.cast.tokens}
        told |= {"median": str(self.median), "largest": str(self.largest)}
        told["own"] = [[*map(str, ids), body] for *ids, body in self.own]
        (directory / KEPT).write_text(json.dumps(told))

    @classmethod
    def kept(cls, directory: Path) -> Scene:
        """The scene of data that an earlier run has left there."""
        told = json.loads((directory / KEPT).read_text())
        own = [(UUID(article), UUID(on), UUID(into), body) for article, on, into, body in told["own"]]
        cast = cast_of(told["slug"], told["tokens"])
        return cls(cast, told["size"], UUID(told["median"]), UUID(told["largest"]), own)


def cast_of(slug: str, tokens: dict[str, str]) -> Cast:
    """The project and its people, as they stand in the database."""
    from articles.models import Article
    from projects.models import Project, User

    project = Project.objects.get(slug=slug)
    names = {role: f"{slug}-{role}" for role in (*ROLES, "stranger")}
    users = {role: User.objects.get(username=name) for role, name in names.items()}
    return Cast(project, Article.objects.filter(project=project).first(), users, tokens)
