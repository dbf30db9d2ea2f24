"""The sources of quotes, and the mentions and speakers behind them."""

import pytest

from tests.builders import make_article, make_mention, make_set, make_speaker

SAID = {"exact": "taxes would fall next year"}
KEPT = {"exact": "We keep our word"}
STERN, OKAFOR = "Ada Stern", "Ben Okafor"


@pytest.fixture
def article(world):
    return make_article(world.project)


@pytest.fixture
def stern(world):
    return str(make_speaker(world.project, STERN).pk)


@pytest.fixture
def okafor(world):
    return str(make_speaker(world.project, OKAFOR).pk)


@pytest.fixture
def api(world, article):
    return Desk(world.annotator, str(article.pk))


class Desk:
    """An annotator at work on one article."""

    def __init__(self, api, article):
        self.api, self.article = api, article

    def quote(self, *sources, content=SAID, **more):
        return self.api.post(
            "/api/v1/quotes/", {"article": self.article, "content": content, "sources": list(sources), **more}
        )

    def made(self, *sources, **more):
        response = self.quote(*sources, **more)
        assert response.status_code == 201, response.content
        return response.json()

    def refused(self, *sources, **more):
        response = self.quote(*sources, **more)
        assert response.status_code == 422, response.content
        (error,) = response.json()["errors"]
        return error["code"], error["pointer"]

    def mention(self, exact=STERN, **more):
        sent = {"article": self.article, "span": {"exact": exact}, **more}
        response = self.api.post("/api/v1/mentions/", sent)
        assert response.status_code == 201, response.content
        return response.json()

    def mentions(self):
        return self.api.get(f"/api/v1/mentions/?article={self.article}").json()["results"]

    def read(self, resource, pk):
        return self.api.get(f"/api/v1/{resource}/{pk}/").json()

    def patch(self, resource, pk, sent):
        response = self.api.patch(f"/api/v1/{resource}/{pk}/", sent, if_match="*")
        assert response.status_code == 200, response.content
        return response.json()


# ---- a mention by its id ----


def test_a_source_by_its_mention_has_the_mentions_speaker(api, stern):
    mention = api.mention(speaker=stern)
    (source,) = api.made({"mention": mention["id"]})["sources"]
    assert source == {
        "role": "source",
        "mention": mention["id"],
        "span": mention["span"],
        "speaker": stern,
        "speaker_name": STERN,
        "mention_kind": "named",
        "role_text": "",
        "affiliation": None,
    }


def test_all_that_a_source_says_is_kept_in_its_order(world, api, stern, okafor):
    cabinet = str(make_speaker(world.project, "The Cabinet", kind="organisation").pk)
    sources = [
        {"role": "spokesperson", "span": {"exact": "Prime Minister"}, "mention_kind": "nominal", "speaker": stern},
        {"role": "source", "speaker": cabinet, "mention_kind": "implicit", "role_text": "the government"},
        {"role": "addressee", "span": {"exact": "reporters"}, "mention_kind": "nominal", "affiliation": cabinet},
    ]
    got = api.made(*sources)["sources"]
    for sent, shown in zip(sources, got, strict=True):
        assert {name: shown[name] for name in sent if name != "span"} == {n: v for n, v in sent.items() if n != "span"}
    assert [s["span"] and s["span"]["exact"] for s in got] == ["Prime Minister", None, "reporters"]
    assert [s["speaker_name"] for s in got] == [STERN, "The Cabinet", None]


def test_an_implicit_source_has_a_speaker_and_no_mention(api, stern):
    (source,) = api.made({"speaker": stern})["sources"]
    assert (source["mention"], source["span"], source["mention_kind"]) == (None, None, "implicit")
    assert (source["speaker"], source["speaker_name"]) == (stern, STERN)
    assert api.mentions() == []


# ---- a mention by its span ----


def test_a_span_makes_the_mention_and_the_next_one_finds_it(api, stern):
    first = api.made({"span": {"exact": STERN}, "speaker": stern})["sources"][0]
    second = api.made({"span": {"exact": STERN}}, content=KEPT)["sources"][0]
    (mention,) = api.mentions()
    assert first["mention"] == second["mention"] == mention["id"]
    assert (mention["kind"], mention["speaker"]) == ("named", stern)
    assert second["speaker"] == stern


