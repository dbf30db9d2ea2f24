"""Quotes inside quotes: parents, depth, chains; and which set a quote goes to, who may write there, and who reviews."""

import pytest

from tests.builders import make_article, make_claim, make_member, make_quote, make_set, make_speaker, make_user

INNER = "promised the same in 2019"
LEVELS = [
    "The opposition denies it",
    "Its leader",
    "Ben Okafor",
    "told reporters",
    "that Stern",
    INNER,
    "in 2019",
    "2019",
]


@pytest.fixture
def article(world):
    return make_article(world.project)


@pytest.fixture
def quote(world, article):
    """Posts a quote, by default as the annotator."""

    def post(exact=INNER, api=world.annotator, **more):
        return api.post("/api/v1/quotes/", {"article": str(article.pk), "content": {"exact": exact}, **more})

    return post


def made(response):
    assert response.status_code == 201, response.content
    return response.json()


def code_of(response):
    return response.status_code, response.json()["code"]


def errors_of(response):
    return [(error["code"], error["pointer"]) for error in response.json()["errors"]]


# ---- nesting ----


def test_depth_and_chain_from_the_outermost_quote_inwards(world, quote):
    stern, okafor, aide = (str(make_speaker(world.project, name).pk) for name in ("Stern", "Okafor", "An aide"))
    top = made(quote("that nobody believes her any more", sources=[{"speaker": okafor}, {"speaker": aide}]))
    middle = made(quote("nobody believes her", parent=top["id"]))
    bottom = made(
        quote("believes", parent=middle["id"], sources=[{"speaker": stern}, {"role": "addressee", "speaker": aide}])
    )
    assert [q["depth"] for q in (top, middle, bottom)] == [1, 2, 3]
    assert top["attribution_chain"] == [[okafor, aide]]
    assert middle["attribution_chain"] == [[okafor, aide], []]
    assert bottom["attribution_chain"] == [[okafor, aide], [], [stern]]
    moved = world.annotator.patch(f"/api/v1/quotes/{bottom['id']}/", {"parent": None}, if_match="*").json()
    assert (moved["depth"], moved["attribution_chain"]) == (1, [[stern]])
    assert [q["id"] for q in world.annotator.get(f"/api/v1/quotes/?parent={top['id']}").json()["results"]] == [
        middle["id"]
    ]


def test_eight_levels_and_no_ninth(world, quote):
    chain = [None]
    for exact in LEVELS:
        chain.append(made(quote(exact, parent=chain[-1]))["id"])
    assert world.annotator.get(f"/api/v1/quotes/{chain[-1]}/").json()["depth"] == 8
    assert code_of(quote("May", parent=chain[-1])) == (422, "nesting-too-deep")
    # Moving the top of a chain counts what hangs below it.
    above = made(quote("May"))["id"]
    moved = world.annotator.patch(f"/api/v1/quotes/{chain[1]}/", {"parent": above}, if_match="*")
    assert code_of(moved) == (422, "nesting-too-deep")


def test_no_quote_is_inside_itself(world, quote):
    top = made(quote("told reporters"))["id"]
    inner = made(quote("reporters", parent=top))["id"]
    for parent in (top, inner):
        response = world.annotator.patch(f"/api/v1/quotes/{top}/", {"parent": parent}, if_match="*")
        assert code_of(response) == (422, "nesting-cycle")
    assert world.annotator.get(f"/api/v1/quotes/{top}/").json()["parent"] is None


def test_a_parent_is_in_the_same_set_and_seen(world, article, quote):
    shared = make_set(article, world.other_annotator.user, status="submitted")
    hidden = make_set(article, world.curator.user)
    assert code_of(quote(parent=str(make_quote(shared, INNER).pk))) == (422, "cross-set")
    response = quote(parent=str(make_quote(hidden, INNER).pk))
    assert errors_of(response) == [("no-such-object", "/parent")]


