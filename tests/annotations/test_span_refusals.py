"""Every refusal of a span (contract, section 2), and texts that are kept as they came."""

import pytest

from annotations import anchoring
from tests.annotations.test_span_forms import BODY, DOORS, UNITS, Door, count, path_to, place
from tests.builders import make_article
from tests.estate import API, refused


@pytest.fixture
def content(world):
    return Door("quote content", world)


def shifted(exact, by, unit="code_point", **more):
    found = place(exact, unit, **more)
    return found | {"start": found["start"] + by, "end": found["end"] + by}


END = len(BODY)
REFUSALS = {
    "position without text": ({"start": 0, "end": 3}, "exact-required", "/exact"),
    "start without end": ({"start": 0, "exact": "Ada"}, "start-and-end-required", "/end"),
    "end without start": ({"end": 3, "exact": "Ada"}, "start-and-end-required", "/start"),
    "nothing at all": ({}, "span-empty", ""),
    "only a prefix": ({"prefix": "said "}, "span-empty", ""),
    "empty text": ({"exact": ""}, "span-empty", "/exact"),
    "no fragments": ({"fragments": []}, "span-empty", "/fragments"),
    "an empty fragment": ({"fragments": [{"exact": "closed"}, {}]}, "span-empty", "/fragments/1"),
    "start and end alike": ({"start": 4, "end": 4, "exact": "x"}, "span-empty", "/end"),
    "end before start": ({"start": 9, "end": 4, "exact": "x"}, "span-empty", "/end"),
    "another text there": (shifted("Ada said", 1), "exact-mismatch", "/exact"),
    "another case": ({**place("Ada said"), "exact": "ADA said"}, "exact-mismatch", "/exact"),
    "the composed letter": ({**place("cafe\u0301"), "exact": "café"}, "exact-mismatch", "/exact"),
    "no white space is trimmed": ({**place("Ada said"), "exact": "Ada said "}, "exact-mismatch", "/exact"),
    "the end of the text and one more": (
        {"start": END - 1, "end": END + 1, "exact": "🎉?"},
        "span-out-of-range",
        "/end",
    ),
    "beyond the text": ({"start": END, "end": END + 1, "exact": "?"}, "span-out-of-range", "/end"),
    "text that is absent": ({"exact": "nowhere to be found"}, "quote-not-found", "/exact"),
    "the composed letter, alone": ({"exact": "the café"}, "quote-not-found", "/exact"),
    "not right between the two": ({"exact": "said", "prefix": "He ", "suffix": " maybe"}, "quote-not-found", "/exact"),
    "text that stands twice": ({"exact": "He said"}, "quote-ambiguous", "/exact"),
    "another prefix": ({**place("closed"), "prefix": "was "}, "context-mismatch", "/prefix"),
    "another suffix": ({**place("closed"), "suffix": " now"}, "context-mismatch", "/suffix"),
    "fragments that overlap": (
        {"fragments": [{"exact": "Nobody objected"}, {"exact": "objected, the"}]},
        "fragments-overlap",
        "/fragments/1",
    ),
    "the same fragment twice": ({"fragments": [place("closed"), place("closed")]}, "fragments-overlap", "/fragments/1"),
    "an overlap out of order": (
        {"fragments": [{"exact": "objected, the"}, place("no"), {"exact": "Nobody objected"}]},
        "fragments-overlap",
        "/fragments/2",
    ),
    "a fragment that is absent": (
        {"fragments": [{"exact": "closed"}, {"exact": "nowhere"}]},
        "quote-not-found",
        "/fragments/1/exact",
    ),
    "an extent that differs at its start": (
        {"start": 1, "fragments": [place("closed"), place("May")]},
        "fragments-differ",
        "/start",
    ),
    "an extent that differs at its end": ({"end": END, "fragments": [place("closed")]}, "fragments-differ", "/end"),
    "a joined text that differs": (
        {"exact": "closed … May", "fragments": [place("closed"), place("May")]},
        "exact-mismatch",
        "/exact",
    ),
    "a fragment without its text": ({"fragments": [{"start": 0, "end": 4}]}, "exact-required", "/fragments/0/exact"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals(content, case):
    span, code, pointer = REFUSALS[case]
    error = content.refused(span)
    assert (error["code"], error["pointer"]) == (code, f"/content{pointer}")


@pytest.mark.parametrize("name", DOORS)
def test_every_door_refuses_and_says_where(world, name):
    door = Door(name, world)
    field = "".join(f"/{step}" for step in path_to(door.put("here"), "here"))
    for span, code, pointer in (REFUSALS["another text there"], REFUSALS["a fragment without its text"]):
        error = door.refused(span)
        assert (error["code"], error["pointer"]) == (code, field + pointer)
    assert door.api.get(f"/api/v1/annotation-sets/?article={door.base['article']}").json()["results"] == []


MALFORMED = [
    ({"start": -1, "end": 2, "exact": "x"}, "min-value", "/content/start"),
    ({"start": 0, "end": 2**31, "exact": "x"}, "max-value", "/content/end"),
    ({"start": "0", "end": 2, "exact": "x"}, "invalid", "/content/start"),
    ({"start": 0.0, "end": 2, "exact": "x"}, "invalid", "/content/start"),
    ({"start": True, "end": 2, "exact": "x"}, "invalid", "/content/start"),
    ({"exact": 7}, "invalid", "/content/exact"),
    ({"exact": "x", "part": "caption"}, "invalid-choice", "/content/part"),
    ({"exact": "x", "length": 1}, "unknown-field", "/content/length"),
    ({"fragments": [{"exact": "x", "part": "title"}]}, "unknown-field", "/content/fragments/0/part"),
    ({"fragments": {"exact": "x"}}, "not-a-list", "/content/fragments"),
    ("Ada said", "invalid", "/content"),
    (None, "null", "/content"),
]


@pytest.mark.parametrize(("span", "code", "pointer"), MALFORMED)
def test_malformed_spans_are_400(content, span, code, pointer):
    response = content.post(span)
    assert response.status_code == 400, response.content
    assert [(e["code"], e["pointer"]) for e in response.json()["errors"]] == [(code, pointer)]


HINTED = [
    # What was sent, the unit that the request names, the unit that the offsets are in.
    ("to the 🇩🇪 crew", "code_point", "utf16"),
    ("the end", "code_point", "utf16"),
    ("the end 🎉", "code_point", "utf16"),
    ("closed", "utf16", "code_point"),
    ("Ada said", "utf16", "code_point"),
]


@pytest.mark.parametrize(("exact", "named", "counted"), HINTED)
def test_offsets_in_the_other_unit_are_refused_with_a_hint(content, exact, named, counted):
    error = content.refused(place(exact, counted), named)
    assert error["code"] in {"exact-mismatch", "span-out-of-range", "splits-surrogate-pair"}
    assert error["hint"] == f"offsets look like {'utf16' if counted == 'utf16' else 'code points'}"


def test_the_hint_stands_only_where_the_other_unit_would_have_matched(content):
    for unit in UNITS:
        assert "hint" not in content.refused(shifted("closed", 1, unit), unit)
    assert "hint" not in content.refused({**place("Nobody"), "exact": "Somebd"})


def test_a_mismatch_shows_what_stands_there_and_no_more_than_80_characters(content):
    error = content.refused({**place("Ada said"), "exact": "Eva said"})
    assert error["found"] == "Ada said"
    error = content.refused({"start": 0, "end": 100, "exact": "x" * 100})
    assert error["found"] == BODY[:80]


def test_half_a_surrogate_pair_is_refused(content):
    inside = count(BODY[: BODY.index("🎉")], "utf16") + 1
    for span, key in (
        ({"start": inside, "end": inside + 1, "exact": "🎉"}, "start"),
        ({"start": inside - 2, "end": inside, "exact": " 🎉"}, "end"),
        ({"fragments": [{"start": inside, "end": inside + 1, "exact": "🎉"}]}, "fragments/0/start"),
    ):
        error = content.refused(span, "utf16")
        assert (error["code"], error["pointer"]) == ("splits-surrogate-pair", f"/content/{key}")


@pytest.mark.parametrize("unit", UNITS)
def test_an_ambiguous_text_names_its_candidates_and_each_can_be_sent(content, unit):
    error = content.refused({"exact": "said"}, unit)
    assert (error["code"], error["count"]) == ("quote-ambiguous", 3)
    starts = [place("said", unit, nth=n)["start"] for n in range(3)]
    assert [candidate["start"] for candidate in error["candidates"]] == starts
    for candidate in error["candidates"]:
        assert f"{candidate['prefix']}said{candidate['suffix']}" in BODY
        by_place = content.made({"exact": "said", "start": candidate["start"], "end": candidate["end"]}, unit)
        by_context = content.made({"exact": "said", "prefix": candidate["prefix"], "suffix": candidate["suffix"]}, unit)
        assert by_place["content"] == by_context["content"]
        assert by_place["content"]["start"] == candidate["start"]


def test_a_text_that_is_ambiguous_only_when_folded_is_refused_too(world):
    door = Door("mention", world)
    body = "“Yes”, she said. «Yes», he said."
    article = world.curator.post(
        "/api/v1/articles/", {"project": str(world.project.pk), "title": "", "body": body}
    ).json()
    door.base = {"article": article["id"]}
    error = door.refused({"exact": '"Yes"'})
    assert (error["code"], error["count"]) == ("quote-ambiguous", 2)
    assert door.made({"exact": '"Yes"', "suffix": ", she"})["span"]["exact"] == "“Yes”"
    assert door.made({"exact": "«Yes»"})["span"]["start"] == body.index("«")


KEPT = {
    "decomposed and composed letters": ("cafe\u0301 café", None),
    "CRLF and CR become LF": ("one\r\ntwo\rthree\n\r\n", "one\ntwo\nthree\n\n"),
    "a leading BOM goes": ("\ufeffbegin\ufeff", "begin\ufeff"),
    "trailing and leading white space": ("  \t\nindented\u00a0text \n\n", None),
    "control characters": ("bell\u0007 escape\u001b[1m delete\u007f", None),
    "zero-width and bidi marks": ("zero\u200bwidth\u200d \u202bright\u202c \u2066isolate\u2069", None),
    "right to left": ("قال الوزير: «لن نوقع» — שלום", None),
    "non-characters": ("\ufffe \uffff \U0010ffff", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize("case", KEPT)
def test_texts_are_kept_as_they_came(world, case):
    sent, stored = KEPT[case]
    stored = sent if stored is None else stored
    made = world.curator.post(
        "/api/v1/articles/", {"project": str(world.project.pk), "title": f"{sent}t", "body": sent}
    )
    assert made.status_code == 201, made.content
    article = world.viewer.get(f"/api/v1/articles/{made.json()['id']}/").json()
    assert article["body"] == stored
    assert article["body_length"] == len(stored)
    assert article["body_length_utf16"] == count(stored, "utf16")
    if stored:
        sent_span = {"start": 0, "end": len(stored), "exact": stored}
        quote = world.annotator.post("/api/v1/quotes/", {"article": article["id"], "content": sent_span})
        assert quote.status_code == 201, quote.content
        assert quote.json()["content"]["exact"] == stored


def test_two_leading_boms_are_refused(world):
    """Stored with one, the text would lose it on its next way out and in, and every offset would be off."""
    sent = {"project": str(world.project.pk), "title": "t", "body": "\ufeff\ufeffbegin"}
    response = world.curator.post("/api/v1/articles/", sent)
    assert (response.status_code, response.json()["code"]) == (422, "text-not-normalised")


def test_what_no_text_can_hold_is_refused(world):
    base = {"project": str(world.project.pk), "title": "t"}
    for body, code in (("nul \0", "nul-character"), ("half \\ud83d", "lone-surrogate")):
        if code == "lone-surrogate":
            raw = f'{{"project": "{world.project.pk}", "title": "t", "body": "{body}"}}'
            response = world.curator.post("/api/v1/articles/", data=raw, content_type="application/json")
        else:
            response = world.curator.post("/api/v1/articles/", base | {"body": body})
        assert (response.status_code, response.json()["code"]) == (400, code)
        assert response.json()["errors"][0]["pointer"] == "/body"


def test_a_span_holds_so_much_and_no_more(world, monkeypatch):
    """In whatever way it is sent: else an answer shows what can not be sent back, and a page fills the memory."""
    monkeypatch.setattr(anchoring, "EXACT_MAX", 20)
    article = make_article(world.project, body="one" + " " * 30 + "two three four five")
    pieces = [{"exact": "two three"}, {"exact": "four five"}]
    for span, pointer in (
        ({"exact": "one two"}, "/content/exact"),
        ({"fragments": [*pieces, {"exact": "one"}]}, "/content/fragments"),
    ):
        for unit in ("", "?offset_unit=utf16"):
            answer = world.annotator.post(f"{API}/quotes/{unit}", {"article": str(article.pk), "content": span})
            refused(answer, 422, ("limit-reached", pointer))
    sent = {"article": str(article.pk), "content": {"fragments": pieces}}
    assert world.annotator.post(f"{API}/quotes/", sent).status_code == 201
