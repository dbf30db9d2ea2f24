"""By what a document's objects are known, one by one: what is there already is reused and never altered."""

from typing import Any

import pytest

from tests.builders import (
    make_article,
    make_claim,
    make_evidence,
    make_mention,
    make_occurrence,
    make_quote,
    make_set,
    make_speaker,
)

API = "/api/v1"


@pytest.fixture
def article(world):
    return make_article(world.project)


@pytest.fixture
def own(world, article):
    return make_set(article, world.curator.user)


@pytest.fixture
def outcome(world, article):
    """Posts one object, and gives what became of it and the id it has."""

    def send(kind, sent, **more):
        response = world.curator.post(f"{API}/articles/{article.pk}/annotations/", {kind: [sent], **more})
        assert response.status_code == 200, response.content
        found = [item for item in response.json()["objects"] if item["pointer"] == f"/{kind}/0"]
        return found[0]["outcome"], found[0]["id"]

    return send


@pytest.fixture
def reused(outcome):
    def check(row, kind, sent, **more):
        assert outcome(kind, sent, **more) == ("reused", str(row["id"] if isinstance(row, dict) else row.pk))

    return check


@pytest.fixture
def made(outcome):
    def check(kind, sent, **more):
        assert outcome(kind, sent, **more)[0] == "created"

    return check


# ---- identities ----


def test_publishers_by_domain_else_by_name(world, reused, made):
    def publisher(**facts):
        return world.curator.post(f"{API}/publishers/", {"project": str(world.project.pk), **facts}).json()

    paper = publisher(name="The Paper", domain="paper.example")
    nameless = publisher(name="The Gazette")
    reused(paper, "publishers", {"name": "Another name", "domain": "paper.example"})
    reused(paper, "publishers", {"name": "The Paper"})
    reused(nameless, "publishers", {"name": "The Gazette"})
    made("publishers", {"name": "The Paper", "domain": "other.example"})
    made("publishers", {"name": "The paper"})


def test_speakers_by_wikidata_id_else_by_name_and_kind(world, reused, made):
    stern = make_speaker(world.project, "Ada Stern", wikidata_qid="Q1")
    okafor = make_speaker(world.project, "Ben Okafor", description="as it was")
    reused(stern, "speakers", {"name": "A. Stern", "kind": "other", "wikidata_qid": "Q1"})
    reused(stern, "speakers", {"name": "Ada Stern"})
    reused(okafor, "speakers", {"name": "Ben Okafor", "description": "another"})
    reused(okafor, "speakers", {"name": "Ben Okafor", "kind": "person", "is_named": True})
    made("speakers", {"name": "Ada Stern", "wikidata_qid": "Q2"})
    made("speakers", {"name": "Ben Okafor", "kind": "organisation"})
    made("speakers", {"name": "ben okafor"})
    reused(okafor, "speakers", {"name": "Ben Okafor", "wikidata_qid": "Q3"})  # whose own id is not known
    okafor.refresh_from_db()
    assert (okafor.description, okafor.wikidata_qid, okafor.version) == ("as it was", None, 1)


def test_a_merged_speaker_does_not_hold_a_wikidata_id(world, reused):
    other = make_speaker(world.project, "Dr Stern")
    stern = make_speaker(world.project, "Ada Stern", wikidata_qid="Q1")
    into = {"into": str(make_speaker(world.project, "A. Stern").pk)}
    assert world.curator.post(f"{API}/speakers/{stern.pk}/merge/", into, if_match="*").status_code == 200
    now = world.curator.patch(f"{API}/speakers/{other.pk}/", {"wikidata_qid": "Q1"}, if_match="*")
    assert now.status_code == 200, now.content
    reused(other, "speakers", {"name": "Whoever", "wikidata_qid": "Q1"})


def test_unnamed_speakers_within_their_article(world, article, reused, made):
    here = make_speaker(world.project, "An official", article=article)
    make_speaker(world.project, "An aide", article=make_article(world.project, title="Another"))
    make_speaker(world.project, "A critic")
    reused(here, "speakers", {"name": "An official", "is_named": False})
    made("speakers", {"name": "An official"})
    made("speakers", {"name": "An aide", "is_named": False})
    made("speakers", {"name": "A critic", "is_named": False})


