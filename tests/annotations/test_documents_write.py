"""POST articles/{id}/annotations/: one document into one set (contract, section 5)."""

import pytest

from tests.builders import BODY, TITLE, make_article, make_mention, make_quote, make_set, make_speaker

ABSENT = "0190d1f0-0000-7000-8000-000000000000"
EMPTY = {"created": 0, "reused": 0, "updated": 0, "deleted": 0, "skipped": 0, "objects": []}


@pytest.fixture
def article(world):
    return make_article(world.project)


@pytest.fixture
def post(world, article):
    def send(document, query="", api=world.annotator, **headers):
        return api.post(f"/api/v1/articles/{article.pk}/annotations/?{query}", document, **headers)

    return send


@pytest.fixture
def done(post):
    def send(document, query="", **more):
        response = post(document, query, **more)
        assert response.status_code == 200, response.content
        return response.json()

    return send


@pytest.fixture
def read(world, article):
    def get(query="", api=world.annotator):
        return api.get(f"/api/v1/articles/{article.pk}/annotations/?{query}")

    return get


def document():
    """Something of each kind that an annotator may make, tied together by keys; forward references too."""
    return {
        "speakers": [
            {"key": "stern", "name": "Ada Stern", "affiliation": "#party", "wikidata_qid": "Q1"},
            {"key": "party", "name": "The Party", "kind": "organisation"},
            {"key": "aide", "name": "An official", "is_named": False},
        ],
        "claims": [{"key": "c1", "text": "Taxes will fall.", "language": "en"}, {"key": "c2", "text": "Taxes fell."}],
        "mentions": [{"key": "m1", "span": {"exact": "Ada Stern"}, "speaker": "#stern"}],
        "quotes": [
            {
                "key": "inner",
                "content": {"exact": "promised the same in 2019"},
                "parent": "#outer",
                "sources": [{"mention": "#m1", "mention_kind": "named"}],
            },
            {
                "key": "outer",
                "external_id": "q-2",
                "content": {"exact": "that Stern “promised the same in 2019”"},
                "cue": {"exact": "told"},
                "sources": [{"span": {"exact": "Ben Okafor"}, "affiliation": "#party"}, {"speaker": "#aide"}],
            },
        ],
        "claim_occurrences": [
            {
                "key": "o1",
                "span": {"exact": "taxes would fall next year"},
                "claim": "#c1",
                "quote": "#outer",
                "claimants": [{"speaker": "#stern"}, {"is_author": True}],
            }
        ],
        "claim_relations": [{"key": "r1", "source": "#c1", "target": "#c2", "type": "contradicts"}],
        "evidence": [
            {"key": "e1", "claim": "#c1", "stance": "refutes", "span": {"exact": "nobody believes"}, "quote": "#outer"},
            {"key": "e2", "claim": "#c2", "stance": "context", "occurrence": "#o1"},
            {"key": "e3", "claim": "#c2", "stance": "supports", "url": "https://example.org/", "excerpt": "It fell."},
        ],
    }


COUNT = 13


def errors_of(response):
    return [(error["code"], error["pointer"]) for error in response.json()["errors"]]


# ---- add ----


def test_a_document_is_written_into_ones_own_set_and_the_answer_maps_its_keys(world, done, read):
    answer = done(document())
    counts = {name: answer[name] for name in EMPTY if name != "objects"}
    assert counts == {"created": COUNT, "reused": 0, "updated": 0, "deleted": 0, "skipped": 0}
    ids = {item["key"]: item["id"] for item in answer["objects"]}
    outcomes = {(item["type"], item["outcome"], item["sent_id"]) for item in answer["objects"]}
    assert ("quotes", "created", None) in outcomes
    assert {item["pointer"] for item in answer["objects"] if item["key"] == "e3"} == {"/evidence/2"}
    got = read().json()
    (own,) = got["sets"]
    assert own["annotator"]["user"] == "annotator"
    by_id = {item["id"]: item for name in got if name != "article" for item in got[name]}
    assert by_id[ids["inner"]]["parent"] == ids["outer"]
    assert by_id[ids["inner"]]["sources"][0]["speaker"] == ids["stern"]
    assert by_id[ids["inner"]]["depth"] == 2
    assert by_id[ids["outer"]]["attribution_chain"] == [[ids["aide"]]]
    assert by_id[ids["o1"]]["claimants"] == [
        {"speaker": ids["stern"], "is_author": False},
        {"speaker": None, "is_author": True},
    ]
    assert by_id[ids["e2"]]["set"] == own["id"]
    assert by_id[ids["aide"]]["article"] == got["article"]["id"]
    assert world.annotator.get(f"/api/v1/evidence/{ids['e3']}/").json()["set"] is None


def test_what_a_get_gave_can_be_posted(world, done, read):
    """Every read-only field is ignored; the same author finds everything there already."""
    done(document())
    given = read().json()
    answer = done(given)
    assert (answer["created"], answer["updated"]) == (0, 0)
    assert {item["sent_id"]: item["id"] for item in answer["objects"] if item["type"] != "articles"} == {
        item["id"]: item["id"] for name, items in given.items() if name != "article" for item in items
    }
    assert read().json() == given


