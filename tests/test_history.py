"""Every version of every object: who, when, what changed, and the object as it stood then."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotations.models import AnnotationSet
from projects.models import Event, Project
from tests.builders import make_article, make_member, make_project, make_quote, make_set, make_user
from tests.estate import ABSENT, API, codes, make_estate, routes, told
from tests.test_concurrency_headers import PATCHES

pytestmark = pytest.mark.django_db


@pytest.fixture
def estate():
    return make_estate("Ourword", make_user("our-manager"))


@pytest.fixture
def us(estate, client):
    second = make_user("second")
    make_member(estate.project, second, "manager")
    return client(second)


def address(name: str, estate: Any) -> str:
    route = next(route for route in routes() if route.name == f"{name}-detail")
    return route.path(pk=estate.id(name), project=estate.id("project"))


def versions(api: Any, path: str, query: str = "") -> list[dict[str, Any]]:
    answer = api.get(f"{path}history/{query}")
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


# What an answer makes up for its reader, or shows with a merge resolved; the text of an article is its revision's.
COMPUTED = {"my_role", "quote_count", "depth", "attribution_chain", "body"}


def as_stored(record: dict[str, Any]) -> dict[str, Any]:
    stored = {name: value for name, value in record.items() if name not in COMPUTED}
    if "sources" in stored:
        stored["sources"] = [{n: v for n, v in s.items() if n != "speaker_name"} for s in stored["sources"]]
    return stored


@pytest.mark.parametrize("name", PATCHES)
def test_each_version_is_what_a_get_showed(name, estate, us):
    path = address(name, estate)
    first = us.get(path).json()
    second = us.patch(path, PATCHES[name], if_match="*").json()
    made, altered = versions(us, path)
    assert [made["object"], altered["object"]] == [as_stored(first), as_stored(second)]
    assert [(v["version"], v["action"], v["actor"]) for v in (made, altered)] == [
        (1, "created", None),
        (2, "updated", "second"),
    ]
    assert (made["changed"], altered["changed"]) == ([], list(PATCHES[name]))
    assert altered["at"] >= second["updated_at"]
    for version in (made, altered):
        assert us.get(f"{path}history/{version['version']}/").json() == version
    assert codes(us.get(f"{path}history/3/")) == [("not-found", "")]
    assert us.get(f"{path}history/0/").status_code == 404


DELETABLE = [name for name in PATCHES if name not in ("project", "member", "article", "annotation-set")]


@pytest.mark.parametrize("name", DELETABLE)
def test_what_is_gone_is_the_curators(name, estate, us, client):
    """To all others it is as if it had never been."""
    for other in ("evidence", "claim-occurrence", "quote", "mention", "claim-review", "claim-relation"):
        if other != name:
            us.delete(address(other, estate), if_match="*")
    us.patch(address("article", estate), {"publisher": None}, if_match="*")
    path = address(name, estate)
    last = us.get(path).json()
    assert us.delete(path, if_match="*").status_code == 204
    gone = versions(us, path)[-1]
    assert (gone["version"], gone["action"], gone["changed"]) == (last["version"] + 1, "deleted", [])
    assert gone["object"] == as_stored(last)
    for role, seen in (("curator", True), ("annotator", False), ("viewer", False)):
        user = make_user(role)
        make_member(estate.project, user, role)
        refused_alike(client(user), path, estate.id(name), seen=seen)
    refused_alike(client(make_user("stranger")), path, estate.id(name), seen=False)
    refused_alike(client(us.user, scopes=["read", "annotate"]), path, estate.id(name), seen=False)
    assert client().get(f"{path}history/").status_code == 401


def refused_alike(api: Any, path: str, pk: str, *, seen: bool) -> None:
    for below in ("history/", "history/1/"):
        answers = [api.get(where + below) for where in (path, path.replace(pk, ABSENT))]
        assert answers[0].status_code == (200 if seen else 404)
        assert seen or told(answers[0]) == told(answers[1])


def test_what_is_gone_from_ones_own_set_is_ones_own_to_read(us, client):
    """Whoever took it out, and not to bring back. Not what was in another's set, nor once the set is gone."""
    annotator, other = make_user("annotator"), make_user("other")
    estate = make_estate("Setword", annotator, "annotator")
    for user, role in ((us.user, "manager"), (other, "annotator")):
        make_member(estate.project, user, role)
    path = address("claim-occurrence", estate)
    us.delete(address("evidence", estate), if_match="*")
    assert us.delete(path, if_match="*").status_code == 204
    assert [v["actor"] for v in versions(client(annotator), path)] == [None, us.user.username]
    assert client(annotator).post(f"{path}history/1/restore/", {}).status_code == 403
    refused_alike(client(other), path, estate.id("claim-occurrence"), seen=False)
    assert us.delete(f"{address('annotation-set', estate)}?cascade=true", if_match="*").status_code == 204
    refused_alike(client(annotator), path, estate.id("claim-occurrence"), seen=False)


