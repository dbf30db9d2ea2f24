"""Tables of who may do what, and the people and things that they are tried on."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from tests.builders import World, make_article, make_member, make_quote, make_set, make_user
from tests.estate import undone

MEMBERS = ("viewer", "annotator", "curator", "manager")
STATUSES = ("open", "submitted", "closed")


def table(text: str) -> dict[str, dict[str, int]]:
    """row -> column -> status. Columns are two spaces apart or more."""
    head, *lines = [re.split(r"\s{2,}", line.strip()) for line in text.strip().splitlines()]
    return {name: dict(zip(head[1:], map(int, cells), strict=True)) for name, *cells in lines}


def make_cast(world: World) -> SimpleNamespace:
    """An article in the world's project, with sets of every owner and status and one quote in each."""
    article = make_article(world.project)
    chief, colleague = make_user("chief"), world.other_annotator.user
    make_member(world.project, chief, "curator")
    owners = {f"{name} own": (getattr(world, name).user, "individual") for name in MEMBERS}
    owners |= {"other": (colleague, "individual"), "adjudicated": (chief, "adjudicated")}
    sets, quotes = {}, {}
    for whose, (user, kind) in owners.items():
        for status in STATUSES:
            held = make_set(article, user, kind=kind, status=status, label=status)
            sets[f"{whose} {status}"] = held
            quotes[f"{whose} {status}"] = make_quote(held, "We keep our word")
    return SimpleNamespace(world=world, project=world.project, article=article, sets=sets, quotes=quotes)


def tried(api: Any, method: str, path: str, body: Any) -> int:
    """The status of an answer whose effects are undone."""
    with undone():
        answer = api.request(method, path, body, **({"if_match": "*"} if method != "get" else {}))
        if answer.streaming:  # a download holds its place until it is read
            answer.getvalue()
    status: int = answer.status_code
    return status
