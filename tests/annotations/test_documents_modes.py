"""POST articles/{id}/annotations/?mode=upsert and ?mode=replace."""

import pytest

from tests.builders import make_article, make_claim, make_evidence, make_mention, make_quote, make_set, make_speaker


@pytest.fixture
def article(world):
    return make_article(world.project)


@pytest.fixture
def path(article):
    return f"/api/v1/articles/{article.pk}/annotations/"


@pytest.fixture
def send(world, path):
    def post(document, mode, api=world.annotator, **headers):
        return api.post(f"{path}?mode={mode}", document, **headers)

    return post


@pytest.fixture
def read(world, path):
    def get(query="", api=world.annotator):
        return api.get(f"{path}?{query}")

    return get


def counts(response):
    assert response.status_code == 200, response.content
    return {name: n for name, n in response.json().items() if n and name in ("created", "reused", "updated", "deleted")}


def code_of(response):
    return response.status_code, response.json()["code"]


def quote(exact="May", **more):
    return {"content": {"exact": exact}, **more}


# ---- upsert ----


def test_upsert_alters_what_an_external_id_names_and_only_what_is_sent(world, send, read):
    stern = str(make_speaker(world.project).pk)
    first = quote("May", external_id="q1", note="kept", tags=["a"], type="direct", sources=[{"speaker": stern}])
    assert counts(send({"quotes": [first]}, "upsert")) == {"created": 1}
    (before,) = read().json()["quotes"]
    assert counts(send({"quotes": [first]}, "upsert")) == {"reused": 1}
    assert read().json()["quotes"] == [before]
    changed = quote("on Monday", external_id="q1", tags=["b"])
    assert counts(send({"quotes": [changed]}, "upsert")) == {"updated": 1}
    (after,) = read().json()["quotes"]
    differing = {name for name in after if after[name] != before[name]}
    assert differing == {"version", "updated_at", "content", "tags"}
    assert (after["version"], after["content"]["exact"], after["tags"]) == (2, "on Monday", ["b"])


def test_upsert_replaces_links_that_are_sent(world, send, read):
    stern, okafor = (str(make_speaker(world.project, name).pk) for name in ("Ada Stern", "Ben Okafor"))
    occurrence = {"span": {"exact": "nobody"}, "external_id": "o1", "claimants": [{"speaker": stern}]}
    sent = {"quotes": [quote(external_id="q1", sources=[{"speaker": stern}])], "claim_occurrences": [occurrence]}
    counts(send(sent, "upsert"))
    assert counts(send(sent, "upsert")) == {"reused": 2}
    sent["quotes"][0]["sources"] = [{"speaker": okafor}, {"span": {"exact": "Ada Stern"}, "speaker": stern}]
    occurrence["claimants"] = [{"is_author": True}]
    assert counts(send(sent, "upsert")) == {"updated": 2}
    got = read().json()
    assert [source["speaker"] for source in got["quotes"][0]["sources"]] == [okafor, stern]
    assert got["claim_occurrences"][0]["claimants"] == [{"speaker": None, "is_author": True}]
    assert [got["quotes"][0]["version"], got["claim_occurrences"][0]["version"]] == [2, 2]
    assert counts(send(sent, "upsert")) == {"reused": 2}


def test_upsert_knows_mentions_by_their_pieces_and_tells_the_quotes_that_show_them(world, send, read):
    stern = str(make_speaker(world.project).pk)
    showing = quote(sources=[{"span": {"exact": "Ada Stern"}}])
    counts(send({"quotes": [showing, quote("on Monday")]}, "add"))
    mention = {"span": {"exact": "Ada Stern"}, "kind": "nominal", "speaker": stern}
    assert counts(send({"mentions": [mention]}, "upsert")) == {"updated": 1}
    got = read().json()
    assert [(m["kind"], m["speaker"], m["version"]) for m in got["mentions"]] == [("nominal", stern, 2)]
    assert [q["version"] for q in got["quotes"]] == [2, 1]
    (source,) = got["quotes"][0]["sources"]
    assert (source["mention_kind"], source["speaker"]) == ("nominal", stern)


def test_upsert_alters_neither_speakers_nor_claims(world, send):
    speaker = make_speaker(world.project, "Ada Stern", description="as it was")
    sent = {"speakers": [{"name": "Ada Stern", "description": "another"}]}
    assert counts(send(sent, "upsert")) == {"reused": 1}
    speaker.refresh_from_db()
    assert speaker.description == "as it was"


