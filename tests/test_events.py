"""Every write leaves exactly one event for each object that it changes; a refused or idle one leaves none."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from annotations.models import AnnotationSet
from projects.models import Event
from tests.bodies import create_bodies
from tests.builders import (
    add_source,
    make_article,
    make_claim,
    make_mention,
    make_quote,
    make_set,
    make_speaker,
    make_user,
)
from tests.estate import API, make_estate
from tests.test_concurrency_headers import PATCHES

pytestmark = pytest.mark.django_db
CREATED, UPDATED, DELETED = "created", "updated", "deleted"


@pytest.fixture
def estate():
    return make_estate("Ourword", make_user("our-manager"))


@pytest.fixture
def us(estate, client):
    return client(estate.owner)


def events_since(mark: int) -> list[Event]:
    return list(Event.objects.filter(pk__gt=mark).order_by("pk"))


def mark() -> int:
    return getattr(Event.objects.order_by("pk").last(), "pk", 0)


def left(api: Any, method: str, path: str, body: Any = None) -> tuple[Any, list[Event]]:
    """The answer to a write, and the events it left."""
    before = mark()
    answer = api.request(method, f"{API}/{path}", body, if_match="*")
    assert answer.status_code < 300, answer.content
    events = events_since(before)
    assert all(event.actor_id == api.user.pk for event in events)
    assert len({event.object_id for event in events}) == len(events), "one event an object"
    return answer, events


def told(events: list[Event]) -> Counter[tuple[str, str]]:
    return Counter((event.action, event.type) for event in events)


CREATES = {
    "project": [(CREATED, "project"), (CREATED, "membership")],
    "publisher": [(CREATED, "publisher")],
    "article": [(CREATED, "article"), (CREATED, "revision")],
    "annotation-set": [(CREATED, "annotation_set")],
    "quote": [(CREATED, "mention"), (CREATED, "quote")],
    "mention": [(CREATED, "mention")],
    "speaker": [(CREATED, "speaker")],
    "claim": [(CREATED, "claim")],
    "claim-occurrence": [(CREATED, "claim_occurrence")],
    "claim-relation": [(CREATED, "claim_relation")],
    "evidence": [(CREATED, "evidence")],
    "claim-review": [(CREATED, "claim_review")],
}


@pytest.mark.parametrize("name", CREATES)
def test_making(name, estate, us):
    bodies = create_bodies(estate) | {"project": {"slug": "new", "name": "New"}}
    if name == "claim-relation":
        bodies[name]["target"] = str(make_claim(estate.project, "Another.").pk)
    answer, events = left(us, "post", f"{name}s/".replace("evidences", "evidence"), bodies[name])
    assert told(events) == Counter(CREATES[name])
    (event,) = (event for event in events if str(event.object_id) == answer.json()["id"])
    assert event.version == 1
    assert str(event.project_id) == (answer.json()["id"] if name == "project" else estate.id("project"))
    agree(event, answer.json())


# What an answer computes for its reader, or shows in other words, is not in a snapshot.
COMPUTED = {"created_by", "my_role", "quote_count", "body", "depth", "attribution_chain", "sources", "user"}
COMPUTED |= {"annotator", "warnings"}


def agree(event: Event, record: dict[str, Any]) -> None:
    """The snapshot holds what a GET shows."""
    shown = {name: value for name, value in record.items() if name not in COMPUTED}
    assert {name: event.snapshot.get(name) for name in shown} == shown


@pytest.mark.parametrize("name", sorted(PATCHES.keys() - {"member"}))
def test_altering(name, estate, us):
    path = f"{name}s/".replace("evidences", "evidence") + f"{estate.id(name)}/"
    answer, events = left(us, "patch", path, PATCHES[name])
    # A mention is shown in its quotes: they are another version too.
    shown_in = [(UPDATED, "quote")] if name == "mention" else []
    assert told(events) == Counter([(UPDATED, name.replace("-", "_")), *shown_in])
    event = events[0]
    assert event.version == answer.json()["version"] == 2
    agree(event, answer.json())


@pytest.fixture
def shelf(estate):
    """An article whose owner's open set holds a quote with its mention, and a nested quote."""
    article = make_article(estate.project)
    held = make_set(article, estate.owner)
    mention = make_mention(held, "Ada Stern", speaker=make_speaker(estate.project, "Ada"))
    quote = make_quote(held, "We keep our word")
    add_source(quote, mention)
    return {"article": article, "set": held, "mention": mention, "quote": quote}