def test_claims_by_text_and_language(world, reused, made):
    english = make_claim(world.project, "Taxes will fall.", language="en")
    plain = make_claim(world.project, "Taxes fell.")
    reused(english, "claims", {"text": "Taxes will fall.", "language": "en", "types": ["numerical"]})
    reused(plain, "claims", {"text": "Taxes fell."})
    made("claims", {"text": "Taxes will fall.", "language": "de"})
    made("claims", {"text": "Taxes will fall."})
    made("claims", {"text": "Taxes will fall. ", "language": "en"})


def test_relations_by_ends_and_type_symmetric_ones_by_their_unordered_pair(world, reused, made):
    one, two = (str(make_claim(world.project, text).pk) for text in ("One.", "Two."))

    def relation(source, target, kind):
        sent = {"source": source, "target": target, "type": kind}
        return world.curator.post(f"{API}/claim-relations/", sent).json()

    supports, contradicts = relation(one, two, "supports"), relation(one, two, "contradicts")
    reused(supports, "claim_relations", {"source": one, "target": two, "type": "supports", "note": "x"})
    reused(contradicts, "claim_relations", {"source": two, "target": one, "type": "contradicts"})
    made("claim_relations", {"source": two, "target": one, "type": "supports"})
    made("claim_relations", {"source": one, "target": two, "type": "related"})


def test_reviews_by_url(world, reused, made):
    one, two = (str(make_claim(world.project, text).pk) for text in ("One.", "Two."))
    sent = {"claim": one, "url": "https://example.org/check", "rating_text": "True"}
    review = world.curator.post(f"{API}/claim-reviews/", sent).json()
    reused(review, "claim_reviews", sent | {"rating_text": "False", "title": "x"})
    made("claim_reviews", sent | {"url": "https://example.org/another"})
    made("claim_reviews", sent | {"claim": two})


# ---- span annotations ----


def test_mentions_by_their_pieces(own, reused, made):
    whole = make_mention(own, "Ada Stern", external_id="m1")
    pieces = make_mention(own, ["Its leader", "Ben Okafor"])
    make_mention(own, "Ben Okafor", part="body", kind="nominal")
    reused(whole, "mentions", {"span": {"exact": "Ada Stern"}, "kind": "pronominal"})
    reused(pieces, "mentions", {"span": {"fragments": [{"exact": "Its leader"}, {"exact": "Ben Okafor"}]}})
    made("mentions", {"span": {"fragments": [{"exact": "Ben Okafor"}, {"exact": "Its leader"}]}})
    made("mentions", {"span": {"exact": "Its leader, Ben Okafor"}})
    made("mentions", {"span": {"exact": "Minister", "part": "title"}})


def test_quotes_by_external_id(own, reused, made):
    known = make_quote(own, "ready since May", external_id="q1")
    reused(known, "quotes", {"external_id": "q1", "content": {"exact": "on Monday"}, "note": "x"})
    made("quotes", {"external_id": "q2", "content": {"exact": "ready since May"}})


def test_quotes_by_all_values_that_are_sent(world, article, own, reused, made):
    stern = make_speaker(world.project)
    mention = make_mention(own, "Ada Stern", speaker=stern)
    parent = make_quote(own, "told reporters")
    known = make_quote(
        own, "reporters", cue="told", parent=parent, sources=[mention, stern], type="direct", tags=["a", "b"], note="x"
    )
    content = {"content": {"exact": "reporters"}}
    sources = [{"mention": str(mention.pk)}, {"speaker": str(stern.pk)}]
    whole: dict[str, Any] = {"type": "direct", "tags": ["a", "b"], "note": "x", "sources": sources}
    whole |= {"cue": {"exact": "told"}, "parent": str(parent.pk)}
    for fits in ({}, whole, *({name: value} for name, value in whole.items())):
        reused(known, "quotes", content | fits)
    by_span = {"span": {"exact": "Ada Stern"}, "speaker": str(stern.pk)}
    reused(known, "quotes", content | {"sources": [by_span, sources[1]]})
    others: tuple[dict[str, Any], ...] = (
        {"type": "indirect"},
        {"tags": ["b", "a"]},
        {"cue": None},
        {"cue": {"exact": "said on"}},
        {"parent": None},
        {"sources": []},
        {"sources": sources[::-1]},
        {"sources": [sources[0], {**sources[1], "role": "addressee"}]},
        {"confidence": 0.5},
    )
    for differs in others:
        made("quotes", content | whole | differs)
    made("quotes", {"content": {"exact": "that Stern"}})
    twin = make_quote(make_set(article, world.curator.user, label="other"), "since May")
    assert twin.pk
    made("quotes", {"content": {"exact": "since May"}})  # which is in another set


