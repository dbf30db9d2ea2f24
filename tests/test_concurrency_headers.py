"""ETag and If-Match on everything that changes; versions; what eight writers at once come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from annotations.models import AnnotationSet, Quote, Speaker
from projects.models import Event
from tests.api import Api
from tests.bodies import create_bodies
from tests.builders import (
    make_article,
    make_member,
    make_project,
    make_quote,
    make_set,
    make_speaker,
    make_token,
    make_user,
)
from tests.estate import API, Route, codes, make_estate, routes

pytestmark = pytest.mark.django_db
# What a PATCH of each resource changes.
PATCHES: dict[str, dict[str, Any]] = {
    "project": {"name": "Changed"},
    "member": {"role": "curator"},
    "publisher": {"name": "Changed"},
    "article": {"byline": "Changed"},
    "annotation-set": {"label": "Changed"},
    "quote": {"note": "Changed"},
    "mention": {"note": "Changed"},
    "speaker": {"description": "Changed"},
    "claim": {"language": "de"},
    "claim-occurrence": {"note": "Changed"},
    "claim-relation": {"note": "Changed"},
    "evidence": {"note": "Changed"},
    "claim-review": {"verdict": "refuted"},
}


@pytest.fixture
def estate():
    return make_estate("Ourword", make_user("our-manager"))


@pytest.fixture
def us(estate, client):
    """A second manager, who may review the first one's work."""
    second = make_user("second")
    make_member(estate.project, second, "manager")
    return client(second)


def changing(route: Route) -> list[str]:
    """The methods of an address that change an object that is there."""
    return [m for m in route.actions if m in ("patch", "delete") or (m == "post" and "pk" in route.variables)]


CHANGES = [(route, method) for route in routes() for method in changing(route)]


def change(route: Route, method: str, estate: Any) -> tuple[str, str, Any]:
    """The address that is read, the one that is written, and a body that changes something."""
    name = max((name for name in estate.rows if route.name.startswith(name)), key=len)
    variables = {"pk": estate.id(name), "project": estate.id("project"), "article": estate.id("article")}
    written = route.path(**variables)
    suffix = route.name.removeprefix(name).strip("-")
    read = written if suffix in ("detail", "annotations") else written.removesuffix(f"{suffix}/")
    read = read.removesuffix("history/1/")
    bodies = {"merge": {"into": estate.id(name)}, "review": {"decision": "approved"}}
    body = PATCHES[name] if method == "patch" else bodies.get(suffix, {}) if method == "post" else None
    return read, written, body


@pytest.mark.parametrize(("route", "method"), CHANGES, ids=lambda v: v.name if isinstance(v, Route) else v)
def test_every_change_needs_the_version_that_it_changes(route, method, estate, us, client):
    api = client(estate.owner) if route.name.startswith("token") else us
    read, written, body = change(route, method, estate)
    current = api.get(read).headers["ETag"]
    before = Event.objects.count()

    def tried(**headers: str) -> tuple[int, list[tuple[str, str]]]:
        answer = api.request(method, written, body, **headers)
        if answer.status_code == 412:
            assert answer.headers["ETag"] == answer.json()["errors"][0]["etag"] == current
        return answer.status_code, codes(answer)

    assert tried() == tried(if_match="") == (428, [("if-match-required", "")])
    for malformed in ("abc", '"abc', current.strip('"'), f'{current} "b"', f"*, {current}", 'w/"a"', "W/"):
        assert tried(if_match=malformed) == (400, [("malformed-if-match", "")]), malformed
    stale = [f"W/{current}", '"x"', '""', f'"x", W/{current}', current[:-1] + '0"']
    for tags in stale:
        assert tried(if_match=tags) == (412, [("stale-version", "")]), tags
    assert Event.objects.count() == before
    answer = api.request(method, written, body, if_match=f'"x", {current}, W/"y"')
    assert answer.status_code not in (400, 412, 428), answer.content


