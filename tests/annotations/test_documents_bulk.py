"""POST projects/{id}/documents/: many documents with their articles, sets and annotators (contract, section 5)."""

import json

import pytest

from tests.builders import BODY, TITLE, make_member, make_project

ABSENT = "0190d1f0-0000-7000-8000-000000000000"


@pytest.fixture
def post(world):
    def send(documents, on_conflict="", api=world.manager, **more):
        query = f"?on_conflict={on_conflict}" if on_conflict else ""
        return api.post(f"/api/v1/projects/{world.project.pk}/documents/{query}", documents, **more)

    return send


@pytest.fixture
def done(post):
    def send(documents, on_conflict="", **more):
        response = post(documents, on_conflict, **more)
        assert response.status_code == 200, response.content
        return response.json()

    return send


@pytest.fixture
def read(world):
    """The annotation document of the project's article with this external_id."""

    def get(name="a1", query="revision=all", api=world.manager):
        found = api.get(f"/api/v1/articles/?project={world.project.pk}&external_id={name}").json()["results"]
        return api.get(f"/api/v1/articles/{found[0]['id']}/annotations/?{query}").json() if found else None

    return get


def document(name="a1", *quotes, body=BODY, **more):
    sets = {"sets": [{"key": "s"}], "quotes": [{"content": {"exact": q}, "set": "#s"} for q in quotes or ("May",)]}
    return {"article": {"external_id": name, "title": TITLE, "body": body}, **sets, **more}


def errors_of(response):
    return [(error["code"], error["pointer"]) for error in response.json()["errors"]]


def contents(got):
    return [quote["content"]["exact"] for quote in got["quotes"]]


# ---- what one call can bring ----


def two_annotators():
    return document(
        publishers=[{"key": "p", "name": "The Paper", "domain": "paper.example"}],
        sets=[
            {"key": "hers", "annotator": {"user": "annotator"}, "status": "submitted"},
            {"key": "model", "kind": "machine", "annotator": {"kind": "model", "name": "m-1", "version": "2"}},
            {"key": "gone", "annotator": {"user": "somebody-else"}, "status": "closed", "label": "x"},
            {"key": "gold", "kind": "adjudicated", "parents": ["#hers", "#model"], "status": "closed"},
        ],
        speakers=[
            {"key": "stern", "name": "Ada Stern", "wikidata_qid": "Q1"},
            {"key": "double", "name": "A. Stern", "merged_into": "#stern"},
        ],
        claims=[{"key": "c", "text": "Taxes fell."}, {"key": "c2", "text": "They fell.", "merged_into": "#c"}],
        mentions=[{"key": "m", "set": "#hers", "span": {"exact": "Ada Stern"}, "speaker": "#double"}],
        quotes=[
            {
                "key": "q",
                "set": "#hers",
                "content": {"exact": "taxes would fall next year"},
                "sources": [{"mention": "#m"}],
                "review_status": "approved",
            },
            {"set": "#gold", "content": {"exact": "taxes would fall next year"}, "derived_from": "#q"},
            {"set": "#model", "content": {"exact": "May"}, "review_status": "rejected", "derived_from": ABSENT},
        ],
        claim_occurrences=[{"set": "#gone", "span": {"exact": "May"}, "claim": "#c2"}],
    )


def test_sets_annotators_statuses_merges_and_origins_are_taken_over(world, done, read):
    sent = two_annotators()
    sent["article"]["publisher"] = "#p"
    answer = done([sent])
    assert (answer["created"], answer["reused"]) == (15, 0)
    ids = {item["key"]: item["id"] for item in answer["objects"]}
    got = read()
    assert got["publishers"][0]["id"] == got["article"]["publisher"] == ids["p"]
    sets = {item["id"]: item for item in got["sets"]}
    hers, gone, gold = (sets[ids[key]] for key in ("hers", "gone", "gold"))
    assert (hers["annotator"]["user"], hers["annotator"]["name"], hers["status"]) == (
        "annotator",
        "annotator",
        "submitted",
    )
    assert gone["annotator"] == {"kind": "human", "name": "somebody-else", "version": "", "user": None}
    assert (gone["status"], gone["label"], gold["kind"]) == ("closed", "x", "adjudicated")
    assert gold["parents"] == [ids["hers"], ids["model"]]
    assert sets[ids["model"]]["annotator"] == {"kind": "model", "name": "m-1", "version": "2", "user": None}
    by_set = {quote["set"]: quote for quote in got["quotes"]}
    assert by_set[ids["hers"]]["review_status"] == "approved"
    assert by_set[ids["gold"]]["derived_from"] == ids["q"]
    assert (by_set[ids["model"]]["review_status"], by_set[ids["model"]]["derived_from"]) == ("rejected", None)
    # What refers to the merged ones shows what they are.
    assert by_set[ids["hers"]]["sources"][0]["speaker"] == ids["stern"]
    assert got["claim_occurrences"][0]["claim"] == ids["c"]
    merged = world.viewer.get(f"/api/v1/speakers/{ids['double']}/").json()
    assert merged["merged_into"] == ids["stern"]
    assert world.annotator.get(f"/api/v1/quotes/{ids['q']}/").status_code == 200


