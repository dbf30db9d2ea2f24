"""The latest activity on the start page: what the change feed tells the user, a line for each call."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotations.admin import activity as telling
from annotations.querysets import activity as reading
from projects.models import Event, Project
from tests.admin.curators import ADMIN, send
from tests.annotations.test_admin_article import signed_in
from tests.annotations.test_admin_start import fetch
from tests.api import Api
from tests.builders import World, make_member, make_project

TAG = re.compile(r"<[^>]+>")


def told(api: Api) -> list[str]:
    """The lines of the first project, in words."""
    html = fetch(signed_in(api.user))
    lines = re.findall(r"<li><p>(.*?)</p>", html.partition("Latest activity</h3>")[2].partition("</section>")[0], re.S)
    return [" ".join(unescape(TAG.sub("", line)).split()) for line in lines]


def links(api: Api) -> list[str]:
    html = fetch(signed_in(api.user)).partition("Latest activity</h3>")[2].partition("</section>")[0]
    return re.findall(r'href="([^"]+)"', html)


@pytest.fixture
def article(world: World) -> Any:
    body = "Ada Stern said that taxes would fall. “We keep our word,” said Ben Okafor."
    text = {"project": str(world.project.pk), "title": "Taxes", "body": body}
    return world.curator.post("/api/v1/articles/", text).json()


def add_quote(api: Api, article: Any, exact: str, **more: Any) -> Any:
    answer = api.post("/api/v1/quotes/", {"article": article["id"], "content": {"exact": exact}, **more})
    assert answer.status_code == 201, answer.json()
    return answer.json()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is not one statement is taken for a thing of its own, as it is with people."""
    monkeypatch.setattr(telling, "PAUSE", timedelta(0))


@pytest.mark.usefixtures("slow")
def test_who_did_what(world: World, article: Any) -> None:
    """Each deed of the API as a line of words, the newest first."""
    source = {"span": {"exact": "Ada Stern"}}
    quote = add_quote(world.annotator, article, "taxes would fall", sources=[source])
    path, held = f"/api/v1/quotes/{quote['id']}/", f"/api/v1/annotation-sets/{quote['set']}/"
    speaker = world.annotator.post("/api/v1/speakers/", {"project": article["project"], "name": "Ada Stern"}).json()
    other = world.annotator.post("/api/v1/speakers/", {"project": article["project"], "name": "A. Stern"}).json()
    for api, address, body in (
        (world.annotator, f"{held}submit/", {}),
        (world.curator, f"{path}review/", {"decision": "approved"}),
        (world.curator, f"{held}close/", {}),
        (world.curator, f"{held}reopen/", {}),
        (world.curator, f"/api/v1/speakers/{other['id']}/merge/", {"into": speaker["id"]}),
        (world.curator, f"/api/v1/speakers/{other['id']}/unmerge/", {}),
    ):
        assert api.post(address, body, if_match="*").status_code == 200, address
    assert world.curator.patch(path, {"venue": "Oslo", "note": "n"}, if_match="*").status_code == 200
    assert world.curator.delete(path, if_match="*").status_code == 204
    assert world.curator.post(f"{path}history/1/restore/", {}).status_code == 201
    members = f"/api/v1/projects/{world.project.pk}/members/"
    assert world.manager.post(members, {"user": "stranger", "role": "viewer"}).status_code == 201
    start = [
        "manager created membership stranger, viewer",
        "curator restored quote taxes would fall",
        "curator deleted quote taxes would fall",
        "curator changed quote taxes would fall: note, venue",
        "curator unmerged speaker A. Stern",
        "curator merged speaker A. Stern",
        "curator reopened annotation set annotator",
        "curator closed annotation set annotator",
    ]
    assert told(world.curator) == start
    for href in links(world.curator):
        assert signed_in(world.curator.user).get(href).status_code == 200, href


@pytest.mark.usefixtures("slow")
def test_what_reviewers_write_is_taken_for_nothing_else(world: World, article: Any) -> None:
    quote = add_quote(world.annotator, article, "taxes would fall")
    for comment in ("Import everything", "restored version one of it"):
        for decision in ("rejected", "approved"):
            body = {"decision": decision, "comment": comment}
            answer = world.curator.post(f"/api/v1/quotes/{quote['id']}/review/", body, if_match="*")
            assert answer.status_code == 200
    lines = told(world.curator)
    assert [re.search(r"approved|rejected", line)[0] for line in lines[:4]] == ["approved", "rejected"] * 2  # type: ignore[index]


def test_one_call_is_one_line(world: World, article: Any) -> None:
    quotes = [{"content": {"exact": exact}} for exact in ("taxes would fall", "We keep our word")]
    body = {"quotes": quotes, "mentions": [{"span": {"exact": "Ben Okafor"}}]}
    assert world.annotator.post(f"/api/v1/articles/{article['id']}/annotations/", body).status_code in (200, 201)
    assert told(world.curator) == [
        "annotator created annotation set annotator with 2 quotes, 1 mention",
        "curator created article Taxes with 1 revision",
    ]