def test_links_and_neighbours(estate, us, shelf):
    speaker = str(make_speaker(estate.project, "Other").pk)
    quote, mention = f"quotes/{shelf['quote'].pk}/", f"mentions/{shelf['mention'].pk}/"
    _, events = left(us, "patch", mention, {"speaker": speaker})
    assert told(events) == Counter([(UPDATED, "mention"), (UPDATED, "quote")])
    assert events[-1].snapshot["sources"][0]["speaker"] == speaker
    _, events = left(us, "patch", quote, {"sources": [{"span": {"exact": "Ben Okafor"}}]})
    assert told(events) == Counter([(CREATED, "mention"), (UPDATED, "quote")])
    _, events = left(us, "patch", quote, {"note": "a", "sources": []})
    assert told(events) == Counter([(UPDATED, "quote")])
    _, events = left(us, "delete", mention)
    assert [(e.action, e.version) for e in events] == [(DELETED, 3)]


def test_a_first_annotation_makes_its_set(estate, us):
    article = make_article(estate.project)
    body = {"article": str(article.pk), "content": {"exact": "We keep our word"}}
    _, events = left(us, "post", "quotes/", body)
    assert told(events) == Counter([(CREATED, "annotation_set"), (CREATED, "quote")])
    assert {event.article for event in events} == {article.pk}
    assert {event.set for event in events} == {AnnotationSet.objects.get(article=article).pk}


def test_statuses_reviews_and_merges(estate, us, client, shelf):
    held = f"annotation-sets/{shelf['set'].pk}/"
    for step, version in (("submit", 2), ("close", 3), ("reopen", 4)):
        _, events = left(us, "post", f"{held}{step}/", {})
        assert [(e.action, e.type, e.version) for e in events] == [(UPDATED, "annotation_set", version)]
    second = make_user("second")
    left(us, "post", f"projects/{estate.id('project')}/members/", {"user": "second", "role": "curator"})
    _, events = left(
        client(second), "post", f"quotes/{shelf['quote'].pk}/review/", {"decision": "approved", "comment": "Well done."}
    )
    assert [(e.action, e.type, e.version, e.comment) for e in events] == [(UPDATED, "quote", 2, "Well done.")]
    one, other = (make_speaker(estate.project, name) for name in ("One", "Other"))
    for step, body in (("merge", {"into": str(other.pk)}), ("unmerge", {})):
        _, events = left(us, "post", f"speakers/{one.pk}/{step}/", body)
        assert [(e.action, e.object_id) for e in events] == [(UPDATED, one.pk)]


def test_members(estate, us):
    make_user("newcomer")
    members = f"projects/{estate.id('project')}/members/"
    answer, events = left(us, "post", members, {"user": "newcomer", "role": "viewer"})
    assert told(events) == Counter([(CREATED, "membership")])
    member = f"{members}{answer.json()['id']}/"
    assert told(left(us, "patch", member, {"role": "curator"})[1]) == Counter([(UPDATED, "membership")])
    (event,) = left(us, "delete", member)[1]
    assert (event.action, event.version, event.snapshot["role"]) == (DELETED, 3, "curator")


def test_revisions(estate, us, shelf):
    path = f"articles/{shelf['article'].pk}/revisions/"
    _, events = left(us, "post", path, {"title": "T", "body": "B", "base_revision": 1, "reason": "typo"})
    assert told(events) == Counter([(CREATED, "revision"), (UPDATED, "article")])
    assert us.get(f"{API}/articles/{shelf['article'].pk}/").json()["version"] == 2


def test_a_deletion_leaves_a_tombstone(estate, us):
    path = f"quotes/{make_quote(estate.rows['annotation-set'], 'keeps its word', note='last words').pk}/"
    shown = us.get(f"{API}/{path}").json()
    (event,) = left(us, "delete", path)[1]
    assert (event.action, str(event.object_id), event.version) == (DELETED, shown["id"], 2)
    assert (str(event.article), str(event.set)) == (estate.id("article"), estate.id("annotation-set"))
    assert event.snapshot["note"] == "last words"
    assert event.snapshot["content"] == shown["content"]


def test_deletions_of_many(estate, us, shelf):
    _, events = left(us, "delete", f"annotation-sets/{shelf['set'].pk}/?cascade=true")
    assert told(events) == Counter([(DELETED, "quote"), (DELETED, "mention"), (DELETED, "annotation_set")])
    make_set(shelf["article"], estate.owner)
    _, events = left(us, "delete", f"articles/{shelf['article'].pk}/")
    assert told(events) == Counter([(DELETED, "annotation_set"), (DELETED, "revision"), (DELETED, "article")])
    _, events = left(us, "delete", f"articles/{estate.id('article')}/annotations/")
    kinds = ("quote", "mention", "claim_occurrence", "evidence")
    assert told(events) == Counter((DELETED, kind) for kind in kinds)


