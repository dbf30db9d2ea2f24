"""Links that cannot be: each is refused with the place where it stands, all of a call at once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import (
    add_source,
    make_article,
    make_claim,
    make_mention,
    make_occurrence,
    make_quote,
    make_set,
    make_speaker,
)

pytestmark = pytest.mark.django_db
API = "/api/v1"
TITLE, BODY = "Who said it", "Ada Stern said May was late. Ben Okafor said that Ada Stern knew."
MAY, LATE, BEN = {"exact": "May"}, {"exact": "late"}, {"exact": "Ben Okafor"}


@pytest.fixture
def article(world):
    return make_article(world.project, title=TITLE, body=BODY)


@pytest.fixture
def own(world, article):
    return make_set(article, world.annotator.user)


@pytest.fixture
def other(world, article):
    """Another set of the same annotator."""
    return make_set(article, world.annotator.user, label="other")


def errors_of(response: Any) -> list[tuple[str, str]]:
    return [(error["code"], error["pointer"]) for error in response.json()["errors"]]


def chain(annotation_set: Any, length: int) -> list[Any]:
    """Quotes that each stand in the one before."""
    quotes: list[Any] = []
    for _ in range(length):
        quotes.append(make_quote(annotation_set, "May", parent=quotes[-1] if quotes else None))
    return quotes


def test_all_that_is_wrong_with_a_quote_is_said_at_once(world, article, own, other):
    elsewhere = make_article(world.project, external_id="elsewhere")
    hidden = make_speaker(world.project, "an expert", is_named=False, article=elsewhere)
    sent = {
        "article": str(article.pk),
        "set": str(own.pk),
        "content": {"exact": "not there"},
        "parent": str(make_quote(other, "May").pk),
        "sources": [{"mention": str(make_mention(other, "Ben Okafor").pk)}, {"speaker": str(hidden.pk)}],
    }
    response = world.annotator.post(f"{API}/quotes/", sent)
    assert (response.status_code, sorted(errors_of(response))) == (
        422,
        [
            ("cross-set", "/parent"),
            ("cross-set", "/sources/0/mention"),
            ("quote-not-found", "/content/exact"),
            ("speaker-not-local", "/sources/1/speaker"),
        ],
    )


def test_spans_and_links_of_a_document_are_refused_together(world, article, own, other):
    document = {
        "quotes": [
            {"content": {"exact": "not there"}},
            {"content": MAY, "parent": str(make_quote(other, "late").pk)},
            {"content": MAY, "sources": [{"role": "source"}]},
        ],
        "claim_occurrences": [{"span": LATE, "claimants": [{}], "quote": str(make_quote(other, "knew").pk)}],
    }
    response = world.annotator.post(f"{API}/articles/{article.pk}/annotations/", document)
    assert (response.status_code, sorted(errors_of(response))) == (
        422,
        [
            ("claimant-empty", "/claim_occurrences/0/claimants/0"),
            ("cross-set", "/claim_occurrences/0/quote"),
            ("cross-set", "/quotes/1/parent"),
            ("quote-not-found", "/quotes/0/content/exact"),
            ("source-empty", "/quotes/2/sources/0"),
        ],
    )


def test_a_patch_that_nests_in_a_circle_points_at_the_parent(world, own):
    quotes = chain(own, 3)
    response = world.annotator.patch(f"{API}/quotes/{quotes[0].pk}/", {"parent": str(quotes[2].pk)}, if_match="*")
    assert (response.status_code, errors_of(response)) == (422, [("nesting-cycle", "/parent")])
    itself = world.annotator.patch(f"{API}/quotes/{quotes[0].pk}/", {"parent": str(quotes[0].pk)}, if_match="*")
    assert (itself.status_code, errors_of(itself)) == (422, [("nesting-cycle", "/parent")])


def test_depth_counts_what_is_above_and_below(world, own):
    above, below = chain(own, 5), chain(own, 4)
    path = f"{API}/quotes/{below[0].pk}/"
    too_deep = world.annotator.patch(path, {"parent": str(above[4].pk)}, if_match="*")
    assert (too_deep.status_code, errors_of(too_deep)) == (422, [("nesting-too-deep", "/parent")])
    assert world.annotator.patch(path, {"parent": str(above[3].pk)}, if_match="*").status_code == 200


def test_a_document_that_hangs_on_known_quotes_is_counted_with_them(world, article, own):
    known = chain(own, 7)
    quotes = [{"key": "a", "content": MAY, "parent": str(known[6].pk)}, {"content": LATE, "parent": "#a"}]
    response = world.annotator.post(f"{API}/articles/{article.pk}/annotations/", {"quotes": quotes})
    assert (response.status_code, errors_of(response)) == (422, [("nesting-too-deep", "/quotes/1/parent")])
    assert world.annotator.post(f"{API}/articles/{article.pk}/annotations/", {"quotes": quotes[:1]}).status_code == 200


def test_an_upsert_that_closes_a_circle_points_at_it(world, article, own):
    outer = make_quote(own, "May", external_id="outer")
    inner = make_quote(own, "late", external_id="inner", parent=outer)
    document = {"quotes": [{"content": MAY, "external_id": "outer", "parent": str(inner.pk)}]}
    response = world.annotator.post(f"{API}/articles/{article.pk}/annotations/?mode=upsert", document)
    assert (response.status_code, response.json()["code"]) == (422, "nesting-cycle")


def test_a_relation_to_itself_points_at_its_target(world):
    claim = str(make_claim(world.project).pk)
    response = world.annotator.post(f"{API}/claim-relations/", {"source": claim, "target": claim, "type": "entails"})
    assert (response.status_code, errors_of(response)) == (422, [("self-relation", "/target")])


def test_a_merge_in_a_circle_points_at_what_it_goes_into(world):
    first, second = make_speaker(world.project, "Ada"), make_speaker(world.project, "Ada S.")
    path = f"{API}/speakers/{{}}/merge/"
    assert world.curator.post(path.format(first.pk), {"into": str(second.pk)}, if_match="*").status_code == 200
    response = world.curator.post(path.format(second.pk), {"into": str(first.pk)}, if_match="*")
    assert (response.status_code, errors_of(response)) == (422, [("merge-cycle", "/into")])


def test_an_affiliation_to_another_articles_speaker_points_at_it(world, article):
    hidden = make_speaker(world.project, "an expert", is_named=False, article=article)
    sent = {"project": str(world.project.pk), "name": "Ada", "affiliation": str(hidden.pk)}
    response = world.annotator.post(f"{API}/speakers/", sent)
    assert (response.status_code, errors_of(response)) == (422, [("speaker-not-local", "/affiliation")])


CLASHES: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "merges that come round": (
        {
            "speakers": [
                {"key": "a", "name": "Ada", "merged_into": "#b"},
                {"key": "b", "name": "Ben", "merged_into": "#a"},
                {"name": "Cy", "merged_into": "#a"},
            ]
        },
        [("merge-cycle", "/0/speakers/0/merged_into"), ("merge-cycle", "/0/speakers/1/merged_into")],
    ),
    "a merge into an unnamed speaker": (
        {
            "speakers": [
                {"key": "a", "name": "an expert", "is_named": False},
                {"name": "Ben", "merged_into": "#a"},
            ]
        },
        [("merge-not-local", "/0/speakers/1/merged_into")],
    ),
    "an affiliation to an unnamed speaker": (
        {
            "speakers": [
                {"key": "a", "name": "a ministry", "is_named": False},
                {"name": "Ben", "affiliation": "#a"},
            ]
        },
        [("speaker-not-local", "/0/speakers/1/affiliation")],
    ),
    "a relation to itself": (
        {
            "claims": [{"key": "c", "text": "May was late."}],
            "claim_relations": [{"source": "#c", "target": "#c", "type": "entails"}],
        },
        [("self-relation", "/0/claim_relations/0/target")],
    ),
    "evidence on nothing, and on two things": (
        {
            "claims": [{"key": "c", "text": "May was late."}],
            "evidence": [
                {"claim": "#c", "stance": "supports"},
                {"claim": "#c", "stance": "supports", "span": MAY, "url": "https://example.org/"},
            ],
        },
        [("evidence-ground", "/0/evidence/0"), ("evidence-ground", "/0/evidence/1/url")],
    ),
    "evidence on an occurrence, with a quote": (
        {
            "claims": [{"key": "c", "text": "May was late."}],
            "quotes": [{"key": "q", "content": MAY}],
            "claim_occurrences": [{"key": "o", "span": MAY}],
            "evidence": [{"claim": "#c", "stance": "supports", "occurrence": "#o", "quote": "#q"}],
        },
        [("evidence-ground", "/0/evidence/0/quote")],
    ),
}


@pytest.mark.parametrize("case", CLASHES)
def test_what_a_document_cannot_link_is_refused_where_it_stands(world, case):
    sent, expected = CLASHES[case]
    document = {"article": {"title": TITLE, "body": BODY}, **sent}
    response = world.manager.post(f"{API}/projects/{world.project.pk}/documents/", [document])
    assert (response.status_code, errors_of(response)) == (422, expected)


def test_what_the_project_holds_once_stands_once_in_a_call(world):
    document = {
        "article": {"title": TITLE, "body": BODY, "external_id": "one"},
        "speakers": [{"name": "Ada", "wikidata_qid": "Q1"}, {"name": "Ada Stern", "wikidata_qid": "Q1"}],
        "claims": [{"key": "a", "text": "May was late."}, {"key": "b", "text": "May was not late."}],
        "claim_relations": [
            {"source": "#a", "target": "#b", "type": "contradicts"},
            {"source": "#b", "target": "#a", "type": "contradicts"},
        ],
        "sets": [{"label": "x"}, {"label": "x"}],
    }
    again = {"article": {"title": TITLE, "body": "Another text.", "external_id": "one"}}
    response = world.manager.post(f"{API}/projects/{world.project.pk}/documents/", [document, again])
    assert (response.status_code, sorted(errors_of(response))) == (
        409,
        [
            ("already-exists", "/0/claim_relations/1"),
            ("already-exists", "/0/sets/1"),
            ("already-exists", "/0/speakers/1/wikidata_qid"),
            ("already-exists", "/1/article/external_id"),
        ],
    )


def test_a_link_that_another_writer_breaks_meanwhile_still_has_its_refusal(world, own, monkeypatch):
    """The database's word is the last one: with the questions before it silenced, it refuses in the same words."""
    monkeypatch.setattr("annotations.actions.documents.check_links", lambda call: None)
    quotes = chain(own, 2)
    add_source(quotes[0], speaker=make_speaker(world.project, "Ada"))
    response = world.annotator.patch(f"{API}/quotes/{quotes[0].pk}/", {"parent": str(quotes[1].pk)}, if_match="*")
    assert (response.status_code, errors_of(response)) == (422, [("nesting-cycle", "/parent")])
    document = {"quotes": [{"content": MAY, "external_id": "x", "parent": str(quotes[1].pk)}]}
    for _ in range(6):
        quotes.append(make_quote(own, "May", parent=quotes[-1]))
    document["quotes"][0]["parent"] = str(quotes[-1].pk)
    response = world.annotator.post(f"{API}/articles/{own.article_id}/annotations/", document)
    assert (response.status_code, errors_of(response)) == (422, [("nesting-too-deep", "")])