def test_a_quote_that_is_a_parent_or_cited_is_not_deleted(world, article, quote):
    top = made(quote("told reporters"))["id"]
    inner = made(quote("reporters", parent=top))["id"]
    place = {"article": str(article.pk), "quote": top}
    occurrence = world.annotator.post("/api/v1/claim-occurrences/", {**place, "span": {"exact": "nobody"}}).json()["id"]
    claim = str(make_claim(world.project).pk)
    evidence = world.annotator.post(
        "/api/v1/evidence/", {**place, "claim": claim, "stance": "supports", "span": {"exact": "nobody"}}
    ).json()["id"]
    counts = {"quotes": 1, "claim_occurrences": 1, "evidence": 1}
    for resource, pk in (("quotes", inner), ("claim-occurrences", occurrence), ("evidence", evidence)):
        refused = world.annotator.delete(f"/api/v1/quotes/{top}/", if_match="*")
        assert code_of(refused) == (409, "in-use")
        assert refused.json()["errors"][0]["counts"] == counts
        assert world.annotator.delete(f"/api/v1/{resource}/{pk}/", if_match="*").status_code == 204
        counts.pop(resource.replace("-", "_"))
    assert world.annotator.delete(f"/api/v1/quotes/{top}/", if_match="*").status_code == 204
    assert world.annotator.get(f"/api/v1/quotes/{top}/").status_code == 404


def test_a_copy_forgets_its_origin_when_that_goes(world, article, quote):
    origin = made(quote())
    copy = make_quote(make_set(article, world.curator.user, status="closed"), INNER, derived_from_id=origin["id"])
    path = f"/api/v1/quotes/{copy.pk}/"
    before = world.curator.get(path)
    assert before.json()["derived_from"] == origin["id"]
    assert world.annotator.delete(f"/api/v1/quotes/{origin['id']}/", if_match="*").status_code == 204
    after = world.curator.get(path)
    assert (after.json()["derived_from"], after.json()["version"]) == (None, before.json()["version"] + 1)
    assert after["ETag"] != before["ETag"]


# ---- sets ----


def sets_of(api, article):
    return api.get(f"/api/v1/annotation-sets/?article={article.pk}").json()["results"]


def test_the_first_post_makes_ones_own_set_and_the_next_goes_there(world, article, quote):
    first, second = made(quote()), made(quote("May"))
    (own,) = sets_of(world.annotator, article)
    assert first["set"] == second["set"] == own["id"]
    assert {n: own[n] for n in ("kind", "label", "status", "revision")} == {
        "kind": "individual",
        "label": "",
        "status": "open",
        "revision": 1,
    }
    assert own["annotator"] == {"kind": "human", "name": "annotator", "version": "", "user": "annotator"}
    assert made(quote(api=world.other_annotator))["set"] != own["id"]


def test_a_service_accounts_set_is_a_machines(world, article, quote, client):
    user = make_user("robot", service=True)
    make_member(world.project, user, "annotator")
    robot = client(user)
    made(quote(api=robot))
    (own,) = sets_of(robot, article)
    assert (own["kind"], own["annotator"]["kind"]) == ("machine", "model")


def test_a_new_head_gets_a_new_set_and_the_old_one_can_be_named(world, article, quote):
    old = made(quote())
    revised = {"title": "t", "body": f"Now: {INNER}", "base_revision": 1}
    assert world.curator.post(f"/api/v1/articles/{article.pk}/revisions/", revised).status_code == 201
    new = made(quote())
    assert (old["revision"], new["revision"]) == (1, 2)
    assert old["set"] != new["set"]
    assert new["content"]["start"] == 5
    assert made(quote("May", set=old["set"]))["revision"] == 1