@pytest.mark.parametrize("name", PATCHES)
def test_a_patch_raises_the_version_by_one_and_an_idle_one_does_not(name, estate, us):
    route = next(route for route in routes() if route.name == f"{name}-detail")
    path = route.path(pk=estate.id(name), project=estate.id("project"))
    first = us.get(path)
    changed = us.patch(path, PATCHES[name], if_match=first.headers["ETag"])
    assert changed.status_code == 200, changed.content
    assert changed.json()["version"] == first.json()["version"] + 1
    assert changed.json()["updated_at"] > first.json()["updated_at"]
    assert changed.headers["ETag"] not in (None, first.headers["ETag"])
    assert us.get(path).json() == changed.json()
    assert us.patch(path, PATCHES[name], if_match=first.headers["ETag"]).status_code == 412
    before = Event.objects.count()
    for body in (PATCHES[name], {}):
        idle = us.patch(path, body, if_match=changed.headers["ETag"])
        assert (idle.status_code, idle.json(), idle.headers["ETag"]) == (200, changed.json(), changed.headers["ETag"])
    assert Event.objects.count() == before


@pytest.mark.parametrize("name", ["quote", "mention", "claim-occurrence", "evidence"])
@pytest.mark.parametrize("unit", ["code_point", "utf16"])
def test_what_a_get_gave_can_be_sent_back_and_changes_nothing(name, unit, estate, us):
    shape = next(route for route in routes() if route.name == f"{name}-detail").view.serializer_class
    path = f"{API}/{name}s/{estate.id(name)}/".replace("evidences", "evidence") + f"?offset_unit={unit}"
    got = us.get(path)
    fields = shape().fields
    writable = {n: v for n, v in got.json().items() if not fields[n].read_only and n not in shape.create_only}
    answer = us.patch(path, writable, if_match=got.headers["ETag"])
    assert (answer.status_code, answer.json()) == (200, got.json())


def test_the_tag_of_either_unit_is_taken(estate, us):
    path = f"{API}/quotes/{estate.id('quote')}/"
    points, units = us.get(path).headers["ETag"], us.get(f"{path}?offset_unit=utf16").headers["ETag"]
    assert points != units
    assert us.patch(path, {"note": "1"}, if_match=units).status_code == 200
    other = us.get(path).headers["ETag"]
    assert us.patch(f"{path}?offset_unit=utf16", {"note": "2"}, if_match=other).status_code == 200


def test_computed_fields_are_outside_the_tag(estate, us):
    path = f"{API}/speakers/{estate.id('speaker')}/"
    before = us.get(path)
    span = {"exact": "keeps its word"}
    body = {"article": estate.id("article"), "content": span, "sources": [{"speaker": estate.id("speaker")}]}
    assert us.post(f"{API}/quotes/", body).status_code == 201
    after = us.get(path)
    assert after.json()["quote_count"] == before.json()["quote_count"] + 1
    assert after.headers["ETag"] == before.headers["ETag"]


RESOURCES = [route for route in routes() if route.actions.get("post") == "create" and not route.variables]


@pytest.mark.parametrize("route", RESOURCES, ids=lambda route: route.name)
def test_a_new_object_says_where_it_is(route, estate, us):
    name = route.name.removesuffix("-list")
    more: dict[str, Any] = {"project": {"slug": "new", "name": "New"}, "token": {"name": "t", "scopes": ["read"]}}
    body = (create_bodies(estate) | more)[name]
    if name == "claim-relation":
        body |= {"target": us.post(f"{API}/claims/", {"project": estate.id("project"), "text": "A."}).json()["id"]}
    answer = us.post(route.path(), body)
    assert answer.status_code == (202 if name == "import" else 201), answer.content
    assert answer.headers["Location"] == f"http://testserver{route.path()}{answer.json()['id']}/"
    assert answer.json()["version"] == 1
    again = us.get(answer.headers["Location"])
    assert again.json() == {n: v for n, v in answer.json().items() if n not in ("token", "warnings")}
    assert again.headers["ETag"] == answer.headers["ETag"]


def test_a_new_member_and_a_new_revision_say_where_they_are(estate, us):
    make_user("newcomer")
    posts = {
        f"projects/{estate.id('project')}/members/": {"user": "newcomer", "role": "viewer"},
        f"articles/{estate.id('article')}/revisions/": {"title": "T", "body": "B", "base_revision": 1},
    }
    for path, body in posts.items():
        answer = us.post(f"{API}/{path}", body)
        assert answer.status_code == 201, answer.content
        assert us.get(answer.headers["Location"]).json() == answer.json()