def test_a_document_without_sets_goes_into_the_callers_own(world):
    documents = [
        {"article": {"title": TITLE, "body": BODY, "external_id": "one"}, "quotes": [{"content": MAY}]},
        {"article": {"title": TITLE, "body": "Another text of May."}, "mentions": [{"span": MAY}]},
        {"article": {"title": TITLE, "body": "A third one."}},
    ]
    path = f"{API}/projects/{world.project.pk}/documents/"
    first = world.manager.post(path, documents)
    assert first.status_code == 200
    assert {one["type"] for one in first.json()["objects"]} == {"articles", "quotes", "mentions"}
    sets = world.manager.get(f"{API}/annotation-sets/?project={world.project.pk}").json()["results"]
    assert [(s["kind"], s["label"], s["annotator"]["user"]) for s in sets] == [("individual", "", "manager")] * 2
    (quote,) = world.manager.get(f"{API}/quotes/?project={world.project.pk}").json()["results"]
    assert quote["set"] in {s["id"] for s in sets}
    again = world.manager.post(f"{path}?on_conflict=upsert", documents)
    assert (again.status_code, again.json()["created"], again.json()["reused"]) == (200, 0, 5)
    single = world.manager.post(f"{API}/quotes/", {"article": quote["article"], "content": LATE})
    assert single.json()["set"] == quote["set"], "single posts and documents share the set"


