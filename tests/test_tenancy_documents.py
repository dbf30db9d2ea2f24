"""Annotation documents name nothing of another project either: references, ids as sent, sets."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.models import Quote
from annotations.serializers.documents import LISTS, ArticleInDocument
from projects.models import Event
from tests.bodies import REFERS, create_bodies, id_fields, set_at
from tests.builders import make_user
from tests.estate import ABSENT, API, Estate, codes, make_estate, told, undone

pytestmark = pytest.mark.django_db
# The list of a document, and the resource that its objects are.
NAMES = {
    "publishers": "publisher",
    "sets": "annotation-set",
    "speakers": "speaker",
    "claims": "claim",
    "mentions": "mention",
    "quotes": "quote",
    "claim_occurrences": "claim-occurrence",
    "claim_relations": "claim-relation",
    "evidence": "evidence",
    "claim_reviews": "claim-review",
}
SHAPES: dict[str, Any] = {**LISTS, "article": ArticleInDocument}
REFERENCES = [
    (name, pointer)
    for name, shape in SHAPES.items()
    for pointer in id_fields(shape())
    if pointer not in ("/id", "/article", "/project") and not pointer.startswith("/revisions/")
]
# What only the managers' door takes over, and the article's door ignores.
RESTORED = ("/derived_from", "/merged_into")


@pytest.fixture
def ours():
    return make_estate("Ourword", make_user("our-manager"))


@pytest.fixture
def theirs():
    return make_estate("Theirword", make_user("their-manager"))


@pytest.fixture
def us(ours, client):
    return client(ours.owner)


def object_of(name: str, estate: Estate) -> dict[str, Any]:
    if name == "article":
        return {}
    body = create_bodies(estate)[NAMES[name]]
    return {n: v for n, v in body.items() if n not in ("project", "article", "set")}


def foreign_id(name: str, pointer: str, estate: Estate) -> str:
    field = pointer.removesuffix("/0").rsplit("/", 1)[-1]
    return estate.id(NAMES[name] if pointer in RESTORED else REFERS[field])


def document_with(name: str, pointer: str, value: str, estate: Estate) -> tuple[dict[str, Any], str]:
    """A document with one reference in it, and the pointer to that."""
    body = object_of(name, estate)
    if (name, pointer) == ("evidence", "/occurrence"):
        del body["span"]
    changed = set_at(body, pointer, value)
    return ({name: changed}, f"/{name}{pointer}") if name == "article" else ({name: [changed]}, f"/{name}/0{pointer}")


def stored(answer: Any) -> list[tuple[str, str, str]]:
    assert answer.status_code == 200, answer.content
    return [(found["type"], found["pointer"], found["outcome"]) for found in answer.json()["objects"]]


@pytest.mark.parametrize(("name", "pointer"), REFERENCES, ids="".join)
@pytest.mark.parametrize("door", ["article", "project"])
def test_a_foreign_reference_is_as_good_as_absent(door, name, pointer, ours, theirs, us):
    answers = []
    for value in (foreign_id(name, pointer, theirs), ABSENT):
        document, at = document_with(name, pointer, value, ours)
        with undone():
            if door == "article":
                answers.append(us.post(f"{API}/articles/{ours.id('article')}/annotations/", document))
            else:
                text = {"title": "T", "body": "Here wages would rise, she said."}
                document["article"] = document.get("article", {}) | text
                if pointer != "/set":
                    document.setdefault("sets", [{"label": "new"}])
                answers.append(us.post(f"{API}/projects/{ours.id('project')}/documents/", [document]))
                at = f"/0{at}"
    past = pointer == "/derived_from" or pointer.startswith("/parents/")
    if past or (door == "article" and pointer in RESTORED):
        assert stored(answers[0]) == stored(answers[1])
        return
    assert told(answers[0]) == told(answers[1])
    assert answers[0].status_code == 422, answers[0].content
    assert ("no-such-object", at) in codes(answers[0])


def test_an_origin_in_another_project_is_forgotten(ours, theirs, us):
    text = {"title": "T", "body": "Here wages would rise, she said."}
    quote = {"content": {"exact": "wages would rise"}, "derived_from": theirs.id("quote"), "external_id": "copied"}
    document = {"article": text, "sets": [{"label": "new"}], "quotes": [quote]}
    assert us.post(f"{API}/projects/{ours.id('project')}/documents/", [document]).status_code == 200
    assert Quote.objects.get(external_id="copied").derived_from_id is None


@pytest.mark.parametrize("name", [name for name in LISTS if name != "sets"])
def test_an_id_as_sent_reaches_nothing_foreign(name, ours, theirs, us):
    """What a GET of one project gave is posted to another: new objects are made, the old ones do not change."""
    before = Event.objects.filter(project=theirs.project).count()
    body = {"text": "Quite new."} if name == "claims" else object_of(name, ours)
    document = {name: [body | {"id": theirs.id(NAMES[name])}]}
    answer = us.post(f"{API}/articles/{ours.id('article')}/annotations/?mode=upsert", document)
    if name == "claim_relations":
        assert codes(answer) == [("self-relation", "/claim_relations/0/target")]
    else:
        found = next(one for one in answer.json()["objects"] if one["pointer"] == f"/{name}/0")
        assert found["outcome"] == "created"
        assert found["sent_id"] == theirs.id(NAMES[name]) != found["id"]
    assert Event.objects.filter(project=theirs.project).count() == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_foreign_set_in_the_query(method, ours, theirs, us):
    path = f"{API}/articles/{ours.id('article')}/annotations/?set="
    answers = [
        us.request(method, path + pk, {} if method == "post" else None) for pk in (theirs.id("annotation-set"), ABSENT)
    ]
    assert told(answers[0]) == told(answers[1])
    if method == "get":
        assert answers[0].json()["sets"] == answers[0].json()["quotes"] == []
    else:
        assert codes(answers[0]) == [("no-such-object", "?set")]


def test_the_document_holds_no_foreign_row(ours, theirs, us):
    answer = us.get(f"{API}/articles/{ours.id('article')}/annotations/?revision=all")
    assert b"Theirword" not in answer.content
    assert not any(pk in answer.content.decode() for pk in theirs.ids)
    assert answer.json()["quotes"][0]["note"] == "Ourword"