def test_upsert_moves_a_quote_under_a_parent_of_the_same_call(send, read):
    counts(send({"quotes": [quote("reporters", external_id="inner"), quote("that Stern", external_id="x")]}, "upsert"))
    moved = quote("reporters", external_id="inner", parent="#outer")
    sent = {"quotes": [moved, quote("told reporters", key="outer", external_id="outer")]}
    assert counts(send(sent, "upsert")) == {"created": 1, "updated": 1}
    depths = {q["external_id"]: q["depth"] for q in read().json()["quotes"]}
    assert depths == {"inner": 2, "x": 1, "outer": 1}
    circle = quote("told reporters", external_id="outer", parent="#inner", key="outer")
    response = send({"quotes": [circle, quote("reporters", external_id="inner", key="inner")]}, "upsert")
    assert code_of(response) == (422, "nesting-cycle")


def test_add_reuses_what_an_external_id_names_and_never_alters_it(send, read):
    counts(send({"quotes": [quote("May", external_id="q1")]}, "add"))
    assert counts(send({"quotes": [quote("on Monday", external_id="q1")]}, "add")) == {"reused": 1}
    assert [q["content"]["exact"] for q in read().json()["quotes"]] == ["May"]
    twice = send({"quotes": [quote("May", external_id="q2"), quote("on Monday", external_id="q2")]}, "add")
    assert code_of(twice) == (409, "already-exists")


# ---- replace ----


@pytest.fixture
def own(world, article, send):
    """The annotator's set with two quotes, a mention, an occurrence and evidence; its id."""
    sent = {
        "claims": [{"key": "c", "text": "Taxes fell."}],
        "quotes": [
            quote("told reporters", key="outer"),
            quote("reporters", parent="#outer", sources=[{"span": {"exact": "Ada Stern"}}]),
        ],
        "claim_occurrences": [{"span": {"exact": "nobody"}, "claim": "#c", "quote": "#outer"}],
        "evidence": [{"claim": "#c", "stance": "supports", "span": {"exact": "nobody"}, "quote": "#outer"}],
    }
    counts(send(sent, "add"))
    return world.annotator.get(f"/api/v1/annotation-sets/?article={article.pk}").json()["results"][0]["id"]


def test_replace_deletes_what_the_set_holds_and_nothing_else(world, article, own, send, read):
    others = make_set(article, world.other_annotator.user, status="closed")
    kept = {str(make_quote(others, "May").pk), str(make_mention(others, "Ada Stern").pk)}
    claim = make_claim(world.project, "Another.")
    web = make_evidence(claim, url="https://example.org/")
    tag = read(f"set={own}")["ETag"]
    assert counts(send({"quotes": [quote("on Monday")]}, "replace", if_match=tag)) == {"created": 1, "deleted": 5}
    got = read(f"set={own}").json()
    assert [q["content"]["exact"] for q in got["quotes"]] == ["on Monday"]
    assert got["mentions"] == got["claim_occurrences"] == got["evidence"] == []
    everything = read().json()
    assert kept <= {item["id"] for name in ("quotes", "mentions") for item in everything[name]}
    assert world.annotator.get(f"/api/v1/evidence/{web.pk}/").status_code == 200
    assert [s["id"] for s in got["sets"]] == [own]


@pytest.mark.parametrize("named", [True, False])
def test_replace_needs_the_sets_etag(world, own, path, read, named):
    where = f"{path}?mode=replace" + (f"&set={own}" if named else "")
    assert code_of(world.annotator.post(where, {})) == (428, "if-match-required")
    tag = read(f"set={own}")["ETag"]
    other = make_claim(world.project, "Unrelated.")
    assert other.version == 1
    pk = read().json()["quotes"][0]["id"]
    world.annotator.patch(f"/api/v1/quotes/{pk}/", {"note": "meanwhile"}, if_match="*")
    stale = world.annotator.post(where, {}, if_match=tag)
    assert code_of(stale) == (412, "stale-version")
    now = read(f"set={own}")["ETag"]
    assert stale["ETag"] == now == stale.json()["errors"][0]["etag"]
    assert counts(world.annotator.post(where, {}, if_match=now)) == {"deleted": 5}


@pytest.mark.parametrize("mode", ["add", "upsert"])
def test_the_other_modes_heed_a_tag_that_is_sent(own, send, read, mode):
    tag = read(f"set={own}")["ETag"]
    assert code_of(send({}, mode, if_match="0")) == (400, "malformed-if-match")
    assert code_of(send({}, mode, if_match='"old"')) == (412, "stale-version")
    assert counts(send({"quotes": [quote("on Monday")]}, mode, if_match=tag))["created"] == 1
    assert code_of(send({}, mode, if_match=tag)) == (412, "stale-version")