def test_replacing_needs_the_tag_of_what_the_set_holds(estate, us, client):
    api = client(estate.owner)
    path = f"{API}/articles/{estate.id('article')}/annotations/?set={estate.id('annotation-set')}"
    current = api.get(path).headers["ETag"]
    assert api.post(f"{path}&mode=replace", {}).status_code == 428
    assert codes(api.post(f"{path}&mode=replace", {}, if_match='"x"')) == [("stale-version", "")]
    us.patch(f"{API}/quotes/{estate.id('quote')}/", {"note": "meanwhile"}, if_match="*")
    assert api.post(f"{path}&mode=replace", {}, if_match=current).status_code == 412
    fresh = api.get(path).headers["ETag"]
    answer = api.post(f"{path}&mode=replace", {}, if_match=fresh)
    assert (answer.status_code, answer.json()["deleted"]) == (200, 4)


# ---- real connections ----

WRITERS = 8


def at_once(work: Any, *arguments: Iterable[Any]) -> list[Any]:
    """The answers of threads that start together, each on a connection of its own."""

    def alone(*given: Any) -> Any:
        try:
            return work(*given)
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(alone, *arguments))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["quotes", "speakers", "articles", "projects"])
def test_of_eight_writers_with_one_tag_one_wins(what):
    user = make_user("manager")
    project = make_project("race")
    make_member(project, user, "manager")
    article = make_article(project)
    rows = {
        "quotes": make_quote(make_set(article, user), "We keep our word"),
        "speakers": make_speaker(project),
        "articles": article,
        "projects": project,
    }
    field = {"quotes": "note", "speakers": "description", "articles": "byline", "projects": "description"}[what]
    token = make_token(user)
    path = f"{API}/{what}/{rows[what].pk}/"
    tag = Api(user, token).get(path).headers["ETag"]
    apis = [Api(user, token) for _ in range(WRITERS)]
    answers = at_once(lambda api, n: api.patch(path, {field: f"writer {n}"}, if_match=tag), apis, range(WRITERS))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: WRITERS - 1}
    (won,) = (answer for answer in answers if answer.status_code == 200)
    now = apis[0].get(path)
    assert (now.json(), now.headers["ETag"]) == (won.json(), won.headers["ETag"])
    assert {answer.headers["ETag"] for answer in answers} == {now.headers["ETag"]}
    assert Event.objects.filter(object_id=rows[what].pk, action="updated").count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_first_annotations_make_one_set_and_a_deletion_wins_once():
    user = make_user("annotator")
    project = make_project("race")
    make_member(project, user, "annotator")
    article = make_article(project)
    apis = [Api(user, make_token(user)) for _ in range(WRITERS)]
    body = {"article": str(article.pk), "content": {"exact": "We keep our word"}}
    answers = at_once(lambda api: api.post(f"{API}/quotes/", body), apis)
    assert Counter(answer.status_code for answer in answers) == {201: WRITERS}
    assert AnnotationSet.objects.count() == Event.objects.filter(type="annotation_set").count() == 1
    quote = answers[0].json()["id"]
    tag = apis[0].get(f"{API}/quotes/{quote}/").headers["ETag"]
    gone = at_once(lambda api: api.delete(f"{API}/quotes/{quote}/", if_match=tag), apis)
    assert Counter(answer.status_code for answer in gone) == {204: 1, 404: WRITERS - 1}
    assert Event.objects.filter(object_id=quote, action="deleted").count() == 1
    assert Quote.objects.count() == WRITERS - 1


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_remove_each_other_leave_one():
    project = make_project("race")
    users = [make_user("one"), make_user("two")]
    members = [make_member(project, user, "manager") for user in users]
    apis = [Api(user, make_token(user)) for user in users]
    paths = [f"{API}/projects/{project.pk}/members/{member.pk}/" for member in reversed(members)]
    answers = at_once(lambda api, path: api.delete(path, if_match="*"), apis, paths)
    assert sorted(answer.status_code for answer in answers) in ([204, 403], [204, 404], [204, 409])
    assert project.memberships.filter(role="manager").count() == 1


@pytest.mark.django_db(transaction=True)
def test_merges_at_once_close_no_circle():
    user = make_user("curator")
    project = make_project("race")
    make_member(project, user, "curator")
    speakers = [make_speaker(project, f"Speaker {n}") for n in range(WRITERS)]
    apis = [Api(user, make_token(user)) for _ in speakers]
    around = [*speakers[1:], speakers[0]]

    def merge(api: Api, row: Any, into: Any) -> Any:
        return api.post(f"{API}/speakers/{row.pk}/merge/", {"into": str(into.pk)}, if_match="*")

    answers = at_once(merge, apis, speakers, around)
    assert Counter(answer.status_code for answer in answers) == {200: WRITERS - 1, 422: 1}
    assert Speaker.objects.values("canonical").distinct().count() == 1