def test_documents_about_one_article_share_the_callers_own_set(world):
    facts = {"title": TITLE, "body": BODY, "id": "0120d56b-e800-7000-8000-00000000beef"}
    annotator = {"kind": "human", "name": "manager", "user": "manager"}
    documents = [
        {"article": facts, "quotes": [{"content": MAY}]},
        {"article": facts, "quotes": [{"content": LATE}]},
        {"article": facts, "sets": [{"key": "s", "annotator": annotator}], "mentions": [{"span": BEN}]},
    ]
    response = world.manager.post(f"{API}/projects/{world.project.pk}/documents/", documents)
    assert response.status_code == 200, response.content
    sets = world.manager.get(f"{API}/annotation-sets/?project={world.project.pk}").json()["results"]
    assert len(sets) == 1


def test_a_document_without_article_or_sets_says_what_it_lacks(world):
    path = f"{API}/projects/{world.project.pk}/documents/"
    response = world.manager.post(path, [{"quotes": [{"content": MAY}]}])
    assert (response.status_code, errors_of(response)) == (422, [("article-required", "/0/quotes/0")])


def test_evidence_on_a_known_occurrence_in_bulk_goes_into_its_set(world, article, own):
    claim = make_claim(world.project)
    occurrences = [make_occurrence(own, words, claim=claim) for words in ("May", "late")]
    evidence = [{"claim": str(claim.pk), "stance": "supports", "occurrence": str(one.pk)} for one in occurrences]
    response = world.annotator.post(f"{API}/articles/{article.pk}/annotations/", {"evidence": evidence})
    assert (response.status_code, response.json()["created"]) == (200, 2)


