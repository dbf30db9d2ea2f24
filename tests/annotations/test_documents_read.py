"""GET articles/{id}/annotations/: everything the caller may see about one article."""

import pytest

from tests import builders

LISTS = (
    "publishers",
    "sets",
    "speakers",
    "claims",
    "mentions",
    "quotes",
    "claim_occurrences",
    "claim_relations",
    "evidence",
    "claim_reviews",
)


@pytest.fixture
def article(world):
    return builders.make_article(world.project)


@pytest.fixture
def rows(world, article):
    """Two sets; in the first a nested quote, what cites it, and what stands alone."""
    project, user = world.project, world.annotator.user
    first, second = builders.make_set(article, user), builders.make_set(article, user, label="second")
    party = builders.make_speaker(project, "The Party", kind="organisation")
    stern = builders.make_speaker(project, "Ada Stern", affiliation=party)
    stranger = builders.make_speaker(project, "Somebody else")
    claim, other, unused = (
        builders.make_claim(project, text) for text in ("Taxes will fall.", "Taxes fell.", "Nothing.")
    )
    outer = builders.make_quote(first, "that nobody believes her any more")
    mention = builders.make_mention(first, "Ben Okafor", speaker=stern)
    inner = builders.make_quote(first, "believes her", parent=outer, sources=[mention], review_status="approved")
    alone = builders.make_quote(first, "taxes would fall next year")
    occurrence = builders.make_occurrence(first, "nobody", claim=claim, quote=inner, claimants=[stern])
    return {
        "first": first,
        "second": second,
        "party": party,
        "stern": stern,
        "stranger": stranger,
        "claim": claim,
        "other": other,
        "unused": unused,
        "outer": outer,
        "mention": mention,
        "inner": inner,
        "alone": alone,
        "occurrence": occurrence,
        "evidence": builders.make_evidence(other, first, "promised the same in 2019", quote=alone),
        "elsewhere": builders.make_quote(second, "ready since May"),
        "web": builders.make_evidence(claim, url="https://example.org/"),
    }


@pytest.fixture
def read(world, article):
    def get(query="", api=world.annotator):
        response = api.get(f"/api/v1/articles/{article.pk}/annotations/?{query}")
        assert response.status_code == 200, response.content
        return response

    return get


def names(document, rows):
    """Which of the rows a document holds."""
    ids = {item["id"] for name in LISTS for item in document[name]}
    return {name for name, row in rows.items() if str(row.pk) in ids}


ALL = {"first", "second", "party", "stern", "claim", "other", "outer", "mention", "inner", "alone", "occurrence"}
ALL |= {"evidence", "elsewhere"}


def test_all_that_the_article_refers_to_and_nothing_else(read, rows):
    document = read().json()
    assert set(document) == {"article", *LISTS}
    assert names(document, rows) == ALL
    assert document["article"]["body"].startswith("Prime Minister")
    assert "revisions" not in document["article"]


def test_its_objects_are_the_resources_own(world, read, rows):
    document = read().json()
    for name, path in (("claim_occurrences", "claim-occurrences"), ("sets", "annotation-sets")):
        for item in document[name]:
            assert item == world.annotator.get(f"/api/v1/{path}/{item['id']}/").json()
    for name in ("quotes", "mentions", "speakers", "claims", "evidence"):
        for item in document[name]:
            assert item == world.annotator.get(f"/api/v1/{name}/{item['id']}/").json()


def test_one_set(read, rows):
    assert names(read(f"set={rows['second'].pk}").json(), rows) == {"second", "elsewhere"}
    assert names(read(f"set={rows['first'].pk}").json(), rows) == ALL - {"second", "elsewhere"}
    assert names(read(f"set={rows['claim'].pk}").json(), rows) == set()


KEPT = {
    "approved": {"inner", "outer", "mention", "stern", "party"},
    "rejected": set(),
}


@pytest.mark.parametrize("status", KEPT)
def test_a_review_status_keeps_parents_and_what_is_shown(read, rows, status):
    assert names(read(f"review_status={status}").json(), rows) == KEPT[status] | {"first", "second"}


def test_a_review_status_keeps_what_is_cited(world, read, rows):
    pk = rows["occurrence"].pk
    answer = world.curator.post(f"/api/v1/claim-occurrences/{pk}/review/", {"decision": "rejected"}, if_match="*")
    assert answer.status_code == 200
    kept = {"occurrence", "inner", "outer", "mention", "stern", "party", "claim", "first", "second"}
    assert names(read("review_status=rejected").json(), rows) == kept
    for item in ("outer", "mention"):  # unreviewed, and kept for what rests on them
        assert rows[item].review_status == "unreviewed"


def test_relations_with_both_ends_here_and_reviews(world, read, rows):
    claims = {name: str(rows[name].pk) for name in ("claim", "other", "unused")}
    post = world.curator.post
    inside = post(
        "/api/v1/claim-relations/", {"source": claims["claim"], "target": claims["other"], "type": "supports"}
    )
    post("/api/v1/claim-relations/", {"source": claims["claim"], "target": claims["unused"], "type": "supports"})
    review = {"url": "https://example.org/check", "rating_text": "True"}
    made = [post("/api/v1/claim-reviews/", {"claim": claims[name], **review}) for name in ("claim", "unused")]
    document = read().json()
    assert [relation["id"] for relation in document["claim_relations"]] == [inside.json()["id"]]
    assert [found["id"] for found in document["claim_reviews"]] == [made[0].json()["id"]]