def test_an_open_set_hides_its_history_with_itself(estate, us, client):
    viewer = make_user("viewer")
    make_member(estate.project, viewer, "viewer")
    paths = [address(name, estate) for name in ("annotation-set", "quote", "evidence")]
    assert [client(viewer).get(f"{path}history/").status_code for path in paths] == [404] * 3
    AnnotationSet.objects.update(status="closed")
    assert [client(viewer).get(f"{path}history/").status_code for path in paths] == [200] * 3


def test_outsiders_learn_no_names_and_no_comments(estate, us, client):
    path = address("quote", estate)
    AnnotationSet.objects.update(status="closed", kind="adjudicated")
    Project.objects.update(visibility="public")
    review = {"decision": "approved", "comment": "Better than Ann's."}
    assert us.post(f"{path}review/", review, if_match="*").status_code == 200
    inside, outside = versions(us, path)[-1], versions(client(), path)[-1]
    assert (inside["actor"], inside["comment"]) == ("second", "Better than Ann's.")
    assert (outside["actor"], outside["comment"]) == (None, "")
    assert (inside["object"]["created_by"], outside["object"]["created_by"]) == ("our-manager", None)
    held = address("annotation-set", estate)
    assert versions(us, held)[0]["object"]["annotator"]["user"] == "our-manager"
    hidden = versions(client(), held)[0]["object"]["annotator"]
    assert (hidden["user"], hidden["name"]) == (None, None)
    assert codes(client().get(f"{address('member', estate)}history/")) == [("not-authenticated", "")]


def test_a_set_tells_of_no_set_that_its_reader_does_not_see(estate, us, client):
    article = estate.rows["article"]
    hidden = make_set(article, make_user("hidden"))
    body = {"article": str(article.pk), "label": "merged", "parents": [str(hidden.pk), estate.id("annotation-set")]}
    made = us.post(f"{API}/annotation-sets/", body).json()
    path = f"{API}/annotation-sets/{made['id']}/"
    us.post(f"{path}submit/", {}, if_match="*")
    assert versions(us, path)[-1]["object"]["parents"] == body["parents"]
    annotator = client(make_user("an-annotator"))
    make_member(estate.project, annotator.user, "annotator")
    AnnotationSet.objects.filter(pk=estate.id("annotation-set")).update(status="closed")
    assert [v["object"]["parents"] for v in versions(annotator, path)] == [[estate.id("annotation-set")]] * 2


def test_offsets_of_old_versions_count_as_asked(client):
    user = make_user("user")
    project = make_project("astral")
    make_member(project, user, "manager")
    held = make_set(make_article(project, "He said 😀 yes"), user)
    path = f"{API}/quotes/{make_quote(held, 'yes').pk}/"
    api = client(user)
    api.patch(path, {"note": "n"}, if_match="*")
    (one,) = versions(api, path)
    (two,) = versions(api, path, "?offset_unit=utf16")
    assert [v["object"]["content"]["start"] for v in (one, two)] == [10, 11]
    assert api.get(f"{path}history/2/?offset_unit=utf16").json() == two
    # Also when the text is gone.
    api.delete(f"{API}/annotation-sets/{held.pk}/?cascade=true", if_match="*")
    assert api.delete(f"{API}/articles/{held.article_id}/", if_match="*").status_code == 204
    assert versions(api, path, "?offset_unit=utf16")[0] == two


def test_pages_of_versions_cost_the_same(estate, us):
    path = address("quote", estate)
    costs = set()
    for n in range(6):
        us.patch(path, {"note": f"n{n}"}, if_match="*")
        if n in (1, 5):
            with CaptureQueriesContext(connection) as captured:
                versions(us, path)
            costs.add(len(captured))
    assert costs == {4}, "the token, the object, its versions, the names"
    everything = [v["version"] for v in versions(us, path)]
    assert everything == [1, 2, 3, 4, 5, 6, 7]
    walked, url = [], f"{path}history/?page_size=3&ordering=-version"
    while url:
        page = us.get(url).json()
        walked += [v["version"] for v in page["results"]]
        url = page["next"]
    assert walked == everything[::-1]
    assert us.get(f"{path}history/?count=true").json()["count"] == 7


def test_numbers_beyond_64_bits_do_no_harm(estate, us):
    path = address("article", estate)
    assert us.patch(path, {"metadata": {"huge": 1e300}}, if_match="*").status_code == 200
    assert versions(us, path)[-1]["object"]["metadata"] == {"huge": 10**300}


def test_the_tombstone_of_an_article_keeps_its_texts(estate, us):
    body = {"project": estate.id("project"), "title": "T", "body": "B", "capture": "<html>"}
    path = f"{API}/articles/{us.post(f'{API}/articles/', body).json()['id']}/"
    us.post(f"{path}revisions/", {"title": "T", "body": "C", "base_revision": 1})
    us.delete(path, if_match="*")
    kept = [event.snapshot for event in Event.objects.filter(action="deleted").order_by("pk")]
    assert [snapshot.get("body") or snapshot.get("capture") for snapshot in kept] == ["B", "C", "<html>"]
    assert "capture" not in versions(us, path)[-1]["object"]
