"""Two projects, two managers: nothing of the one can be read, written, listed or mentioned by the other.

The addresses are the router's, and the fields and filters are the serializers' own, so a new one is tested or fails here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from rest_framework import serializers

from backend.fields import Id
from projects.models import ApiToken, Event
from tests.builders import make_member, make_user
from tests.estate import ABSENT, API, WHOLE, Estate, Route, codes, listed, make_estate, routes, told, undone

pytestmark = pytest.mark.django_db
ROUTES = routes()
DETAILS = [route for route in ROUTES if route.variables]
LISTS = [route for route in ROUTES if route.actions.get("get") == "list"]
# What a token's owner sees of it does not hang on a project.
OWN = {"token"}


@pytest.fixture
def ours():
    return make_estate("Ourword", make_user("our-manager"))


@pytest.fixture
def theirs():
    return make_estate("Theirword", make_user("their-manager"))


@pytest.fixture
def us(ours, client):
    return client(ours.owner)


def basename(route: Route) -> str:
    """Which row of an estate an address is about."""
    return max((name for name in BASENAMES if route.name.startswith(name)), key=len)


BASENAMES = ("project", "member", "publisher", "article", "revision", "annotation-set", "quote", "mention", "speaker")
BASENAMES += ("claim", "claim-occurrence", "claim-relation", "evidence", "claim-review", "token")


def body_for(route: Route, method: str, estate: Estate) -> Any:
    """What the address takes, and nothing in it but what the caller may name."""
    text = {"title": "T", "body": "B", "base_revision": 1}
    bodies: dict[str, Any] = {
        "member-list": {"user": "our-manager", "role": "viewer"},
        "revision-list": text,
        "project-documents": [],
        "speaker-merge": {"into": estate.id("speaker")},
        "claim-merge": {"into": estate.id("claim")},
        "quote-review": {"decision": "approved"},
        "mention-review": {"decision": "approved"},
        "claim-occurrence-review": {"decision": "approved"},
    }
    return bodies.get(route.name, {}) if method in ("post", "patch") else None


def places(route: Route, real: Estate, mine: Estate | None = None) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Pairs of variables: those of a foreign object, and the same with an id that nothing has."""
    named = {"project": real.id("project"), "article": real.id("article"), "number": 1}
    foreign = named | {"pk": real.id(basename(route)) if "pk" in route.variables else ""}
    first = route.variables[0]
    yield foreign, foreign | {first: ABSENT}
    if mine and len(route.variables) > 1 and "pk" in route.variables:
        own = foreign | {"project": mine.id("project")}
        yield own, own | {"pk": ABSENT}


@pytest.mark.parametrize("route", DETAILS, ids=lambda route: route.name)
def test_a_foreign_object_is_as_good_as_absent(route, ours, theirs, us, client):
    if basename(route) in OWN:
        theirs.rows["token"] = ApiToken.objects.get(user=theirs.owner)
    before = Event.objects.count()
    for foreign, absent in places(route, theirs, ours):
        for method in route.actions:
            body = body_for(route, method, ours)
            for caller, status in ((us, 404), (client(), 401), (client(make_user()) if False else us, 404)):
                answers = [
                    told(caller.request(method, route.path(**variables), body, if_match="*"))
                    for variables in (foreign, absent)
                ]
                assert answers[0] == answers[1], (method, route.name)
                assert answers[0][0] == status, (method, route.name, answers[0])
    assert Event.objects.count() == before


@pytest.mark.parametrize("route", DETAILS, ids=lambda route: route.name)
def test_the_same_addresses_answer_their_own(route, theirs, client):
    """Else the test above would pass on addresses that answer nobody."""
    them = client(theirs.owner)
    (foreign, _), *_ = places(route, theirs)
    for method in route.actions:
        with undone():
            answer = them.request(method, route.path(**foreign), body_for(route, method, theirs), if_match="*")
        assert answer.status_code not in (401, 404, 405), (method, answer.content)


@pytest.mark.parametrize("route", LISTS, ids=lambda route: route.name)
def test_lists_show_no_foreign_rows(route, ours, theirs, us, client):
    path = route.path(project=ours.id("project"), article=ours.id("article"))
    for caller in (us, client(make_user("stranger")), client()):
        for query in ("", "?count=true", f"?project={theirs.id('project')}"):
            answer = caller.get(path + query)
            if answer.status_code == 200:
                assert not {row["id"] for row in answer.json()["results"]} & theirs.ids
                assert b"Theirword" not in answer.content.replace(b"their-manager", b"")
                assert answer.json().get("count", 0) <= 3
            else:
                assert answer.status_code in (400, 401, 404), answer.content
    assert listed(us.get(path)), "our own rows are listed"