def test_replace_takes_a_star_for_a_set_that_is_not_there(world, send, read):
    assert code_of(send({}, "replace", if_match='"any"')) == (412, "stale-version")
    assert counts(send({"quotes": [quote()]}, "replace", if_match="*")) == {"created": 1}
    assert len(read().json()["quotes"]) == 1


def test_replace_on_an_older_revision_sees_what_that_set_holds(world, article, own, path, read):
    revised = {"title": "t", "body": "New words.", "base_revision": 1}
    world.curator.post(f"/api/v1/articles/{article.pk}/revisions/", revised)
    tag = read(f"set={own}")["ETag"]
    pk = read(f"set={own}").json()["quotes"][0]["id"]
    world.annotator.patch(f"/api/v1/quotes/{pk}/", {"note": "meanwhile"}, if_match="*")
    where = f"{path}?mode=replace&set={own}"
    assert code_of(world.annotator.post(where, {"quotes": [quote()]}, if_match=tag)) == (412, "stale-version")
    response = world.annotator.post(where, {"quotes": [quote()]}, if_match=read(f"set={own}")["ETag"])
    assert counts(response) == {"created": 1, "deleted": 5}


def test_replace_is_all_or_nothing_and_what_goes_cannot_be_referred_to(own, send, read):
    before = read().json()
    mention, outer = before["mentions"][0]["id"], before["quotes"][0]["id"]
    occurrence, claim = before["claim_occurrences"][0]["id"], before["claims"][0]["id"]
    for document, pointer in (
        ({"quotes": [quote(sources=[{"mention": mention}])]}, "/quotes/0/sources/0/mention"),
        ({"quotes": [quote(parent=outer)]}, "/quotes/0/parent"),
        (
            {"evidence": [{"claim": claim, "stance": "supports", "occurrence": occurrence}]},
            "/evidence/0/occurrence",
        ),
    ):
        response = send(document, "replace", if_match="*")
        assert code_of(response) == (422, "no-such-object")
        assert response.json()["errors"][0]["pointer"] == pointer
    assert code_of(send({"quotes": [quote("nowhere")]}, "replace", if_match="*")) == (422, "quote-not-found")
    assert read().json() == before


def test_what_a_get_gave_can_replace_itself(own, send, read):
    before = read(f"set={own}").json()
    answer = send(before, "replace", if_match="*")
    assert counts(answer) == {"created": 5, "deleted": 5, "reused": 3}  # the article, the set and the claim stay
    new = {item["sent_id"]: item["id"] for item in answer.json()["objects"]}
    after = read(f"set={own}").json()
    assert [q["content"] for q in after["quotes"]] == [q["content"] for q in before["quotes"]]
    assert [q["parent"] for q in after["quotes"]] == [new.get(q["parent"]) for q in before["quotes"]]
    assert after["quotes"][1]["sources"][0]["mention"] == new[before["mentions"][0]["id"]]


def test_only_the_set_that_is_written_is_emptied(world, article, own, send, path, read):
    """Not a set that is named in passing; not without the right to write it; not one that is not open."""
    shared = make_set(article, world.other_annotator.user, status="submitted")
    make_quote(shared, "May")
    sent = {"sets": [{"parents": [str(shared.pk)]}]}
    assert counts(send(sent, "replace", if_match="*")) == {"deleted": 5, "reused": 1}
    assert [q["content"]["exact"] for q in read(f"set={shared.pk}").json()["quotes"]] == ["May"]
    emptying = f"{path}?mode=replace&set={shared.pk}"
    assert code_of(world.annotator.post(emptying, {}, if_match="*")) == (403, "forbidden")
    assert code_of(world.curator.post(emptying, {}, if_match="*")) == (409, "set-not-open")
    assert len(read(f"set={shared.pk}").json()["quotes"]) == 1


# ---- delete ----


def test_a_manager_removes_all_annotations_of_an_article(world, article, own, path, read):
    assert world.manager.delete(path).status_code == 428
    assert world.curator.delete(path, if_match="*").status_code == 403
    tag = read(api=world.manager)["ETag"]
    pk = read().json()["quotes"][0]["id"]
    world.annotator.patch(f"/api/v1/quotes/{pk}/", {"note": "meanwhile"}, if_match="*")
    assert world.manager.delete(path, if_match=tag).status_code == 412
    assert world.manager.delete(path, if_match=read(api=world.manager)["ETag"]).status_code == 204
    left = read(api=world.manager).json()
    assert [left[name] for name in ("quotes", "mentions", "claim_occurrences", "evidence")] == [[]] * 4
    assert [s["id"] for s in left["sets"]] == [own]
