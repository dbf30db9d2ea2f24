"""The people and things that gates are about, made with the tests' builders straight in the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from accept.client import Client
from accept.harness import Server

ROLES = ("viewer", "annotator", "curator", "manager")


@dataclass
class Cast:
    """A project with an article, and a token for each of its people."""

    project: Any
    article: Any
    users: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def client(self, server: Server, who: str, **more: Any) -> Client:
        return server.client(self.tokens[who], **more)

    def join(self, name: str, role: str | None) -> None:
        from projects.models import Membership
        from tests.builders import make_token, make_user

        self.users[name] = make_user(name)
        if role:
            stored(Membership(project=self.project, user=self.users[name], role=role))
        self.tokens[name] = make_token(self.users[name])


def stored(row: Any) -> None:
    """Through the action, which leaves an event: `check_integrity` asks for it."""
    from projects.actions.rows import create_row
    from tests.builders import everything

    with transaction.atomic():
        create_row(row, everything())


def make_cast(slug: str = "ground", body: str | None = None, **project: Any) -> Cast:
    """A project with an article, a member of each role, and a stranger."""
    from projects.models import Project
    from tests.builders import BODY, make_article

    place = Project(slug=slug, name=slug.title(), **project)
    stored(place)
    cast = Cast(place, make_article(place, body or BODY))
    for role in ROLES:
        cast.join(f"{slug}-{role}", role)
    cast.join(f"{slug}-stranger", None)
    for role in (*ROLES, "stranger"):  # by their role, too
        cast.users[role], cast.tokens[role] = cast.users[f"{slug}-{role}"], cast.tokens[f"{slug}-{role}"]
    return cast