# ---- ids in bodies ----


def create_bodies(estate: Estate) -> dict[str, dict[str, Any]]:
    """A body that would be taken, for each resource that is made by POST to its list."""
    project, article = {"project": estate.id("project")}, {"article": estate.id("article")}
    span = {"exact": "wages would rise"}
    return {
        "publisher": project | {"name": "New Post"},
        "article": project | {"title": "T", "body": "B"},
        "annotation-set": article | {"label": "new"},
        "quote": article
        | {"content": span, "set": estate.id("annotation-set"), "sources": [{"span": {"exact": "she"}}]},
        "mention": article | {"span": span, "set": estate.id("annotation-set")},
        "speaker": project | {"name": "New", "is_named": True},
        "claim": project | {"text": "New."},
        "claim-occurrence": article
        | {"span": span, "set": estate.id("annotation-set"), "claimants": [{"is_author": True}]},
        "claim-relation": {"source": estate.id("claim"), "target": estate.id("claim"), "type": "related"},
        "evidence": article
        | {"span": span, "set": estate.id("annotation-set"), "claim": estate.id("claim"), "stance": "supports"},
        "claim-review": {"claim": estate.id("claim"), "url": "https://x.example/", "rating_text": "True"},
    }


# Fields that only stand beside others.
INSTEAD: dict[tuple[str, str], dict[str, Any]] = {
    ("evidence", "/occurrence"): {"article": None, "span": None, "set": None},
    ("evidence", "/article"): {"set": None},
    ("speaker", "/article"): {"is_named": False},
    ("claim-occurrence", "/article"): {"set": None},
    ("quote", "/article"): {"set": None},
    ("mention", "/article"): {"set": None},
}


def id_fields(serializer: Any, pointer: str = "") -> Iterator[str]:
    """The pointers of the ids that a body may hold; list items stand as 0."""
    for name, field in serializer.fields.items():
        if field.read_only:
            continue
        at = f"{pointer}/{name}"
        if isinstance(field, Id):
            yield at
        elif isinstance(field, serializers.ListField) and isinstance(field.child, Id):
            yield f"{at}/0"
        elif isinstance(field, serializers.ListSerializer):
            yield from id_fields(field.child, f"{at}/0")
        elif isinstance(field, serializers.Serializer):
            yield from id_fields(field, at)


def set_at(body: Any, pointer: str, value: Any) -> Any:
    """The body with a value at the pointer; lists on the way there are made."""
    first, _, rest = pointer[1:].partition("/")
    inner = set_at(None, "/" + rest, value) if rest else value
    if first == "0":
        held = (body or [{}])[0]
        return [held | inner if isinstance(inner, dict) else inner]
    old = (body or {}).get(first)
    return (body or {}) | {first: set_at(old, "/" + rest, value) if rest else value}


WRITES = [
    (route, method, pointer)
    for route in ROUTES
    for method, action in route.actions.items()
    if action in ("create", "partial_update") and route.view.serializer_class and route.name != "token-list"
    for pointer in id_fields(route.view.serializer_class())
    if method == "post" or pointer.split("/")[1] not in getattr(route.view.serializer_class, "create_only", ())
    if route.name not in ("article-annotations", "project-documents")
]


@pytest.mark.parametrize(
    ("route", "method", "pointer"), WRITES, ids=lambda value: value.name if isinstance(value, Route) else value
)
def test_a_foreign_id_in_a_body_is_as_good_as_absent(route, method, pointer, ours, theirs, us):
    name = basename(route)
    body = create_bodies(ours)[name] if method == "post" else {}
    body = {n: v for n, v in (body | INSTEAD.get((name, pointer), {})).items() if v is not None}
    path = route.path(pk=ours.id(name), project=ours.id("project"), article=ours.id("article"))
    answers = []
    for value in (theirs.id(REFERS[pointer.removesuffix("/0").rsplit("/", 1)[-1]]), ABSENT):
        with undone():
            answers.append(us.request(method, path, set_at(body, pointer, value), if_match="*"))
    assert told(answers[0]) == told(answers[1])
    assert answers[0].status_code == 422, answers[0].content
    assert codes(answers[0]) == [("no-such-object", pointer)]


# The row of an estate that a field's name refers to.
REFERS = {
    "project": "project",
    "article": "article",
    "publisher": "publisher",
    "republisher": "publisher",
    "set": "annotation-set",
    "parents": "annotation-set",
    "speaker": "speaker",
    "affiliation": "speaker",
    "mention": "mention",
    "parent": "quote",
    "quote": "quote",
    "occurrence": "claim-occurrence",
    "claim": "claim",
    "source": "claim",
    "target": "claim",
}
