"""Ids of another project in the body of a request: each answered as an id that nothing has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from accept.client import Answer, Client
from tests import test_tenancy as single
from tests import test_tenancy_documents as documents
from tests.bodies import INSTEAD, REFERS, create_bodies, set_at
from tests.estate import ABSENT, Estate


class Cast(Protocol):
    theirs: Estate

    def estate(self, column: str) -> Estate: ...
    def altered(self) -> None: ...


def bodies(client: Client, cast: Cast, part: str) -> tuple[int, list[str]]:
    """How many fields were tried, and which of them told something."""
    tried = [*of_single(client, cast, part), *of_documents(client, cast)]
    return len(tried), [fault for fault in tried if fault]


def of_single(client: Client, cast: Cast, part: str) -> Iterator[str]:
    for route, method, pointer in single.WRITES:
        ours = cast.estate("manager")
        path = route.path(pk=ours.id(single.basename(route)), project=ours.id("project"), article=ours.id("article"))
        if part not in path:
            continue
        name = single.basename(route)
        body = create_bodies(ours)[name] if method == "post" else {}
        body = {n: v for n, v in (body | INSTEAD.get((name, pointer), {})).items() if v is not None}
        field = pointer.removesuffix("/0").rsplit("/", 1)[-1]
        answers = [
            client.request(method.upper(), path, set_at(body, pointer, value), if_match="*")
            for value in (cast.theirs.id(REFERS[field]), ABSENT)
        ]
        yield fault(f"{method} {route.name} {pointer}", answers, (422,))
        if any(answer.status < 400 for answer in answers):
            cast.altered()


def of_documents(client: Client, cast: Cast) -> Iterator[str]:
    """Through both doors. What a door ignores (an origin elsewhere, a merge) it ignores in both cases."""
    for name, pointer in documents.REFERENCES:
        for door in ("article", "project"):
            answers = []
            for foreign in (True, False):
                ours = cast.estate("manager")
                value = documents.foreign_id(name, pointer, cast.theirs) if foreign else ABSENT
                answers.append(client.post(*request(door, name, pointer, value, ours)))
                if answers[-1].status < 400:
                    cast.altered()
            yield fault(f"{door} document, {name}{pointer}", answers, (200, 422))


def request(door: str, name: str, pointer: str, value: str, ours: Estate) -> tuple[str, Any]:
    document, _ = documents.document_with(name, pointer, value, ours)
    if door == "article":
        return f"/articles/{ours.id('article')}/annotations/", document
    document["article"] = document.get("article", {}) | {"title": "T", "body": "Here wages would rise, she said."}
    if pointer != "/set":
        document.setdefault("sets", [{"label": "new"}])
    return f"/projects/{ours.id('project')}/documents/", [document]


def fault(what: str, answers: list[Answer], allowed: tuple[int, ...]) -> str:
    """What is wrong with the two answers, or nothing. Two writes that were taken made objects with ids of their own."""
    real, absent = answers
    same = real.status == absent.status and (real.status == 200 or real.told() == absent.told())
    return "" if same and real.status in allowed else f"{what}: {real.status} {real.code}, absent {absent.status}"