def test_a_span_finds_the_mention_that_somebody_posted(api, okafor):
    mention = api.mention(OKAFOR, kind="nominal", speaker=okafor)
    (source,) = api.made({"span": {"exact": OKAFOR}})["sources"]
    assert (source["mention"], source["mention_kind"], source["speaker"]) == (mention["id"], "nominal", okafor)


def test_one_mention_for_several_speakers_has_no_speaker_of_its_own(api, stern, okafor):
    span = {"exact": "The opposition"}
    answer = api.made({"span": span, "speaker": stern}, {"span": span, "speaker": okafor})
    (mention,) = api.mentions()
    assert [s["mention"] for s in answer["sources"]] == [mention["id"]] * 2
    assert [s["speaker"] for s in answer["sources"]] == [stern, okafor]
    assert mention["speaker"] is None


def test_a_mention_takes_the_speaker_on_whom_its_sources_agree(api, stern):
    span = {"exact": "The opposition"}
    api.made({"span": span, "speaker": stern}, {"role": "spokesperson", "span": span, "speaker": stern})
    assert [mention["speaker"] for mention in api.mentions()] == [stern]


def test_a_mention_posted_twice_is_there_already(api):
    api.mention()
    again = api.api.post("/api/v1/mentions/", {"article": api.article, "span": {"exact": STERN}})
    assert (again.status_code, again.json()["code"]) == (409, "already-exists")


# ---- what does not fit ----


def test_the_kind_that_is_sent_must_be_the_mentions(api, stern):
    mention = api.mention()
    differs = "mention-differs"
    assert api.refused({"mention": mention["id"], "mention_kind": "nominal"}) == (differs, "/sources/0/mention_kind")
    assert api.refused({"span": {"exact": STERN}, "mention_kind": "nominal"}) == (differs, "/sources/0/mention_kind")
    assert api.refused({"mention": mention["id"], "mention_kind": "implicit"}) == (differs, "/sources/0/mention_kind")
    assert api.refused({"speaker": stern, "mention_kind": "named"}) == (differs, "/sources/0/mention_kind")
    assert api.refused({"mention": mention["id"], "span": KEPT}) == (differs, "/sources/0/span")
    assert api.refused({"speaker": stern}, {"span": {"exact": "nowhere"}}) == (
        "quote-not-found",
        "/sources/1/span/exact",
    )


def test_a_source_is_somebody(api, stern):
    assert api.refused({"speaker": stern}, {"role": "addressee"}) == ("source-empty", "/sources/1")
    assert api.refused({"speaker": None, "mention": None, "span": None}) == ("source-empty", "/sources/0")


ABSENT = "0190d1f0-0000-7000-8000-000000000000"


@pytest.mark.parametrize("field", ["mention", "speaker", "affiliation"])
def test_what_a_source_refers_to_must_be_there(api, stern, field):
    assert api.refused({"speaker": stern, field: ABSENT}) == ("no-such-object", f"/sources/0/{field}")


def test_a_mention_of_another_set_cannot_be_linked(world, api, article):
    shared = make_set(article, world.other_annotator.user, status="submitted")
    mention = make_mention(shared, STERN)
    assert api.refused({"mention": str(mention.pk)}) == ("cross-set", "/sources/0/mention")


def test_an_unnamed_speaker_is_used_in_its_article_only(world, api):
    elsewhere = make_article(world.project, title="Another")
    local = make_speaker(world.project, "An official", article=elsewhere)
    for source in ({"speaker": str(local.pk)}, {"span": {"exact": STERN}, "speaker": str(local.pk)}):
        response = api.quote(source)
        assert (response.status_code, response.json()["code"]) == (422, "speaker-not-local")
    assert api.mentions() == []


# ---- speakers that follow their mention, and those that do not ----


