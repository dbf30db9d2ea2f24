"""The quick road of one new quote gives what the long road gives, and is only taken where nothing has changed."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.db.models import JSONField
from django.db.models.functions import Cast
from psycopg.errors import lookup

from annotations.actions import quick, spots
from annotations.models import AnnotationSet, Mention, Quote
from articles.actions import revise_article
from backend import integrity
from backend.sql import JSON
from projects.models import Event, KeptAnswer, Membership
from projects.roles import Role
from tests.builders import BODY, everything, make_article, make_mention, make_project, make_set, make_speaker

SAID = {"exact": "taxes would fall next year"}
AT = {"start": 48, "end": 74, "exact": BODY[48:74]}
STERN = {"exact": "Ada Stern"}
PIECES = {"fragments": [{"exact": "Prime Minister"}, {"exact": "said on Monday"}]}


@pytest.fixture
def roads(monkeypatch):
    """Which road each quote took."""
    taken = []

    def plain_quote(given=quick.plain_quote, **kwargs):
        store = given(**kwargs)
        taken.append("long")
        return store and (lambda: stored(store))

    def stored(store):
        made = store()
        taken[-1] = "quick"
        return made

    monkeypatch.setattr(quick, "plain_quote", plain_quote)
    return taken


@pytest.fixture
def desk(world, roads):
    """An annotator who has a quote on an article already, so that where they write is known."""
    desk = Desk(world, roads, make_article(world.project))
    for _ in ("who asks is remembered", "where they write is found"):
        desk.made()
    assert roads[-1] == "quick"
    return desk


class Desk:
    """An annotator at work on one article, and a speaker of the project."""

    def __init__(self, world, roads, article):
        self.world, self.api, self.roads, self.article = world, world.annotator, roads, article
        self.speaker = make_speaker(world.project, "Ada Stern", kind="person")

    def post(self, query="", **sent):
        body = {"article": str(self.article.pk), "content": SAID} | sent
        return self.api.post(f"/api/v1/quotes/{query}", body)

    def made(self, query="", **sent):
        answer = self.post(query, **sent)
        assert answer.status_code == 201, answer.content
        return answer

    @property
    def set(self):
        return AnnotationSet.objects.get(annotator_user=self.api.user)

    @property
    def member(self):
        return Membership.objects.get(project=self.article.project_id, user=self.api.user).pk

    def empty(self):
        for quote in Quote.objects.order_by("-pk"):  # the innermost first
            quote.delete()
        Mention.objects.all().delete()


def payloads(speaker):
    stern, place = str(speaker), {"span": STERN}
    plain = {
        "role": "spokesperson",
        "speaker": stern,
        "span": STERN,
        "role_text": "Prime Minister",
        "affiliation": stern,
        "mention_kind": "nominal",
    }
    return {
        "content alone": {},
        "by offsets": {"content": AT},
        "in pieces": {"content": PIECES, "cue": PIECES},
        "in the title": {"content": {"part": "title", "exact": "Answers"}},
        "a cue": {"cue": {"exact": "said on"}, "cue_lemma": "say"},
        "a source": {"sources": [place]},
        "a source with its speaker": {"sources": [place | {"speaker": stern}]},
        "a source with everything": {"sources": [plain]},
        "a speaker without a mention": {"sources": [{"speaker": stern, "mention_kind": "implicit"}]},
        "two sources": {
            "sources": [place | {"speaker": stern}, {"span": {"exact": "Ben Okafor"}, "role": "addressee"}],
        },
        "all that can be said": {
            "type": "mixed",
            "act": "belief",
            "medium": ["speech", "writing"],
            "factuality": "negated",
            "uttered_on": "2009-04-23",
            "venue": "Parliament – “the House”",
            "confidence": 0.25,
            "tags": ["tax", "two words"],
            "external_id": "q-1",
            "note": "A “note”\nof two lines.",
        },
        "a parent": {"parent": "ABOVE", "sources": [place | {"speaker": stern}]},
        "nulls": {"cue": None, "parent": None, "uttered_on": None, "confidence": None},
        "whole numbers": {"confidence": 1},
    }


NAMES = tuple(payloads(""))
OWN = ("id", "created_at", "updated_at", "mention", "parent")


def payload(desk, name):
    sent = payloads(desk.speaker.pk)[name]
    return sent | {"parent": tower(desk, 2)} if sent.get("parent") else sent


def tower(desk, levels, **sent):
    """The innermost of so many quotes that stand in one another."""
    sent |= {"parent": None, "sources": [{"speaker": str(desk.speaker.pk)}]}
    for _ in range(levels):
        sent["parent"] = desk.made(**sent).json()["id"]
    return sent["parent"]


def comparable(value):
    """All but what is each row's own."""
    if isinstance(value, dict):
        return {name: comparable(inner) for name, inner in value.items() if name not in OWN}
    return [comparable(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("query", ["", "?offset_unit=utf16"])
@pytest.mark.parametrize("name", NAMES)
def test_both_roads_give_the_same(desk, monkeypatch, name, query):
    found = {}
    for road in ("quick", "long"):
        desk.empty()
        sent = payload(desk, name)
        past = set(Event.objects.values_list("pk", flat=True))
        if road == "long":
            spots.SPOTS.clear()
            monkeypatch.setattr(spots, "LONGEST", 0)
        answer = desk.made(query, **sent)
        assert desk.roads[-1] == road
        found[road] = comparable(answer.json()), [list(answer.json())], sorted(answer.headers), comparable(since(past))
    assert found["quick"] == found["long"]


def since(past):
    events = Event.objects.exclude(pk__in=past).order_by("pk")
    names = ("snapshot", "action", "type", "version", "project", "article", "set", "actor", "comment", "reload")
    return [dict(zip(names, row, strict=True)) for row in events.values_list(*names)]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_answered_and_kept_is_what_the_database_holds(desk, name):
    """The record and the state are declared once, in the QuerySets; Python's copy of them may not stray."""
    made = desk.made(**payload(desk, name)).json()
    assert desk.roads[-1] == "quick"
    assert desk.api.get(f"/api/v1/quotes/{made['id']}/").json() == made
    for model, type in ((Quote, "quote"), (Mention, "mention")):
        rows = model.objects.annotate(_state=Cast(JSON(model.objects.all().fields(None)), JSONField()))
        for pk, state in rows.values_list("pk", "_state"):
            assert Event.objects.get(object_id=pk, type=type).snapshot == state
    assert {finding.name for finding in integrity.check() if finding.count} <= {"object_has_events"}  # of the builders


def test_speakers_are_shown_at_the_end_of_their_merges(desk):
    end = make_speaker(desk.world.project, "A. Stern")
    path = f"/api/v1/speakers/{desk.speaker.pk}/merge/"
    assert desk.world.curator.post(path, {"into": str(end.pk)}, if_match="*").status_code == 200
    made = desk.made(sources=[{"span": STERN, "speaker": str(desk.speaker.pk), "affiliation": str(desk.speaker.pk)}])
    assert desk.roads[-1] == "quick"
    (source,) = made.json()["sources"]
    assert (source["speaker"], source["speaker_name"], source["affiliation"]) == (str(end.pk), "A. Stern", str(end.pk))
    assert made.json()["attribution_chain"] == [[str(end.pk)]]
    assert desk.api.get(f"/api/v1/quotes/{made.json()['id']}/").json() == made.json()


def test_an_own_set_that_is_not_open_or_not_there_is_no_spot(desk):
    for status in ("submitted", "closed"):
        AnnotationSet.objects.update(status=status)
        spots.SPOTS.clear()
        assert desk.post().status_code == 409
        assert (desk.roads[-1], spots.SPOTS) == ("long", {})
    other = make_article(desk.world.project, title="Another")
    desk.made(article=str(other.pk))
    assert desk.roads[-1] == "long"
    desk.made(article=str(other.pk))
    assert desk.roads[-1] == "quick"


def test_a_spot_is_known_by_the_set_that_was_named_too(desk):
    for road in ("long", "quick"):
        desk.made(set=str(desk.set.pk))
        assert desk.roads[-1] == road


LONG = {
    "a mention by its id": lambda desk: {"sources": [{"mention": str(make_mention(desk.set, "Ada Stern").pk)}]},
    "a mention there": lambda desk: make_mention(desk.set, "Ada Stern") and {"sources": [{"span": STERN}]},
}


@pytest.mark.parametrize("name", LONG)
def test_what_is_not_plain_takes_the_long_road(desk, name):
    sent = LONG[name](desk)
    mentions = Mention.objects.count()
    made = desk.made(**sent)
    assert desk.roads[-1] == "long"
    assert Mention.objects.count() == mentions
    assert desk.api.get(f"/api/v1/quotes/{made.json()['id']}/").json() == made.json()


@pytest.mark.parametrize("road", ["quick", "long"])
def test_a_key_has_one_effect_and_one_answer_by_each_road(desk, road):
    body: dict[str, Any] = {"article": str(desk.article.pk), "content": SAID}
    body |= {} if road == "quick" else {"sources": [{"mention": str(make_mention(desk.set, "Ada Stern").pk)}]}
    quotes = Quote.objects.count()
    first = desk.api.post("/api/v1/quotes/", body, idempotency_key="once")
    assert desk.roads[-1] == road
    second = desk.api.post("/api/v1/quotes/", body, idempotency_key="once")
    assert (first.status_code, first.content, first.headers["ETag"]) == (201, second.content, second.headers["ETag"])
    assert (first.headers.get("Idempotent-Replayed"), second.headers["Idempotent-Replayed"]) == (None, "true")
    assert Quote.objects.count() == quotes + 1
    assert KeptAnswer.objects.get().powers == [[str(desk.article.project_id), int(Role.ANNOTATOR)]]
    desk.world.manager.delete(f"/api/v1/projects/{desk.article.project_id}/members/{desk.member}/", if_match="*")
    assert desk.api.post("/api/v1/quotes/", body, idempotency_key="once").status_code == 404


def test_a_key_whose_quote_is_refused_may_be_used_again(desk):
    body = {"article": str(desk.article.pk), "content": {"exact": "nowhere"}}
    assert desk.api.post("/api/v1/quotes/", body, idempotency_key="once").status_code == 422
    assert not KeptAnswer.objects.exists()
    assert desk.api.post("/api/v1/quotes/", body | {"content": SAID}, idempotency_key="once").status_code == 201


def test_a_name_from_outside_that_is_taken_is_told_by_the_long_road(desk):
    desk.made(external_id="q-1")
    answer = desk.post(external_id="q-1")
    assert (desk.roads[-1], answer.status_code) == ("long", 409)
    assert answer.json()["errors"][0]["pointer"] == "/external_id"


def foreign(desk):
    return str(make_speaker(make_project("elsewhere"), "Ada Stern").pk)


def unnamed_elsewhere(desk):
    other = make_article(desk.world.project, title="Another")
    return str(make_speaker(desk.world.project, "an official", article=other, is_named=False).pk)


REFUSED: dict[str, Any] = {
    "no such words": (lambda desk: {"content": {"exact": "nowhere"}}, "quote-not-found", "/content/exact"),
    "offsets that do not fit": (
        lambda desk: {"content": AT | {"start": 47, "end": 73}},
        "exact-mismatch",
        "/content/exact",
    ),
    "no words of a source": (
        lambda desk: {"sources": [{"span": {"exact": "nowhere at all"}}]},
        "quote-not-found",
        "/sources/0/span/exact",
    ),
    "an empty source": (lambda desk: {"sources": [{"role": "source"}]}, "source-empty", "/sources/0"),
    "a speaker of another project": (
        lambda desk: {"sources": [{"speaker": foreign(desk)}]},
        "no-such-object",
        "/sources/0/speaker",
    ),
    "an affiliation of another project": (
        lambda desk: {"sources": [{"speaker": str(desk.speaker.pk), "affiliation": foreign(desk)}]},
        "no-such-object",
        "/sources/0/affiliation",
    ),
    "somebody unnamed of another article": (
        lambda desk: {"sources": [{"speaker": unnamed_elsewhere(desk)}]},
        "speaker-not-local",
        "/sources/0/speaker",
    ),
    "a parent in another set": (
        lambda desk: {"parent": tower(desk, 1, set=str(make_set(desk.article, desk.api.user, label="other").pk))},
        "cross-set",
        "/parent",
    ),
    "a parent that is not there": (lambda desk: {"parent": str(uuid4())}, "no-such-object", "/parent"),
    "too many parents": (lambda desk: {"parent": tower(desk, 8)}, "nesting-too-deep", "/parent"),
    "a mention of no kind": (
        lambda desk: {"sources": [{"span": STERN, "mention_kind": "implicit"}]},
        "mention-differs",
        "/sources/0/mention_kind",
    ),
    "an implicit source of some kind": (
        lambda desk: {"sources": [{"speaker": str(desk.speaker.pk), "mention_kind": "named"}]},
        "mention-differs",
        "/sources/0/mention_kind",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_told_by_the_long_road(desk, name):
    sending, code, pointer = REFUSED[name]
    sent = sending(desk)
    rows = (Quote.objects.count(), Mention.objects.count(), Event.objects.count())
    answer = desk.post(**sent)
    assert desk.roads[-1] == "long"
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["pointer"]) == (422, code, pointer)
    assert (Quote.objects.count(), Mention.objects.count(), Event.objects.count()) == rows


def revise(desk):
    revise_article(caller=everything(), article=desk.article, title="Another", body=BODY + "More.", base=1)


CHANGES = {
    "the set is closed": (
        lambda desk: desk.world.annotator.post(f"/api/v1/annotation-sets/{desk.set.pk}/submit/", {}, if_match="*"),
        409,
    ),
    "the set is gone": (lambda desk: AnnotationSet.objects.filter(pk=desk.set.pk).delete(), 201),
    "the article is gone": (
        lambda desk: desk.world.manager.delete(f"/api/v1/articles/{desk.article.pk}/", if_match="*"),
        422,
    ),
    "the article has another text": (revise, 201),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_has_changed_since_is_seen(desk, change):
    happens, status = CHANGES[change]
    desk.empty()
    happens(desk)
    answer = desk.post()
    assert (desk.roads[-1], answer.status_code) == ("long", status)
    if status == 201:
        assert answer.json()["revision"] == (2 if change == "the article has another text" else 1)


@pytest.mark.parametrize(("state", "status"), [("40P01", 201), ("55P03", 503)])
def test_who_loses_against_another_takes_the_long_road(desk, monkeypatch, state, status):
    """Not so who has waited for a lock long enough."""

    def lose(*args):
        raise OperationalError from lookup(state)()

    monkeypatch.setattr(quick, "writing", lose)
    assert desk.post().status_code == status


def test_another_annotator_writes_into_their_own_set(desk):
    own = desk.set
    answer = desk.world.other_annotator.post("/api/v1/quotes/", {"article": str(desk.article.pk), "content": SAID})
    assert answer.json()["set"] != str(own.pk)


def test_long_texts_and_many_spots_are_not_kept(desk, monkeypatch):
    monkeypatch.setattr(spots, "LONGEST", len(BODY) - 1)
    spots.SPOTS.clear()
    desk.made()
    assert spots.SPOTS == {}
    monkeypatch.setattr(spots, "LONGEST", len(BODY))
    monkeypatch.setattr(spots, "MOST", 2)
    for n in range(3):
        article = make_article(desk.world.project, title=f"{n}")
        make_set(article, desk.api.user)
        desk.made(article=str(article.pk))
        assert len(spots.SPOTS) <= 2