def test_nothing_is_written_into_a_set_that_is_not_open(world, article, quote):
    pk, own = (made(quote())[name] for name in ("id", "set"))
    mention = {"article": str(article.pk), "span": {"exact": "Ben Okafor"}}
    submitted = world.annotator.post(f"/api/v1/annotation-sets/{own}/submit/", {}, if_match="*")
    assert submitted.status_code == 200
    refused = [
        quote("May"),
        quote("May", set=own),
        quote("May", api=world.curator, set=own),
        world.annotator.post("/api/v1/mentions/", mention),
        world.annotator.patch(f"/api/v1/quotes/{pk}/", {"note": "late"}, if_match="*"),
        world.annotator.delete(f"/api/v1/quotes/{pk}/", if_match="*"),
    ]
    assert [code_of(response) for response in refused] == [(409, "set-not-open")] * len(refused)
    assert world.curator.post(f"/api/v1/annotation-sets/{own}/reopen/", {}, if_match="*").status_code == 200
    made(quote("May"))


def test_a_set_of_another_article_or_of_nobody_is_refused(world, article, quote):
    elsewhere = make_set(make_article(world.project, title="Another"), world.annotator.user)
    hidden = make_set(article, world.other_annotator.user)
    assert errors_of(quote(set=str(elsewhere.pk))) == [("cross-set", "/set")]
    assert errors_of(quote(set=str(hidden.pk))) == [("no-such-object", "/set")]
    assert code_of(quote(set=str(hidden.pk), api=world.viewer)) == (403, "forbidden")


# ---- review ----


def review(api, pk, decision="approved", **more):
    return api.post(f"/api/v1/quotes/{pk}/review/", {"decision": decision, **more}, if_match="*")


def test_a_curator_reviews_others_work_whatever_the_sets_status(world, article, quote):
    answer = made(quote())
    for step, decision in (("submit", "approved"), ("close", "rejected"), ("reopen", "unreviewed")):
        path = f"/api/v1/annotation-sets/{answer['set']}/{step}/"
        mover = world.annotator if step == "submit" else world.curator
        assert mover.post(path, {}, if_match="*").status_code == 200
        response = review(world.curator, answer["id"], decision, comment="checked")
        assert response.status_code == 200, response.content
        assert response.json()["review_status"] == decision
    assert response.json()["version"] == answer["version"] + 3
    assert world.annotator.get(f"/api/v1/quotes/{answer['id']}/").json()["review_status"] == "unreviewed"


def test_review_status_is_changed_by_review_only(world, quote):
    pk = made(quote())["id"]
    patched = world.curator.patch(f"/api/v1/quotes/{pk}/", {"review_status": "approved"}, if_match="*")
    assert code_of(patched) == (400, "read-only-field")
    assert code_of(quote("May", review_status="approved")) == (400, "read-only-field")


def test_nobody_reviews_their_own_work_and_annotators_review_none(world, article, quote):
    mine = made(quote(api=world.curator))
    assert code_of(review(world.curator, mine["id"])) == (403, "own-work")
    assert review(world.manager, mine["id"]).status_code == 200
    # Made by another, but in the curator's set.
    in_my_set = make_quote(
        make_set(article, world.curator.user, label="second"), INNER, created_by_id=world.manager.user.pk
    )
    assert code_of(review(world.curator, in_my_set.pk)) == (403, "own-work")
    assert code_of(review(world.manager, in_my_set.pk)) == (403, "own-work")
    other = made(quote("May", api=world.other_annotator))
    world.other_annotator.post(f"/api/v1/annotation-sets/{other['set']}/submit/", {}, if_match="*")
    assert code_of(review(world.annotator, other["id"])) == (403, "forbidden")
    assert code_of(review(world.viewer, other["id"])) == (403, "forbidden")


def test_a_review_needs_if_match_and_a_known_decision(world, quote):
    pk = made(quote())["id"]
    bare = world.curator.post(f"/api/v1/quotes/{pk}/review/", {"decision": "approved"})
    assert code_of(bare) == (428, "if-match-required")
    assert code_of(review(world.curator, pk, "fine")) == (400, "invalid-choice")