def test_a_project_goes_with_its_members(us, client):
    answer, _ = left(us, "post", "projects/", {"slug": "short-lived", "name": "Short"})
    limited = client(us.user, projects=[UUID(answer.json()["id"])])
    _, events = left(us, "delete", f"projects/{answer.json()['id']}/")
    assert told(events) == Counter([(DELETED, "membership"), (DELETED, "project")])
    assert limited.get(f"{API}/me/").json()["projects"] == []


def test_documents(estate, us, shelf):
    path = f"articles/{shelf['article'].pk}/annotations/"
    quotes: list[dict[str, Any]] = [
        {"content": {"exact": "We keep our word"}, "external_id": "q1", "sources": [{"span": {"exact": "she"}}]},
        {"content": {"exact": "The opposition denies it"}, "external_id": "q2", "parent": "#p", "key": "c"},
        {"content": {"exact": "The opposition denies it. Its leader"}, "external_id": "q3", "key": "p"},
    ]
    _, events = left(us, "post", path, {"quotes": quotes, "claims": [{"text": "A."}]})
    assert told(events) == Counter({(CREATED, "quote"): 3, (CREATED, "mention"): 1, (CREATED, "claim"): 1})
    assert left(us, "post", path, {"quotes": quotes, "claims": [{"text": "A."}]})[1] == []
    quotes[1]["note"] = "changed"
    _, events = left(us, "post", f"{path}?mode=upsert", {"quotes": quotes})
    assert [(e.action, e.type, e.version) for e in events] == [(UPDATED, "quote", 2)]
    _, events = left(us, "post", f"{path}?mode=replace", {"quotes": quotes[:1]})
    deleted = {(DELETED, "quote"): 4, (DELETED, "mention"): 2}
    assert told(events) == Counter(deleted | {(CREATED, "quote"): 1, (CREATED, "mention"): 1})
    documents = [{"article": {"title": f"T{n}", "body": "B"}, "sets": [{"label": "s"}]} for n in range(3)]
    _, events = left(us, "post", f"projects/{estate.id('project')}/documents/", documents)
    assert told(events) == Counter({(CREATED, kind): 3 for kind in ("article", "revision", "annotation_set")})


def test_what_is_refused_leaves_nothing(estate, us, client):
    before = mark()
    quote, quotes = f"{API}/quotes/{estate.id('quote')}/", f"{API}/articles/{estate.id('article')}/annotations/"
    refused = [
        us.patch(quote, {"note": "x"}, if_match='"stale"'),
        us.patch(quote, {"parent": estate.id("quote")}, if_match="*"),
        us.delete(quote, if_match="*"),
        us.post(quotes, {"quotes": [{"content": {"exact": "she"}}, {"content": {"exact": "not in the text"}}]}),
        us.post(f"{API}/speakers/", {"project": estate.id("project"), "name": "Twin", "wikidata_qid": "Q7"}),
        client().patch(quote, {"note": "x"}, if_match="*"),
    ]
    assert [answer.status_code for answer in refused] == [412, 422, 409, 422, 409, 401]
    assert events_since(before) == []


def test_events_hold_no_names_of_users(client):
    """A person who asks to be forgotten is forgotten by changing one row."""
    users = [make_user(f"very-personal-{n}") for n in range(2)]
    api = client(users[0])
    project = api.post(f"{API}/projects/", {"slug": "named", "name": "Named"}).json()["id"]
    api.post(f"{API}/projects/{project}/members/", {"user": users[1].username, "role": "curator"})
    article = api.post(f"{API}/articles/", {"project": project, "title": "T", "body": "She said so."}).json()["id"]
    quote = api.post(f"{API}/quotes/", {"article": article, "content": {"exact": "so"}}).json()
    api.patch(f"{API}/quotes/{quote['id']}/", {"note": "n"}, if_match="*")
    client(users[1]).post(f"{API}/quotes/{quote['id']}/review/", {"decision": "rejected"}, if_match="*")
    named = {"user": users[1].username, "name": users[1].username}
    api.post(f"{API}/annotation-sets/", {"article": article, "annotator": named, "kind": "imported"})
    api.delete(f"{API}/quotes/{quote['id']}/", if_match="*")
    everything = [json.dumps([e.snapshot, e.comment, e.type]) for e in Event.objects.all()]
    assert len(everything) == 11
    assert not any("very-personal" in text for text in everything)