def test_of_a_long_line_only_the_first_is_looked_at(
    world: World, article: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "TOLD", 2)
    quotes = [{"content": {"exact": exact}} for exact in ("taxes would fall", "We keep our word", "Ada Stern")]
    world.annotator.post(f"/api/v1/articles/{article['id']}/annotations/", {"quotes": quotes})
    assert told(world.curator)[0] == "annotator created annotation set annotator with 3 quotes"


def test_a_change_of_many_is_one_line(world: World, article: Any) -> None:
    rows = [add_quote(world.annotator, article, exact)["id"] for exact in ("taxes would fall", "We keep our word")]
    chosen = {"action": "approve", "_selected_action": rows, "_confirm": "1"}
    chosen |= {f"version-{pk}": "1" for pk in rows}
    assert signed_in(world.curator.user).post(f"{ADMIN}/quote/", chosen).status_code == 302
    assert told(world.curator)[0] == "curator approved 2 quotes"


@pytest.mark.parametrize("cut", [3, 300])
def test_what_goes_on_beyond_the_window_says_so(
    world: World, article: Any, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    monkeypatch.setattr(reading, "WINDOW", cut)
    monkeypatch.setattr(telling, "WINDOW", cut)
    quotes = [{"content": {"exact": exact}} for exact in ("Ada Stern", "Ben Okafor", "taxes", "said that", "We keep")]
    world.annotator.post(f"/api/v1/articles/{article['id']}/annotations/", {"quotes": quotes})
    found = told(world.curator)
    assert (
        found[0]
        == {
            3: "annotator created 3+ quotes",
            300: "annotator created annotation set annotator with 5 quotes",
        }[cut]
    )


@pytest.mark.usefixtures("slow")
def test_what_one_does_not_see_is_not_told(world: World, article: Any) -> None:
    quote = add_quote(world.annotator, article, "taxes would fall")
    world.annotator.delete(f"/api/v1/quotes/{quote['id']}/", if_match="*")
    seen = {
        name: " ".join(told(getattr(world, name))) for name in ("viewer", "other_annotator", "annotator", "curator")
    }
    assert {name for name, lines in seen.items() if "taxes would fall" in lines} == {"annotator", "curator"}
    assert all("article Taxes" in lines for lines in seen.values())
    assert f"{ADMIN}/quote/{quote['id']}/history/" in links(world.curator)
    assert not [href for href in links(world.annotator) if quote["id"] in href]
    world.annotator.post(f"/api/v1/annotation-sets/{quote['set']}/submit/", {}, if_match="*")
    assert "annotator created annotation set annotator" in told(world.viewer)
    assert told(world.stranger) == []


def test_blind_annotators_are_told_of_their_own_work(world: World) -> None:
    Project.objects.filter(pk=world.project.pk).update(blind=True)
    body = {"project": str(world.project.pk), "title": "Taxes", "body": "We keep our word. Taxes fall."}
    article = world.curator.post("/api/v1/articles/", body).json()
    other = add_quote(world.other_annotator, article, "We keep our word")
    world.other_annotator.post(f"/api/v1/annotation-sets/{other['set']}/submit/", {}, if_match="*")
    own = add_quote(world.annotator, article, "Taxes fall")
    lines = " ".join(told(world.annotator))
    assert "annotator created annotation set annotator with 1 quote" in lines
    assert "other_annotator" not in lines
    for deed in ("submit", "close"):
        api = world.annotator if deed == "submit" else world.curator
        assert api.post(f"/api/v1/annotation-sets/{own['set']}/{deed}/", {}, if_match="*").status_code == 200
    assert "other_annotator" in " ".join(told(world.annotator))


def test_numbered_events_and_those_that_wait(world: World, article: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a reader of the feed has been there makes no difference."""
    add_quote(world.annotator, article, "taxes would fall")
    monkeypatch.setattr(telling, "PAUSE", timedelta(0))
    before = told(world.curator)
    assert world.curator.get(f"/api/v1/changes/?project={world.project.pk}").status_code == 200
    assert not Event.objects.filter(project=world.project, seq=None).exists()
    assert told(world.curator) == before
    add_quote(world.annotator, article, "We keep our word")
    assert told(world.curator) == ["annotator created quote We keep our word", *before]


def test_it_takes_as_many_statements_for_much_as_for_little(world: World, article: Any) -> None:
    counts = []
    http = signed_in(world.curator.user)
    for n in (1, 4):
        for k in range(n):
            project = make_project(f"more-{n}-{k}")
            make_member(project, world.curator.user, "annotator" if k else "curator")
            text = {"project": str(project.pk), "name": f"Speaker {k}"}
            assert world.curator.post("/api/v1/speakers/", text).status_code == 201
        with CaptureQueriesContext(connection) as queries:
            fetch(http)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


@pytest.mark.usefixtures("slow")
def test_a_deed_in_the_admin_is_in_it(world: World, article: Any) -> None:
    quote = add_quote(world.annotator, article, "taxes would fall")
    path = f"{ADMIN}/quote/{quote['id']}/edit/"
    assert send(signed_in(world.curator.user), path, venue="Rome").status_code == 302
    assert told(world.viewer) == ["curator created revision Taxes", "curator created article Taxes"]
    assert told(world.curator)[0] == "curator changed quote taxes would fall: venue"