def test_and_by_another_annotator_into_their_own_set(world, done, read):
    done(document())
    copied = done(read().json(), api=world.other_annotator)
    outcomes = {item["type"]: item["outcome"] for item in copied["objects"]}
    assert outcomes["quotes"] == outcomes["mentions"] == "created"
    assert outcomes["speakers"] == outcomes["claims"] == outcomes["claim_relations"] == "reused"
    mine, theirs = read().json(), read(api=world.other_annotator).json()
    assert len(mine["quotes"]) == len(theirs["quotes"]) == 2
    assert {q["set"] for q in mine["quotes"]}.isdisjoint(q["set"] for q in theirs["quotes"])
    assert [q["content"] for q in theirs["quotes"]] == [q["content"] for q in mine["quotes"]]
    assert {q["review_status"] for q in theirs["quotes"]} == {"unreviewed"}


def test_what_only_the_managers_doors_take_over_is_ignored_here(world, article, done, read):
    done(document())
    origin = make_quote(make_set(article, world.other_annotator.user, status="closed"), "ready since May")
    speaker = {"name": "Merged", "merged_into": ABSENT}
    quote = {"content": {"exact": "May"}, "review_status": "approved", "derived_from": str(origin.pk)}
    done({"sets": [{"status": "closed"}], "speakers": [speaker], "quotes": [quote]})
    (made,) = [q for q in read().json()["quotes"] if q["content"]["exact"] == "May"]
    assert (made["review_status"], made["derived_from"]) == ("unreviewed", None)
    assert {s["status"] for s in read().json()["sets"] if s["id"] == made["set"]} == {"open"}


def test_warnings_and_units(post, done):
    quotes = [{"content": {"exact": '"We keep our word,"'}}]
    (warning,) = done({"quotes": quotes})["warnings"]
    assert (warning["code"], warning["pointer"]) == ("anchored-folded", "/quotes/0/content/exact")
    assert "warnings" not in done({"quotes": [{"content": {"exact": "May"}}]})
    wrong = {"quotes": [{"content": {"start": 0, "end": 2, "exact": "We"}}]}
    assert errors_of(post(wrong, "offset_unit=utf16")) == [("exact-mismatch", "/quotes/0/content/exact")]


def test_an_empty_document_is_fine(done):
    assert done({}) == EMPTY


# ---- what is refused ----


def test_all_errors_are_listed_and_nothing_is_written(world, post, read):
    sent = document()
    sent["quotes"] += [
        {"content": {"exact": "nowhere"}, "cue": {"exact": "said"}},
        {"content": {"exact": "May"}, "parent": "#nobody", "sources": [{"speaker": ABSENT}, {"mention": "#stern"}]},
        {"key": "inner", "content": {"exact": "May"}},
        {"content": {"exact": "May"}, "parent": ABSENT},
    ]
    response = post(sent)
    assert (response.status_code, response.json()["code"]) == (422, "several-errors")
    assert sorted(errors_of(response), key=lambda error: error[1]) == [
        ("quote-not-found", "/quotes/2/content/exact"),
        ("quote-ambiguous", "/quotes/2/cue/exact"),
        ("no-such-object", "/quotes/3/parent"),
        ("no-such-object", "/quotes/3/sources/0/speaker"),
        ("no-such-object", "/quotes/3/sources/1/mention"),
        ("key-repeated", "/quotes/4/key"),
        ("no-such-object", "/quotes/5/parent"),
    ]
    assert read().json()["sets"] == []
    assert world.annotator.get(f"/api/v1/speakers/?project={world.project.pk}").json()["results"] == []


@pytest.mark.parametrize("wrong", [{"exact": "the"}, {"start": "0"}])
def test_of_very_many_errors_the_first_are_listed_and_the_others_counted(wrong, post):
    """Each names the places that may be meant: those of 20,000 quotes made an answer of 45 MB."""
    answer = post({"quotes": [{"content": wrong}] * 1500}).json()
    assert (len(answer["errors"]), answer["errors_left_out"]) == (1000, 500)
    assert answer["detail"] == "1500 errors; the first 1000 are listed under `errors`."
    assert answer["errors"][999]["pointer"].startswith("/quotes/999/content/")


MALFORMED = [
    ({"quote": []}, "unknown-field", "/quote"),
    ({"quotes": {}}, "not-a-list", "/quotes"),
    ({"quotes": [{"cue": None}]}, "required", "/quotes/0/content"),
    ({"quotes": [{"content": {"exact": "May"}, "colour": 1}]}, "unknown-field", "/quotes/0/colour"),
    ({"quotes": [{"content": {"exact": "May"}, "parent": "q10"}]}, "invalid", "/quotes/0/parent"),
    ({"quotes": [{"content": {"exact": "May"}, "key": "two words"}]}, "pattern", "/quotes/0/key"),
    ({"claims": [{"text": "x", "types": ["numerical", "numerical"]}]}, "repeated", "/claims/0/types"),
    ([], "invalid", ""),
]