def test_occurrences_and_evidence_by_all_values(world, own, reused, made):
    claim, other = make_claim(world.project, "One."), make_claim(world.project, "Two.")
    stern = make_speaker(world.project)
    known = make_occurrence(own, "nobody", claim=claim, claimants=[stern], time="May")
    sent = {"span": {"exact": "nobody"}, "claim": str(claim.pk)}
    reused(
        known, "claim_occurrences", sent | {"claimants": [{"speaker": str(stern.pk)}], "time_span": {"exact": "May"}}
    )
    made("claim_occurrences", sent | {"claimants": []})
    made("claim_occurrences", sent | {"claim": str(other.pk)})
    on_span = make_evidence(claim, own, "believes her")
    on_occurrence = make_evidence(claim, own, occurrence=known)
    on_page = make_evidence(claim, url="https://example.org/")
    ground = {"claim": str(claim.pk), "stance": "supports"}
    grounds: list[dict[str, Any]] = [
        {"span": {"exact": "believes her"}},
        {"occurrence": str(known.pk)},
        {"url": "https://example.org/"},
    ]
    for row, place in zip((on_span, on_occurrence, on_page), grounds, strict=True):
        reused(row, "evidence", ground | place)
        made("evidence", ground | place | {"stance": "refutes"})
        made("evidence", ground | place | {"claim": str(other.pk)})
    reused(on_occurrence, "evidence", ground | grounds[1] | {"span": None, "url": None, "article": str(own.article_id)})


# ---- in general ----


def test_two_objects_of_one_call_stay_two(world, article):
    sent = {
        "speakers": [{"name": "Ada Stern"}, {"name": "Ada Stern"}],
        "claims": [{"text": "Taxes fell."}] * 2,
        "quotes": [{"content": {"exact": "May"}}] * 2,
    }
    path = f"{API}/articles/{article.pk}/annotations/"
    first, second = (world.curator.post(path, sent).json() for _ in range(2))
    assert (first["created"], first["reused"]) == (6, 0)
    assert (second["created"], second["reused"]) == (0, 6)


def test_ids_are_references_and_so_are_keys(world, article):
    speaker, claim = make_speaker(world.project), make_claim(world.project)
    sent: dict[str, Any] = {
        "claims": [{"id": str(claim.pk), "key": "c", "text": claim.text}],
        "claim_occurrences": [
            {"span": {"exact": "May"}, "claim": "#c"},
            {"span": {"exact": "May"}, "claim": str(claim.pk), "claimants": [{"speaker": str(speaker.pk)}]},
        ],
    }
    response = world.curator.post(f"{API}/articles/{article.pk}/annotations/", sent)
    assert response.status_code == 200, response.content
    made = world.curator.get(f"{API}/claim-occurrences/?article={article.pk}").json()["results"]
    assert [item["claim"] for item in made] == [str(claim.pk)] * 2
    # An id that the document holds is looked up there first, and means that object, whatever else has this id.
    sent["claims"][0]["text"] = "Another text."
    response = world.curator.post(f"{API}/articles/{article.pk}/annotations/", sent).json()
    (new,) = [item for item in response["objects"] if item["type"] == "claims"]
    assert (new["outcome"], new["sent_id"] != new["id"]) == ("created", True)
    made = world.curator.get(f"{API}/claim-occurrences/?article={article.pk}&claim={new['id']}").json()["results"]
    assert len(made) == 2
