"""What an answer showed can be sent back, also after merges; and two objects of one file stay two."""

from __future__ import annotations

from typing import Any

import pytest

from projects.models import Event
from tests.builders import make_article

API = "/api/v1"
BODY = "Ana said taxes would fall. Bo said wages would rise. Ana denied it."


@pytest.fixture
def article(world):
    return make_article(world.project, body=BODY)


@pytest.fixture
def post(world):
    def made(path: str, body: Any, status: int = 201, **more: Any) -> Any:
        response = world.curator.post(f"{API}/{path}", body, **more)
        assert response.status_code == status, response.content
        return response.json()

    return made


@pytest.fixture
def merged(world, article, post):
    """A quote, its mention and an occurrence on speaker and claim `first`, which were then merged into `last`."""
    speakers = [
        post("speakers/", {"project": str(world.project.pk), "name": name})["id"] for name in ("Ana", "Ana Ruiz")
    ]
    claims = [
        post("claims/", {"project": str(world.project.pk), "text": text})["id"] for text in ("Fall.", "Taxes fall.")
    ]
    source = {"span": {"exact": "Ana", "suffix": " said"}, "speaker": speakers[0]}
    quote = {"article": str(article.pk), "content": {"exact": "taxes would fall"}, "sources": [source]}
    made = {"quotes": post("quotes/", quote)}
    occurrence = {"article": str(article.pk), "span": {"exact": "taxes would fall"}, "claim": claims[0]}
    occurrence["claimants"] = [{"speaker": speakers[0]}]
    made["claim-occurrences"] = post("claim-occurrences/", occurrence)
    mention = made["quotes"]["sources"][0]["mention"]
    made["mentions"] = world.curator.get(f"{API}/mentions/{mention}/").json()
    post(f"speakers/{speakers[0]}/merge/", {"into": speakers[1]}, 200, if_match="*")
    post(f"claims/{claims[0]}/merge/", {"into": claims[1]}, 200, if_match="*")
    return {"speakers": speakers, "claims": claims, "made": made}


SENT = {"quotes": ("sources",), "claim-occurrences": ("claim", "claimants"), "mentions": ("speaker",)}


def test_sending_an_answer_back_does_not_carve_a_merge_in_stone(world, merged, post):
    for path, names in SENT.items():
        pk = merged["made"][path]["id"]
        shown = world.curator.get(f"{API}/{path}/{pk}/").json()
        assert merged["speakers"][1] in str({name: shown[name] for name in names})
        response = world.curator.patch(f"{API}/{path}/{pk}/", {name: shown[name] for name in names}, if_match="*")
        assert (response.status_code, response.json()["version"]) == (200, shown["version"])
    post(f"speakers/{merged['speakers'][0]}/unmerge/", {}, 200, if_match="*")
    post(f"claims/{merged['claims'][0]}/unmerge/", {}, 200, if_match="*")
    for path, names in SENT.items():
        shown = world.curator.get(f"{API}/{path}/{merged['made'][path]['id']}/").json()
        assert {name: shown[name] for name in names} == {name: merged["made"][path][name] for name in names}


def test_changing_one_source_leaves_the_others_with_their_own_speakers(world, merged, post):
    pk = merged["made"]["quotes"]["id"]
    sources = world.curator.get(f"{API}/quotes/{pk}/").json()["sources"]
    more = [*sources, {"role": "addressee", "speaker": merged["speakers"][1]}]
    assert len(world.curator.patch(f"{API}/quotes/{pk}/", {"sources": more}, if_match="*").json()["sources"]) == 2
    post(f"speakers/{merged['speakers'][0]}/unmerge/", {}, 200, if_match="*")
    first, second = world.curator.get(f"{API}/quotes/{pk}/").json()["sources"]
    assert (first["speaker"], second["speaker"]) == tuple(merged["speakers"])


def test_a_document_with_merged_speakers_and_claims_posted_back_changes_nothing(world, article, merged, post):
    path = f"articles/{article.pk}/annotations/"
    document = world.curator.get(f"{API}/{path}").json()
    before = Event.objects.count()
    answer = post(path, document, 200)
    assert (answer["created"], answer["updated"]) == (0, 0)
    assert Event.objects.count() == before


def test_relations_that_a_merge_bends_or_doubles_are_shown_once_or_not_at_all(world, article, post):
    project = str(world.project.pk)
    one, two, three = (post("claims/", {"project": project, "text": text})["id"] for text in ("One.", "Two.", "Three."))
    for claim in (one, two, three):
        sent = {"article": str(article.pk), "span": {"exact": "wages would rise"}, "claim": claim}
        post("claim-occurrences/", sent)
    for source, target, kind in ((one, two, "contradicts"), (one, three, "supports"), (two, three, "supports")):
        post("claim-relations/", {"source": source, "target": target, "type": kind})
    post(f"claims/{one}/merge/", {"into": two}, 200, if_match="*")
    document = world.curator.get(f"{API}/articles/{article.pk}/annotations/").json()
    shown = [(r["source"], r["target"], r["type"]) for r in document["claim_relations"]]
    assert shown == [(two, three, "supports")]


def test_two_speakers_of_one_file_stay_two_also_the_second_time(world, article):
    quotes = [
        {"content": {"exact": "taxes would fall"}, "sources": [{"speaker": "#a"}]},
        {"content": {"exact": "wages would rise"}, "sources": [{"speaker": "#b"}]},
    ]
    speakers = [{"key": key, "name": "John Smith"} for key in "ab"]
    document = {"article": {"external_id": "johns", "title": "T", "body": BODY}, "sets": [{}]}
    document |= {"speakers": speakers, "quotes": quotes}
    path = f"{API}/projects/{world.project.pk}/documents/"
    first = world.manager.post(path, [document]).json()
    again = world.manager.post(f"{path}?on_conflict=upsert", [document]).json()
    assert again["created"] == 0
    ids = [[o["id"] for o in answer["objects"] if o["type"] == "speakers"] for answer in (first, again)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2


def test_an_external_id_twice_in_one_document_is_refused_with_its_place(world, article):
    quotes = [{"external_id": "E", "content": {"exact": exact}} for exact in ("taxes would fall", "wages would rise")]
    for mode in ("add", "upsert"):
        path = f"{API}/articles/{article.pk}/annotations/?mode={mode}"
        response = world.annotator.post(path, {"quotes": quotes})
        assert response.status_code == 409
        assert [(e["pointer"], e["code"]) for e in response.json()["errors"]] == [
            ("/quotes/1/external_id", "already-exists")
        ]