@pytest.mark.parametrize(("sent", "code", "pointer"), MALFORMED)
def test_malformed_documents_are_400(post, sent, code, pointer):
    response = post(sent)
    assert response.status_code == 400
    assert errors_of(response) == [(code, pointer)]


def test_circles_depth_and_repetition_inside_a_document(post):
    circle = [{"key": k, "content": {"exact": "May"}, "parent": f"#{p}"} for k, p in ("ab", "bc", "ca")]
    assert errors_of(post({"quotes": circle})) == [("nesting-cycle", f"/quotes/{n}/parent") for n in range(3)]
    assert errors_of(post({"quotes": [{"key": "a", "content": {"exact": "May"}, "parent": "#a"}]})) == [
        ("nesting-cycle", "/quotes/0/parent")
    ]
    chain = [{"key": f"k{n}", "content": {"exact": "May"}} | ({"parent": f"#k{n - 1}"} if n else {}) for n in range(9)]
    for quotes in (chain, chain[::-1]):
        response = post({"quotes": quotes})
        assert (response.status_code, response.json()["code"]) == (422, "nesting-too-deep")
    long_chain = [{"key": f"k{n}", "content": {"exact": "May"}, "parent": f"#k{n + 1}"} for n in range(3000)]
    response = post({"quotes": [*long_chain, {"key": "k3000", "content": {"exact": "May"}}]})
    assert (response.status_code, response.json()["code"]) == (422, "nesting-too-deep")
    twice = {"mentions": [{"span": {"exact": "Ada Stern"}}, {"span": {"exact": "Ada Stern"}}]}
    assert errors_of(post(twice)) == [("already-exists", "/mentions/1/span")]


def test_article_text_if_sent_must_be_one_of_its_revisions(world, article, post, done):
    done({"article": {"title": TITLE, "body": BODY}, "quotes": [{"content": {"exact": "May"}}]})
    done({"article": {"title": TITLE, "body": BODY.replace("\n", "\r\n")}})
    response = post({"article": {"title": TITLE, "body": f"{BODY} "}})
    assert (response.status_code, errors_of(response)) == (422, [("article-differs", "/article/body")])


def test_one_set_only(world, article, post, done):
    assert errors_of(post({"sets": [{"label": "a"}, {"label": "b"}]})) == [("one-set-only", "/sets/1")]
    other = make_set(article, world.annotator.user, label="other")
    quote = {"content": {"exact": "May"}, "set": str(other.pk)}
    assert errors_of(post({"quotes": [quote]})) == [("one-set-only", "/quotes/0/set")]
    done({"quotes": [quote]}, f"set={other.pk}")
    done({"sets": [{"key": "s"}], "quotes": [quote | {"set": "#s"}]})
    mention = make_mention(other, "Ben Okafor")
    assert errors_of(post({"quotes": [{"content": {"exact": "May"}, "sources": [{"mention": str(mention.pk)}]}]})) == [
        ("cross-set", "/quotes/0/sources/0/mention")
    ]


def test_who_may_write_what(world, article, post, done):
    hidden = make_set(article, world.other_annotator.user)
    shared = make_set(article, world.curator.user, status="submitted")
    quote = {"quotes": [{"content": {"exact": "May"}}]}
    assert errors_of(post(quote, f"set={hidden.pk}")) == [("no-such-object", "?set")]
    for query, api, status, code in (
        (f"set={shared.pk}", world.annotator, 403, "forbidden"),
        (f"set={shared.pk}", world.curator, 409, "set-not-open"),
        ("", world.viewer, 403, "forbidden"),
        ("", world.stranger, 404, "not-found"),
        ("", world.anonymous, 401, "not-authenticated"),
    ):
        response = post(quote, query, api=api)
        assert (response.status_code, response.json()["code"]) == (status, code)
    assert done(quote, f"set={hidden.pk}", api=world.curator)["created"] == 1


def test_making_needs_the_right_and_reuse_needs_none(world, article, post, done):
    review = {"claim": "#c", "url": "https://example.org/check", "rating_text": "True"}
    sent = {"claims": [{"key": "c", "text": "Taxes fell."}], "claim_reviews": [review]}
    assert post(sent).status_code == 403
    assert post({"publishers": [{"name": "The Paper"}]}).status_code == 403
    done(sent | {"publishers": [{"name": "The Paper"}]}, api=world.curator)
    assert done(sent | {"publishers": [{"name": "The Paper"}]})["reused"] == 3
    local = make_speaker(world.project, "An aide", article=make_article(world.project, title="Another"))
    used_here = {"mentions": [{"span": {"exact": "An official"}, "speaker": str(local.pk)}]}
    assert (post(used_here).status_code, post(used_here).json()["code"]) == (422, "speaker-not-local")


@pytest.mark.parametrize("key", ["a b", "a\x1fb", "a#b", "", "\ufeff"])
def test_a_reference_is_one_word(post, key):
    """What is white space to anybody is in no reference, so that the document's pattern means the same to all."""
    quotes = [{"key": "a", "content": {"exact": "May"}}, {"content": {"exact": "May"}, "parent": f"#{key}"}]
    response = post({"quotes": quotes})
    assert (response.status_code, errors_of(response)) == (400, [("invalid", "/quotes/1/parent")])
