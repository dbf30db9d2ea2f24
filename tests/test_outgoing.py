"""The server asks nobody anything: it keeps the addresses that it is sent, and never goes there."""

from __future__ import annotations

import json
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from rest_framework import serializers

from backend.fields import Text
from tests.bodies import create_bodies, set_at
from tests.builders import make_user
from tests.estate import API, Estate, Route, make_estate, routes, undone

pytestmark = pytest.mark.django_db
LISTS = [route for route in routes() if route.actions.get("get") == "list"]


class Canary:
    """Listens, and tells how many have come."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}/canary"

    def visits(self) -> int:
        found = 0
        with suppress(BlockingIOError):
            while True:
                self.listener.accept()[0].close()
                found += 1
        return found


@pytest.fixture
def canary() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    canary.listener.close()


@pytest.fixture
def estate():
    return make_estate("Ourword", make_user("our-manager"))


def text_fields(serializer: Any, pointer: str = "") -> Iterator[str]:
    """The pointers of the texts that a body may hold; list items stand as 0."""
    for name, field in serializer.fields.items():
        at = f"{pointer}/{name}"
        if field.read_only:
            continue
        if isinstance(field, serializers.ListField) and isinstance(field.child, Text):
            yield f"{at}/0"
        elif isinstance(field, serializers.ListSerializer):
            yield from text_fields(field.child, f"{at}/0")
        elif isinstance(field, serializers.Serializer):
            yield from text_fields(field, at)
        elif isinstance(field, Text):
            yield at


def write(us: Any, route: Route, method: str, estate: Estate, body: Any) -> int:
    names = {"project": estate.id("project"), "article": estate.id("article"), "number": 1}
    row = max((name for name in estate.rows if route.name.startswith(name)), key=len, default="article")
    with undone():
        answer = us.request(method, route.path(pk=estate.id(row), **names), body, if_match="*")
    assert answer.status_code < 500
    return int(answer.status_code)


WRITES = [(route, method) for route in routes() for method in ("post", "patch") if method in route.actions]


@pytest.mark.parametrize(("route", "method"), WRITES, ids=[f"{method} {route.name}" for route, method in WRITES])
def test_no_field_makes_it_go_anywhere(route, method, estate, client, canary):
    us = client(estate.owner)
    good = create_bodies(estate).get(route.name.removesuffix("-list"), {}) if method == "post" else {}
    serializer = getattr(route.view, route.actions[method], None)
    shape = (getattr(serializer, "kwargs", None) or {}).get("serializer_class") or route.view.serializer_class
    told = [write(us, route, method, estate, set_at(good, pointer, canary.address)) for pointer in text_fields(shape())]
    assert canary.visits() == 0
    if method == "patch" and route.name.startswith(("article", "speaker", "claim-review", "publisher", "evidence")):
        assert 200 in told, "no address was ever taken"


def test_no_parameter_and_no_header_makes_it_go_anywhere(estate, client, canary):
    us = client(estate.owner)
    for route in LISTS:
        path = route.path(project=estate.id("project"), article=estate.id("article"))
        for name, field in route.view.list_query().fields.items():
            if isinstance(field, Text):
                assert us.get(f"{path}?{name}={canary.address}").status_code < 500
    headers = ("referer", "origin", "x_forwarded_host", "x_forwarded_for", "forwarded", "x_original_url", "host", "via")
    for name in headers:
        assert us.get(f"{API}/projects/", **{name: canary.address}).status_code < 500
    assert canary.visits() == 0


def test_no_document_makes_it_go_anywhere(estate, client, canary):
    url = canary.address
    article = {
        "title": url,
        "body": url,
        "url": url,
        "capture": f'<img src="{url}"><!ENTITY x SYSTEM "{url}">',
        "licence": url,
    }
    publisher = {"key": "p", "name": url}
    claim = {"key": "c", "text": url}
    document = {
        "article": article | {"publisher": "#p", "metadata": {"$ref": url, "@context": url}},
        "publishers": [publisher],
        "claims": [claim],
        "claim_reviews": [{"claim": "#c", "url": url, "author_url": url, "rating_text": url}],
        "evidence": [{"claim": "#c", "stance": "supports", "url": url, "excerpt": url}],
    }
    answer = client(estate.owner).post(f"{API}/projects/{estate.id('project')}/documents/", [document])
    assert answer.status_code in (200, 201), answer.content
    assert url in json.dumps(client(estate.owner).get(f"{API}/claim-reviews/").json())
    assert canary.visits() == 0


def test_the_canary_sings(canary):
    """The control: a visit is counted."""
    with (
        suppress(OSError),
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(canary.address, timeout=0.2),
    ):
        pass
    assert canary.visits() == 1