def test_merged_speakers_and_claims_are_shown_as_what_they_are_now(world, read, rows):
    for resource, row, into in (("speakers", "stern", "stranger"), ("claims", "claim", "unused")):
        response = world.curator.post(
            f"/api/v1/{resource}/{rows[row].pk}/merge/", {"into": str(rows[into].pk)}, if_match="*"
        )
        assert response.status_code == 200, response.content
    document = read().json()
    assert names(document, rows) == ALL - {"stern", "claim", "party"} | {"stranger", "unused"}
    assert document["mentions"][0]["speaker"] == str(rows["stranger"].pk)
    assert document["claim_occurrences"][0]["claim"] == str(rows["unused"].pk)


def test_the_head_or_all_revisions(world, article, read, rows):
    revised = {"title": "t", "body": "New words.", "base_revision": 1, "reason": "corrected"}
    assert world.curator.post(f"/api/v1/articles/{article.pk}/revisions/", revised).status_code == 201
    new = world.annotator.post(
        "/api/v1/quotes/", {"article": str(article.pk), "content": {"exact": "New words"}}
    ).json()
    document = read().json()
    assert names(document, rows) == set()
    assert [quote["id"] for quote in document["quotes"]] == [new["id"]]
    document = read("revision=all").json()
    assert names(document, rows) == ALL
    assert len(document["quotes"]) == 5
    assert [(r["number"], r["reason"]) for r in document["article"]["revisions"]] == [(1, ""), (2, "corrected")]
    assert all("body" in revision for revision in document["article"]["revisions"])
    # A set is shown by its id whatever revision it is on.
    assert names(read(f"set={rows['second'].pk}").json(), rows) == {"second", "elsewhere"}


def test_spans_in_utf16(world, read, rows):
    article = builders.make_article(world.project, title="🎉", body="🎉 yes")
    world.annotator.post("/api/v1/quotes/", {"article": str(article.pk), "content": {"exact": "yes"}})
    path = f"/api/v1/articles/{article.pk}/annotations/"
    spans = [world.annotator.get(path + unit).json()["quotes"][0]["content"] for unit in ("", "?offset_unit=utf16")]
    assert [(s["start"], s["end"], s["fragments"][0]["start"]) for s in spans] == [(2, 5, 2), (3, 6, 3)]


# ---- the ETag ----


def changes(world, rows):
    """Writes that change what the document holds, and writes that do not."""
    quote, mention = f"/api/v1/quotes/{rows['alone'].pk}/", f"/api/v1/mentions/{rows['mention'].pk}/"
    api, curator = world.annotator, world.curator
    article = str(rows["first"].article_id)
    star = {"if_match": "*"}
    yield True, api.patch(quote, {"note": "x"}, **star)
    yield False, api.patch(quote, {"note": "x"}, **star)
    yield True, api.patch(mention, {"speaker": None}, **star)
    yield True, api.post("/api/v1/mentions/", {"article": article, "span": {"exact": "Monday"}})
    yield False, api.post("/api/v1/speakers/", {"project": str(world.project.pk), "name": "Not in the article"})
    yield True, api.patch(f"/api/v1/claims/{rows['claim'].pk}/", {"types": ["numerical"]}, **star)
    yield False, api.patch(f"/api/v1/claims/{rows['unused'].pk}/", {"types": ["numerical"]}, **star)
    yield True, curator.post(f"{quote}review/", {"decision": "approved"}, **star)
    yield True, curator.patch(f"/api/v1/articles/{article}/", {"section": "Politics"}, **star)
    yield True, api.delete(f"/api/v1/evidence/{rows['evidence'].pk}/", **star)
    yield True, api.post(f"/api/v1/annotation-sets/{rows['second'].pk}/submit/", {}, **star)


def test_the_etag_changes_exactly_when_the_content_does(world, read, rows):
    before = read()
    assert before["ETag"].startswith('"')
    for changed, response in changes(world, rows):
        assert response.status_code in (200, 201, 204), response.content
        after = read()
        assert (after["ETag"] != before["ETag"]) == changed, response.request["PATH_INFO"]
        assert (after.content != before.content) == changed
        before = after


def test_a_sets_etag_is_its_own(world, read, rows):
    query = f"set={rows['second'].pk}"
    before = read(query)["ETag"]
    builders.add_source(rows["alone"], rows["stern"])
    world.annotator.patch(f"/api/v1/quotes/{rows['alone'].pk}/", {"note": "x"}, if_match="*")
    assert read(query)["ETag"] == before
    world.annotator.patch(f"/api/v1/quotes/{rows['elsewhere'].pk}/", {"note": "x"}, if_match="*")
    assert read(query)["ETag"] != before


def test_what_may_not_be_seen_is_not_there(world, read, rows):
    assert names(read(api=world.other_annotator).json(), rows) == set()
    assert names(read(api=world.curator).json(), rows) == ALL
    path = f"/api/v1/articles/{rows['first'].article_id}/annotations/"
    assert world.stranger.get(path).status_code == 404
    assert world.anonymous.get(path).status_code == 401
    assert world.viewer.get(f"{path}?revision=2").status_code == 400
