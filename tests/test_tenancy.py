"""Two projects, two managers: nothing of the one can be read, written, listed or mentioned by the other.

The addresses are the router's, the fields and filters the serializers' own: a new one is tested, or fails here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.fields import Id, Text
from projects.models import ApiToken, Event
from tests.bodies import INSTEAD, REFERS, create_bodies, id_fields, set_at
from tests.builders import make_member, make_user
from tests.estate import ABSENT, API, Estate, Route, codes, listed, make_estate, routes, told, undone

pytestmark = pytest.mark.django_db
ROUTES = routes()
DETAILS = [route for route in ROUTES if route.variables]
LISTS = [route for route in ROUTES if route.actions.get("get") == "list"]


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


BASENAMES: tuple[str, ...] = ("project", "member", "publisher", "article", "revision", "annotation-set", "quote")
BASENAMES += ("mention", "speaker", "claim", "claim-occurrence", "claim-relation", "evidence", "claim-review", "token")
BASENAMES += ("import",)


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
    before = Event.objects.count()
    for foreign, absent in places(route, theirs, ours):
        for method in route.actions:
            body = body_for(route, method, ours)
            for caller, status in ((us, 404), (client(), 401)):
                answers = [
                    told(caller.request(method, route.path(**variables), body, if_match="*"))
                    for variables in (foreign, absent)
                ]
                assert answers[0] == answers[1], (method, route.name)
                assert answers[0][0] == status, (method, route.name, answers[0])
    assert Event.objects.count() == before


@pytest.mark.parametrize("route", [r for r in DETAILS if "patch" in r.actions], ids=lambda route: route.name)
def test_a_foreign_tag_is_any_other_tag(route, ours, theirs, us, client):
    """In `If-Match`, of an object of ours and of theirs alike; and without one, theirs are absent all the same."""
    ((foreign, absent), *_), ((own, _), *_) = places(route, theirs), places(route, ours)
    tag = client(theirs.owner).get(route.path(**foreign)).headers["ETag"]
    nobodys = tag.replace(foreign["pk"], ABSENT)
    assert nobodys != tag
    for variables, status in ((own, 412), (foreign, 404)):
        answers = [
            told(us.patch(route.path(**variables), {}, if_match=sent)) for sent in (tag, f"{nobodys}, {nobodys}")
        ]
        assert answers[0] == answers[1]
        assert answers[0][0] == status
    bare = [told(us.patch(route.path(**variables), {})) for variables in (foreign, absent)]
    assert bare[0] == bare[1]


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


@pytest.mark.parametrize("name", ["speaker", "claim"])
def test_nothing_merges_into_a_foreign_identity(name, ours, theirs, us):
    path = f"{API}/{name}s/{ours.id(name)}/merge/"
    answers = [us.post(path, {"into": into}, if_match="*") for into in (theirs.id(name), ABSENT)]
    assert told(answers[0]) == told(answers[1])
    assert (answers[0].status_code, codes(answers[0])) == (422, [("no-such-object", "/into")])


def test_a_relation_has_both_ends_in_one_project(ours, theirs, client):
    """Also for somebody who sees both."""
    make_member(ours.project, theirs.owner, "manager")
    body = {"source": ours.id("claim"), "target": theirs.id("claim"), "type": "related"}
    answer = client(theirs.owner).post(f"{API}/claim-relations/", body)
    assert (answer.status_code, codes(answer)) == (422, [("no-such-object", "/target")])


# ---- filters ----

FILTERS = [
    (route, name, isinstance(field, Id))
    for route in LISTS
    for name, field in route.view.list_query().fields.items()
    if isinstance(field, Id) or (isinstance(field, Text) and type(field) is Text and name != "cursor")
]


@pytest.mark.parametrize(
    ("route", "name", "is_id"), FILTERS, ids=lambda value: value.name if isinstance(value, Route) else value
)
def test_a_filter_finds_nothing_foreign(route, name, is_id, ours, theirs, us):
    path = route.path(project=ours.id("project"), article=ours.id("article"))
    given = theirs.id(REFERS[name]) if is_id else "Theirword"
    missing = ABSENT if is_id else "Nowhere"
    answers = [us.get(f"{path}?{name}={value}&count=true") for value in (given, missing)]
    assert told(answers[0]) == told(answers[1])
    assert answers[0].json() == {"next": None, "previous": None, "results": [], "count": 0}


# ---- tokens ----


def test_a_token_for_one_project_does_not_reach_another(ours, theirs, client):
    make_member(theirs.project, ours.owner, "manager")
    limited = client(ours.owner, projects=[ours.project.pk])
    for route in DETAILS:
        for foreign, absent in places(route, theirs):
            if "get" in route.actions and basename(route) != "token":
                answers = [told(limited.get(route.path(**variables))) for variables in (foreign, absent)]
                assert answers[0] == answers[1]
                assert answers[0][0] == 404, route.name
    for route in LISTS:
        answer = limited.get(route.path(project=ours.id("project"), article=ours.id("article")) + "?page_size=1000")
        assert answer.status_code == 200
        assert route.name == "token-list" or not set(listed(answer)) & theirs.ids, route.name
    answer = limited.post(f"{API}/speakers/", {"project": theirs.id("project"), "name": "X"})
    assert codes(answer) == [("no-such-object", "/project")]
    assert limited.post(f"{API}/projects/", {"slug": "third", "name": "Third"}).status_code == 403
    assert limited.get(f"{API}/me/").json()["projects"] == [{"project": ours.id("project"), "role": "manager"}]


def test_a_limited_token_does_not_even_see_public_projects(ours, client):
    public = make_estate("Openword", make_user("open-manager"), visibility="public")
    address = f"{API}/projects/{public.id('project')}/"
    assert client(ours.owner).get(address).status_code == 200
    assert client(ours.owner, projects=[ours.project.pk]).get(address).status_code == 404


def end_token(user: Any) -> None:
    ApiToken.objects.filter(user=user).update(revoked_at=timezone.now())


def expire_token(user: Any) -> None:
    ApiToken.objects.filter(user=user).update(expires_at=timezone.now() - timedelta(seconds=1))


def deactivate(user: Any) -> None:
    user.is_active = False
    user.save()


@pytest.mark.parametrize("end", [end_token, expire_token, deactivate])
def test_what_has_ended_is_refused_at_once(end, ours, us):
    assert us.get(f"{API}/me/").status_code == 200
    end(ours.owner)
    for method, path in (("get", "me/"), ("get", "projects/"), ("post", "projects/"), ("get", f"articles/{ABSENT}/")):
        answer = us.request(method, f"{API}/{path}", {} if method == "post" else None)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert codes(answer) == [("invalid-token", "")]


def test_a_removed_member_is_a_stranger_at_once(ours, us, client):
    second = make_user("second")
    member = make_member(ours.project, second, "curator")
    them = client(second)
    address = f"{API}/articles/{ours.id('article')}/"
    assert them.get(address).status_code == 200
    assert us.delete(f"{API}/projects/{ours.id('project')}/members/{member.pk}/", if_match="*").status_code == 204
    assert them.get(address).status_code == 404
    assert them.patch(address, {"byline": "me"}, if_match="*").status_code == 404


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer x", "Basic abc", "Bearer onr_é", "onr_x", "bearer onr_no"]
)
def test_a_wrong_authorization_is_401_and_never_anonymous(header, ours, client):
    answer = client().get(f"{API}/projects/", authorization=header)
    assert answer.status_code == 401, answer.content
    assert "WWW-Authenticate" in answer.headers
    assert codes(answer)[0][0] in ("malformed-token", "invalid-token")