def test_an_inherited_speaker_follows_its_mention_and_the_quotes_version_rises(api, stern, okafor):
    mention = api.mention(speaker=stern)
    follows = api.made({"mention": mention["id"]})
    overrides = api.made({"mention": mention["id"], "speaker": okafor}, content=KEPT)
    aside = api.made({"speaker": stern}, content={"exact": "The opposition denies it"})
    assert [follows["sources"][0]["speaker"], overrides["sources"][0]["speaker"]] == [stern, okafor]
    api.patch("mentions", mention["id"], {"speaker": None})
    assert api.read("quotes", follows["id"])["sources"][0]["speaker"] is None
    assert api.read("quotes", overrides["id"])["sources"][0]["speaker"] == okafor
    api.patch("mentions", mention["id"], {"speaker": okafor})
    now = {name: api.read("quotes", quote["id"]) for name, quote in [("follows", follows), ("aside", aside)]}
    assert now["follows"]["sources"][0]["speaker"] == okafor
    assert now["follows"]["version"] == follows["version"] + 2
    assert now["aside"]["version"] == aside["version"]
    assert api.read("quotes", overrides["id"])["version"] == overrides["version"] + 2


def test_a_changed_kind_or_span_of_a_mention_shows_in_its_quotes(api, stern):
    mention = api.mention()
    quote = api.made({"mention": mention["id"]})
    api.patch("mentions", mention["id"], {"kind": "nominal", "span": {"exact": "Prime Minister Ada Stern"}})
    (source,) = api.read("quotes", quote["id"])["sources"]
    assert (source["mention_kind"], source["span"]["exact"]) == ("nominal", "Prime Minister Ada Stern")


def test_a_mention_changed_to_what_it_was_raises_no_version(api, stern):
    mention = api.mention(speaker=stern)
    quote = api.made({"mention": mention["id"]})
    same = api.patch("mentions", mention["id"], {"speaker": stern, "span": mention["span"], "kind": "named"})
    assert same["version"] == mention["version"]
    assert api.read("quotes", quote["id"])["version"] == quote["version"]


# ---- sent back, replaced ----


def test_the_sources_of_an_answer_can_be_sent_back(api, stern, okafor):
    span = {"exact": "The opposition"}
    answer = api.made(
        {"span": span, "speaker": stern, "role_text": "the leader"},
        {"span": span, "speaker": okafor},
        {"speaker": okafor, "role": "addressee"},
        {"span": {"exact": "reporters"}, "mention_kind": "nominal"},
    )
    again = api.patch("quotes", answer["id"], {"sources": answer["sources"]})
    assert again["sources"] == answer["sources"]
    assert again["version"] == answer["version"]
    copied = api.made(*answer["sources"], content=KEPT)
    assert copied["sources"] == answer["sources"]
    assert len(api.mentions()) == 2


def test_sources_are_replaced_as_a_whole_and_mentions_stay(api, stern, okafor):
    quote = api.made({"span": {"exact": STERN}, "speaker": stern}, {"speaker": okafor})
    changed = api.patch("quotes", quote["id"], {"sources": [{"speaker": okafor}]})
    assert [source["speaker"] for source in changed["sources"]] == [okafor]
    assert changed["version"] == quote["version"] + 1
    assert api.patch("quotes", quote["id"], {"note": "x"})["sources"] == changed["sources"]
    assert api.patch("quotes", quote["id"], {"sources": []})["sources"] == []
    assert len(api.mentions()) == 1


def test_deleting_a_quote_deletes_its_links_and_never_a_mention(api, stern):
    quote = api.made({"span": {"exact": STERN}, "speaker": stern})
    mention = quote["sources"][0]["mention"]
    in_use = api.api.delete(f"/api/v1/mentions/{mention}/", if_match="*")
    assert (in_use.status_code, in_use.json()["code"]) == (409, "in-use")
    assert in_use.json()["errors"][0]["counts"] == {"quotes": 1}
    assert api.api.delete(f"/api/v1/quotes/{quote['id']}/", if_match="*").status_code == 204
    assert [m["id"] for m in api.mentions()] == [mention]
    assert api.api.delete(f"/api/v1/mentions/{mention}/", if_match="*").status_code == 204