@pytest.mark.parametrize("on_conflict", ["upsert", "new_revision"])
def test_posting_the_same_twice_changes_nothing(done, read, on_conflict):
    done([two_annotators()])
    before = read()
    again = done([two_annotators()], on_conflict)
    assert {again[name] for name in ("created", "updated", "deleted", "skipped")} == {0}
    assert read() == before


def test_many_documents_share_one_scope_of_ids(world, done, read):
    """The same speaker in two documents is one; keys are each document's own."""
    speaker = {"id": ABSENT, "key": "s1", "name": "Ada Stern"}
    documents = [
        document(
            name, body=BODY + name, speakers=[speaker], mentions=[{"span": {"exact": "Ada Stern"}, "speaker": ref}]
        )
        for name, ref in (("a1", "#s1"), ("a2", ABSENT))
    ]
    documents.append(document("a3", body=f"{BODY}3", mentions=[{"span": {"exact": "Ada Stern"}, "speaker": ABSENT}]))
    answer = done(documents)
    (stored,) = [item for item in answer["objects"] if item["type"] == "speakers"]
    assert stored["id"] != ABSENT
    for name in ("a1", "a2", "a3"):
        assert [mention["speaker"] for mention in read(name)["mentions"]] == [stored["id"]]


def test_revisions_and_the_sets_on_each(done, read):
    revisions = [
        {"number": 4, "title": "t", "body": "Taxes fell in May."},
        {"number": 7, "title": "t", "body": "Taxes fell in June.", "reason": "corrected"},
    ]
    sets = [{"key": "old", "revision": 4}, {"key": "new"}]
    quotes = [{"set": "#old", "content": {"exact": "May"}}, {"set": "#new", "content": {"exact": "June"}}]
    sent = {"article": {"external_id": "a1", "revisions": revisions}, "sets": sets, "quotes": quotes}
    done([sent])
    got = read()
    assert [(r["number"], r["reason"]) for r in got["article"]["revisions"]] == [(1, ""), (2, "corrected")]
    assert [(q["revision"], q["content"]["exact"]) for q in got["quotes"]] == [(1, "May"), (2, "June")]
    assert done([sent], "upsert")["created"] == 0


@pytest.mark.parametrize("query", ["revision=all", "revision=head"])
def test_what_a_get_gave_can_be_posted_into_another_project(world, done, read, query):
    done([two_annotators()])
    done([document(body=f"{BODY}Corrected.")], "new_revision")
    given = read(query=query)
    other = make_project("other")
    make_member(other, world.manager.user, "manager")
    response = world.manager.post(f"/api/v1/projects/{other.pk}/documents/", [given])
    assert response.status_code == 200, response.content
    new = {item["sent_id"]: item["id"] for item in response.json()["objects"]}
    copy = world.manager.get(f"/api/v1/articles/{new[given['article']['id']]}/annotations/?{query}").json()
    assert contents(copy) == contents(given)
    assert [q["review_status"] for q in copy["quotes"]] == [q["review_status"] for q in given["quotes"]]
    assert [q["derived_from"] for q in copy["quotes"]] == [new.get(q["derived_from"]) for q in given["quotes"]]
    assert [s["status"] for s in copy["sets"]] == [s["status"] for s in given["sets"]]
    assert {s["annotator"]["user"] for s in copy["sets"]} <= {"manager", None}


def test_ndjson(world, post):
    lines = "\n".join(json.dumps(document(name, body=BODY + name)) for name in ("a1", "a2"))
    response = post(None, data=f"{lines}\n\n", content_type="application/x-ndjson")
    assert response.status_code == 200, response.content
    assert response.json()["created"] == 6
    response = post(None, data=f"{lines}\n{{]", content_type="application/x-ndjson")
    assert (response.status_code, errors_of(response)) == (400, [("malformed-json", "/2")])
    assert "Line 3" in response.json()["errors"][0]["detail"]


# ---- articles that are there ----


def test_fail_is_the_default_and_names_every_article(done, post, read):
    done([document("a1"), document("a2", body=f"{BODY}2")])
    documents = [document("a1"), document("a3", body=f"{BODY}3"), document("a2", body="Else.")]
    for on_conflict in ("", "fail"):
        response = post(documents, on_conflict)
        assert (response.status_code, response.json()["code"]) == (409, "already-exists")
        assert errors_of(response) == [("already-exists", "/0/article"), ("already-exists", "/2/article")]
    assert read("a3") is None


