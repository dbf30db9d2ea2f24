"""Every form of a span, through every door that takes one, in both offset units (contract, section 2)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.builders import make_article, make_claim

# Characters beyond U+FFFF, a ZWJ sequence, a flag, a skin tone, a combining accent, typographic quotes and dashes.
TITLE = "👩‍🚀 Ada’s “big” day"
BODY = (
    "👩‍🚀 Ada said “we go — now” to the 🇩🇪 crew 🧑🏽‍🤝‍🧑🏻.\n"
    "He said no.  He said yes. The cafe\u0301 is closed 👍🏽 since May.\n"
    "Nobody objected, the end 🎉"
)
TEXTS = {"title": TITLE, "body": BODY}
CONTENT = {"exact": "Nobody objected"}

# Where a span may stand: (path, what else is required, how the span is put in, how it is read back).
DOORS: dict[str, tuple[str, dict[str, Any], Callable[[Any], Any], Callable[[Any], Any]]] = {
    "quote content": ("quotes", {}, lambda s: {"content": s}, lambda a: a["content"]),
    "quote cue": ("quotes", {"content": CONTENT}, lambda s: {"cue": s}, lambda a: a["cue"]),
    "quote source": (
        "quotes",
        {"content": CONTENT},
        lambda s: {"sources": [{"role": "addressee", "mention_kind": "nominal", "span": s}]},
        lambda a: a["sources"][0]["span"],
    ),
    "mention": ("mentions", {}, lambda s: {"span": s}, lambda a: a["span"]),
    "occurrence": ("claim-occurrences", {}, lambda s: {"span": s}, lambda a: a["span"]),
    "occurrence object": (
        "claim-occurrences",
        {"span": CONTENT},
        lambda s: {"object_span": s},
        lambda a: a["object_span"],
    ),
    "occurrence time": ("claim-occurrences", {"span": CONTENT}, lambda s: {"time_span": s}, lambda a: a["time_span"]),
    "evidence": ("evidence", {"stance": "supports"}, lambda s: {"span": s}, lambda a: a["span"]),
}
UNITS = ("code_point", "utf16")


@pytest.fixture(params=DOORS)
def door(request, world):
    return Door(request.param, world)


@pytest.fixture
def content(world):
    return Door("quote content", world)


class Door:
    """One place of the API that takes a span."""

    def __init__(self, name, world):
        self.resource, self.required, self.put, self.read = DOORS[name]
        self.api = world.annotator
        self.base = {"article": str(make_article(world.project, body=BODY, title=TITLE).pk), **self.required}
        if name == "evidence":
            self.base["claim"] = str(make_claim(world.project).pk)

    def path(self, unit="code_point", pk=None):
        return f"/api/v1/{self.resource}/{f'{pk}/' if pk else ''}?offset_unit={unit}"

    def post(self, span, unit="code_point"):
        return self.api.post(self.path(unit), self.base | self.put(span))

    def made(self, span, unit="code_point"):
        """The answer to a span that must be taken."""
        response = self.post(span, unit)
        assert response.status_code == 201, response.content
        return response.json()

    def refused(self, span, unit="code_point"):
        """The one error of a span that must be refused."""
        response = self.post(span, unit)
        assert response.status_code == 422, response.content
        (error,) = response.json()["errors"]
        assert response.json()["code"] == error["code"]
        return error


def count(text, unit):
    return len(text) if unit == "code_point" else len(text.encode("utf-16-le")) // 2


def place(exact, unit="code_point", part="body", nth=0):
    """Start, end and exact of the nth place of some words, counted in a unit."""
    at = -1
    for _ in range(nth + 1):
        at = TEXTS[part].index(exact, at + 1)
    start = count(TEXTS[part][:at], unit)
    return {"start": start, "end": start + count(exact, unit), "exact": exact}


def whole(*words, unit="code_point", part="body"):
    """The complete span of an answer."""
    pieces = [place(exact, unit, part) for exact in words]
    return {
        "part": part,
        "start": min(piece["start"] for piece in pieces),
        "end": max(piece["end"] for piece in pieces),
        "exact": " ".join(words),
        "fragments": pieces,
    }


PHRASES = ["👩‍🚀 Ada", "Ada said", "to the 🇩🇪 crew", "🧑🏽‍🤝‍🧑🏻", "cafe\u0301", "the end 🎉", "we go — now"]


@pytest.mark.parametrize("unit", UNITS)
def test_a_span_is_taken_and_given_in_the_unit_asked_for(door, unit):
    for exact in PHRASES:
        answer = door.made(place(exact, unit), unit)
        assert door.read(answer) == whole(exact, unit=unit)
        assert "warnings" not in answer
        for other in UNITS:
            seen = door.api.get(door.path(other, answer["id"])).json()
            assert door.read(seen) == whole(exact, unit=other)


def test_lists_count_in_the_unit_asked_for(door):
    pk = door.made(place("the end 🎉"))["id"]
    for unit in UNITS:
        results = door.api.get(f"{door.path(unit)}&article={door.base['article']}").json()["results"]
        (seen,) = [result for result in results if result["id"] == pk]
        assert door.read(seen) == whole("the end 🎉", unit=unit)


@pytest.mark.parametrize("unit", UNITS)
def test_a_span_of_an_answer_can_be_sent_back(door, unit):
    """In one piece and in several; to make another object, and to PATCH the object itself, which is then unchanged."""
    for words in (("to the 🇩🇪 crew",), ("Ada said", "👩‍🚀", "now")):
        fragments = [{"exact": exact} for exact in words]
        given = door.read(door.made({"fragments": fragments}, unit))
        assert given == whole(*words, unit=unit)
        if door.resource != "mentions":  # of which there is one for each span
            assert door.read(door.made(given, unit)) == given
        made = door.api.get(door.path(unit)).json()["results"][-1]
        sent = door.put(door.read(made))
        again = door.api.patch(door.path(unit, made["id"]), sent, if_match="*")
        assert again.status_code == 200, again.content
        assert door.read(again.json()) == door.read(made)
        assert again.json()["version"] == made["version"]


def test_etags_of_both_units_are_accepted(door):
    pk = door.made(place("Ada said"))["id"]
    for read_in, write_in in (UNITS, UNITS[::-1]):
        tag = door.api.get(door.path(read_in, pk))["ETag"]
        response = door.api.patch(door.path(write_in, pk), {"note": f"read in {read_in}"}, if_match=tag)
        assert response.status_code == 200, response.content
        assert response["ETag"].endswith('.utf16"') == (write_in == "utf16")
        assert door.api.patch(door.path(write_in, pk), {"note": "late"}, if_match=tag).status_code == 412


def test_an_unknown_unit_is_refused(door):
    response = door.post(place("Ada said"), "bytes")
    assert (response.status_code, response.json()["code"]) == (400, "invalid-choice")
    assert response.json()["errors"][0]["pointer"] == "?offset_unit"


def test_spans_in_the_title(content):
    for unit in UNITS:
        answer = content.made({"part": "title", **place("Ada’s", unit, "title")}, unit)
        assert content.read(answer) == whole("Ada’s", unit=unit, part="title")
    assert content.read(content.made({"part": "title", "exact": "day"})) == whole("day", part="title")
    assert content.refused({"part": "title", "exact": "said no"})["code"] == "quote-not-found"


FORMS = [
    pytest.param({"exact": "Nobody objected"}, ["Nobody objected"], id="text alone, standing once"),
    pytest.param({"exact": "He said", "suffix": " yes"}, ["He said yes"], id="chosen by its suffix"),
    pytest.param({"exact": "He said", "prefix": ".  "}, ["He said yes"], id="chosen by its prefix"),
    pytest.param({"exact": "said", "prefix": "He ", "suffix": " no"}, ["said no"], id="chosen by both"),
    pytest.param({"start": None, "end": None, "exact": "closed", "prefix": None}, ["closed"], id="null is absent"),
    pytest.param(place("the end 🎉"), ["the end 🎉"], id="up to the end of the text"),
    pytest.param({**place("closed"), "prefix": " is ", "suffix": " 👍🏽"}, ["closed"], id="position, text and context"),
    pytest.param({"fragments": [place("no"), place("Nobody")]}, ["no", "Nobody"], id="fragments by position"),
    pytest.param({"fragments": [{"exact": "closed"}, place("May")]}, ["closed", "May"], id="fragments of both forms"),
    pytest.param({"fragments": [{"exact": "closed"}]}, ["closed"], id="one fragment is a plain span"),
    pytest.param(
        {"fragments": [{"exact": "closed"}, {"exact": "Nobody"}], "exact": "closed Nobody"},
        ["closed", "Nobody"],
        id="fragments and their joined text",
    ),
    pytest.param(
        {"fragments": [{"exact": "Nobody obj"}, {"exact": "ected,"}]}, ["Nobody obj", "ected,"], id="touching"
    ),
    pytest.param({"fragments": [{"exact": "closed"}, {"exact": "crew"}]}, ["closed", "crew"], id="out of text order"),
]


@pytest.mark.parametrize(("span", "words"), FORMS)
def test_forms_of_a_request(content, span, words):
    answer = content.made(span)
    found = content.read(answer)
    assert [BODY[f["start"] : f["end"]] for f in found["fragments"]] == [f["exact"] for f in found["fragments"]]
    assert found["exact"] == " ".join(f["exact"] for f in found["fragments"])
    expected = [w.removesuffix(" yes").removesuffix(" no") for w in words]
    assert [f["exact"] for f in found["fragments"]] == expected
    for words_here in words:  # the place is the right one of several
        assert any(BODY.startswith(words_here, f["start"]) for f in found["fragments"])
    extent = min(f["start"] for f in found["fragments"]), max(f["end"] for f in found["fragments"])
    assert (found["start"], found["end"]) == extent
    assert "warnings" not in answer


FOLDED = [
    ({"exact": '"we go - now"'}, "“we go — now”"),
    ({"exact": "no. He said"}, "no.  He said"),
    ({"exact": "crew 🧑🏽‍🤝‍🧑🏻. He"}, "crew 🧑🏽‍🤝‍🧑🏻.\nHe"),
    ({"part": "title", "exact": 'Ada\'s "big"'}, "Ada’s “big”"),
]


@pytest.mark.parametrize(("span", "words"), FOLDED)
def test_a_folded_match_has_the_texts_own_characters_and_a_warning(door, span, words):
    answer = door.made(span)
    assert door.read(answer) == whole(words, part=span.get("part", "body"))
    (warning,) = answer["warnings"]
    assert warning["code"] == "anchored-folded"
    assert warning["pointer"].endswith("/exact")
    assert "warnings" not in door.api.get(door.path(pk=answer["id"])).json()


SPLITTING = [
    ({"exact": "👩"}, ["/end"]),
    ({"exact": "🚀 Ada"}, ["/start"]),
    ({"exact": "cafe"}, ["/end"]),
    ({"fragments": [{"exact": "\u0301 is"}, {"exact": "closed"}]}, ["/fragments/0/start"]),
    ({"exact": "🏽‍🤝‍"}, ["/start", "/end"]),
]


@pytest.mark.parametrize(("span", "pointers"), SPLITTING)
def test_a_boundary_inside_a_grapheme_is_taken_with_a_warning(door, span, pointers):
    field = "".join(f"/{step}" for step in path_to(door.put("here"), "here"))
    warnings = door.made(span)["warnings"]
    assert [(w["code"], w["pointer"]) for w in warnings] == [("splits-grapheme", field + p) for p in pointers]


def path_to(value, wanted):
    """The steps from a JSON value to a string in it."""
    if value == wanted:
        return []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = ([step, *rest] for step, below in inner if (rest := path_to(below, wanted)) is not None)
    return next(found, None)