TWICE = "\ufeff\ufeff"


@pytest.mark.parametrize("conflict", ["fail", "upsert", "replace", "new_revision"])
def test_two_byte_order_marks_are_refused_where_they_stand(world, article, conflict):
    """In every door that takes a text; docs/decisions/0011."""
    project = str(world.project.pk)
    single = world.curator.post(f"{API}/articles/", {"project": project, "title": f"{TWICE}T", "body": f"{TWICE}B"})
    assert (single.status_code, errors_of(single)) == (
        422,
        [("text-not-normalised", "/title"), ("text-not-normalised", "/body")],
    )
    revision = {"title": "T", "body": f"{TWICE}B", "base_revision": 1}
    revised = world.curator.post(f"{API}/articles/{article.pk}/revisions/", revision)
    assert (revised.status_code, errors_of(revised)) == (422, [("text-not-normalised", "/body")])
    known = make_article(world.project, body="Known.", external_id="known")
    revisions = [{"number": 1, "title": "T", "body": "B"}, {"number": 2, "title": f"{TWICE}T", "body": "B"}]
    documents = [
        {
            "article": {
                "title": "T",
                "body": f"{TWICE}B",
                "external_id": known.external_id if conflict != "fail" else "x",
            }
        },
        {"article": {"title": "T", "body": "B", "revisions": revisions}, "quotes": [{"content": {"exact": "none"}}]},
    ]
    path = f"{API}/projects/{project}/documents/?on_conflict={conflict}"
    response = world.manager.post(path, documents)
    assert (response.status_code, errors_of(response)[:2]) == (
        422,
        [("text-not-normalised", "/0/article/body"), ("text-not-normalised", "/1/article/revisions/1/title")],
    )