def test_an_article_without_external_id_is_known_by_its_text(done, post):
    sent = {"article": {"title": TITLE, "body": BODY.replace("\n", "\r\n")}}
    assert done([sent])["created"] == 1
    assert post([sent]).status_code == 409
    assert done([{"article": {"title": f"{TITLE}!", "body": BODY}}])["created"] == 1
    assert done([document("a1")])["created"] == 3  # another external_id is another article


def test_skip_leaves_a_known_article_and_its_annotations_alone(done, read):
    done([document("a1")])
    before = read()
    answer = done([document("a1", "on Monday", body="Else.", speakers=[{"name": "New"}]), document("a2")], "skip")
    assert (answer["skipped"], answer["created"]) == (1, 3)
    assert read() == before
    assert contents(read("a2")) == ["May"]


def test_upsert_adds_and_alters_by_external_id(done, read):
    first = document("a1")
    first["quotes"][0]["external_id"] = "q1"
    done([first])
    second = document("a1", "on Monday", "told reporters")
    second["quotes"][0] |= {"external_id": "q1", "review_status": "approved"}
    answer = done([second], "upsert")
    assert (answer["created"], answer["updated"], answer["reused"]) == (1, 1, 2)
    got = read()
    assert contents(got) == ["on Monday", "told reporters"]
    assert (got["quotes"][0]["review_status"], got["quotes"][0]["version"]) == ("approved", 2)


def test_replace_empties_the_documents_sets_only(world, done, read):
    done([document("a1", sets=[{"key": "s"}, {"label": "other", "key": "o"}])])
    done([document("a1", "told reporters", sets=[{"key": "s", "label": "other"}])], "upsert")
    answer = done([document("a1", "on Monday")], "replace")
    assert (answer["deleted"], answer["created"]) == (1, 1)
    assert contents(read()) == ["told reporters", "on Monday"]


def test_another_text_is_refused_or_becomes_a_new_revision(done, post, read):
    done([document("a1")])
    changed = document("a1", "on Monday", body=f"Corrected: {BODY}")
    for on_conflict in ("upsert", "replace"):
        response = post([changed], on_conflict)
        assert (response.status_code, errors_of(response)) == (422, [("article-differs", "/0/article/body")])
    assert done([changed], "new_revision")["created"] == 2
    got = read()
    assert got["article"]["revision"] == 2
    assert [(q["revision"], q["content"]["exact"]) for q in got["quotes"]] == [(1, "May"), (2, "on Monday")]
    assert done([changed], "new_revision")["created"] == 0
    assert read() == got


# ---- what is refused ----


def test_all_or_nothing_with_every_error_and_its_pointer(world, post, read):
    broken = document("a2", "nowhere", body=f"{BODY}2", mentions=[{"span": {"exact": "Ben Okafor"}, "speaker": "#x"}])
    response = post([document("a1"), broken, {"article": {"external_id": "a3"}}])
    assert response.status_code == 422
    assert sorted(errors_of(response), key=lambda error: error[1]) == [
        ("no-such-object", "/1/mentions/0/speaker"),
        ("quote-not-found", "/1/quotes/0/content/exact"),
        ("required", "/2/article/body"),
    ]
    assert read("a1") is None


REFUSED = [
    ([document(sets=[{"key": "s", "revision": 2}])], "no-such-object", "/0/sets/0/revision"),
    ([document(sets=[{"key": "s"}, {"label": "b"}], quotes=[{"content": {"exact": "May"}}])], "set-required", None),
    ([{"sets": [{"key": "s"}]}], "article-required", "/0/sets/0"),
    ([{"speakers": [{"name": "An aide", "is_named": False}]}], "article-required", "/0/speakers/0/is_named"),
    ([document(parent="#q")], "unknown-field", "/0/parent"),
    ({"article": {}}, "not-a-list", ""),
    ([document()] * 1001, "max-length", ""),
]


@pytest.mark.parametrize(("documents", "code", "pointer"), REFUSED)
def test_refusals(post, documents, code, pointer):
    response = post(documents)
    assert response.status_code == (400 if code in {"unknown-field", "not-a-list", "max-length"} else 422)
    assert errors_of(response) == [(code, "/0/quotes/0/set" if pointer is None else pointer)]


def test_this_door_is_the_managers(world, post):
    for api, status in ((world.curator, 403), (world.annotator, 403), (world.stranger, 404), (world.anonymous, 401)):
        assert post([document()], api=api).status_code == status
