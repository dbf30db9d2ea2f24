"""From a request to a span: every rule and every code of the contract's section 2."""

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from annotations.spans import (
    CANDIDATES_SHOWN,
    CONTEXT_SHOWN,
    FOUND_SHOWN,
    MATCHES_COUNTED,
    AnchorText,
    Span,
    SpanRefused,
    in_utf16,
    resolve,
)
from articles.text import Utf16Index, normalise

SMILE = "\U0001f600"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FRANCE = "\U0001f1eb\U0001f1f7"
HEBREW = "\u05e9\u05c1\u05dc\u05d5\u05dd"  # shalom with a point on its first letter


def anchors(body, title=""):
    return {"body": AnchorText(body), "title": AnchorText(title)}


def resolved(body, request, *, utf16=False, title=""):
    """The span, and the warnings as (code, pointer)."""
    span, warnings = resolve(request, anchors(body, title), utf16=utf16)
    return span, [(warning.code, warning.pointer) for warning in warnings]


def refused(body, request, *, utf16=False, title=""):
    with pytest.raises(SpanRefused) as caught:
        resolve(request, anchors(body, title), utf16=utf16)
    assert caught.value.detail == str(caught.value)
    assert caught.value.detail.endswith(".")
    return caught.value


def at(start, end, exact=None, **more):
    return {"start": start, "end": end, "exact": exact, **more}


# The value


def test_one_piece_as_json_and_as_columns():
    span = Span("body", ((4, 9),), "quick")
    assert span.to_json() == {
        "part": "body",
        "start": 4,
        "end": 9,
        "exact": "quick",
        "fragments": [{"start": 4, "end": 9, "exact": "quick"}],
    }
    assert span.flat is None
    assert Span.from_columns("body", 4, 9, "quick", None) == span


def test_several_pieces_keep_the_annotators_order():
    span = Span("title", ((10, 13), (0, 3), (3, 5)), "fox the q ")
    assert (span.start, span.end) == (0, 13)
    assert span.piece_texts == ["fox", "the", "q "]
    assert span.flat == [10, 13, 0, 3, 3, 5]
    assert Span.from_columns("title", 0, 13, "fox the q ", span.flat) == span


def test_in_utf16_recounts_all_offsets_and_leaves_the_original():
    text = f"{SMILE}ab{SMILE}cd"
    given_json = Span("body", ((1, 3), (3, 5)), f"ab {SMILE}c").to_json()
    shown = in_utf16(given_json, Utf16Index(text))
    assert (shown["start"], shown["end"]) == (2, 7)
    assert shown["fragments"] == [{"start": 2, "end": 4, "exact": "ab"}, {"start": 4, "end": 7, "exact": f"{SMILE}c"}]
    assert given_json["start"] == 1


# Position and text


@pytest.mark.parametrize(
    ("text", "code_points", "utf16", "exact", "warned"),
    [
        ("The quick fox", (4, 9), (4, 9), "quick", []),
        ("The quick fox", (0, 13), (0, 13), "The quick fox", []),
        (f"{SMILE} fox", (2, 5), (3, 6), "fox", []),
        (f"a {SMILE} b", (0, 5), (0, 6), f"a {SMILE} b", []),
        (f"fox {SMILE}", (4, 5), (4, 6), SMILE, []),
        (f"{FAMILY} fox", (6, 9), (9, 12), "fox", []),
        (f"a {FAMILY} b", (2, 9), (2, 12), f"{FAMILY} b", []),
        (f"fox {FAMILY}", (4, 9), (4, 12), FAMILY, []),
        (f"fox {FAMILY}", (4, 5), (4, 6), FAMILY[0], ["end"]),
        (f"fox {FAMILY}", (6, 9), (7, 12), FAMILY[2:], ["start"]),
        (f"{FAMILY}", (1, 2), (2, 3), "\u200d", ["start", "end"]),
        (f"{FRANCE}{FRANCE}", (2, 4), (4, 8), FRANCE, []),
        (f"{FRANCE}{FRANCE}", (1, 3), (2, 6), FRANCE[::-1], ["start", "end"]),
        ("caf\u00e9 noir", (0, 4), (0, 4), "caf\u00e9", []),
        ("cafe\u0301 noir", (0, 5), (0, 5), "cafe\u0301", []),
        ("cafe\u0301 noir", (0, 4), (0, 4), "cafe", ["end"]),
        (f"{HEBREW} olam", (0, 5), (0, 5), HEBREW, []),
        (f"{HEBREW} olam", (1, 5), (1, 5), HEBREW[1:], ["start"]),
        ("\u202eabc\u202c", (1, 4), (1, 4), "abc", []),
        ("a\ufeffb", (2, 3), (2, 3), "b", []),
        ("line\nnext", (4, 9), (4, 9), "\nnext", []),
    ],
)
def test_position_and_text_in_both_units(text, code_points, utf16, exact, warned):
    expected = Span("body", (code_points,), exact)
    warnings = [("splits-grapheme", f"/{key}") for key in warned]
    assert resolved(text, at(*code_points) | {"exact": exact}) == (expected, warnings)
    assert resolved(text, at(*utf16) | {"exact": exact}, utf16=True) == (expected, warnings)


def test_offsets_count_the_normalised_text():
    body = normalise("\ufeffone\r\ntwo")
    assert resolved(body, at(4, 7, "two"))[0].pieces == ((4, 7),)
    assert refused(body, at(5, 8, "two")).code == "span-out-of-range"


def test_the_title_is_a_text_of_its_own():
    request = at(0, 3, "Fox", part="title")
    assert resolved("The fox", request, title="Fox!")[0] == Span("title", ((0, 3),), "Fox")
    assert refused("The fox", at(0, 3, "Fox"), title="Fox!").code == "exact-mismatch"
    assert refused("The fox", request).extra == {"length": 0}
    assert resolved("The fox", {"exact": "Fox", "part": "title"}, title="Fox!")


def test_none_stands_for_absent():
    nothing = dict.fromkeys(("part", "prefix", "suffix", "fragments"))
    assert resolved("The fox", at(4, 7, "fox", **nothing))[0].part == "body"
    assert resolved("The fox", at(None, None, "fox", **nothing))[0].start == 4


@pytest.mark.parametrize(
    ("request_", "code", "pointer"),
    [
        ({}, "span-empty", ""),
        ({"part": "body", "prefix": "The "}, "span-empty", ""),
        ({"exact": ""}, "span-empty", "/exact"),
        (at(0, 3, ""), "span-empty", "/exact"),
        (at(3, 3, "fox"), "span-empty", "/end"),
        (at(4, 3, "fox"), "span-empty", "/end"),
        ({"fragments": []}, "span-empty", "/fragments"),
        (at(4, 7, "fox", fragments=[]), "span-empty", "/fragments"),
        ({"fragments": [{"exact": "The"}, {}]}, "span-empty", "/fragments/1"),
        (at(0, 3), "exact-required", "/exact"),
        ({"fragments": [at(0, 3)]}, "exact-required", "/fragments/0/exact"),
        (at(0, None), "start-and-end-required", "/end"),
        (at(None, 3, "The"), "start-and-end-required", "/start"),
        ({"fragments": [at(0, None, "T")]}, "start-and-end-required", "/fragments/0/end"),
        (at(5, 8, "fox"), "span-out-of-range", "/end"),
        (at(90, 99, "fox"), "span-out-of-range", "/end"),
        (at(-3, 7, "fox"), "span-out-of-range", "/start"),
        (at(4, 10**30, "fox"), "span-out-of-range", "/end"),
        (at(4, 7, "Fox"), "exact-mismatch", "/exact"),
        (at(4, 6, "fox"), "exact-mismatch", "/exact"),
        (at(4, 7, "fo"), "exact-mismatch", "/exact"),
        ({"fragments": [{"exact": "cat"}]}, "quote-not-found", "/fragments/0/exact"),
        (at(4, 7, "fox", prefix="A "), "context-mismatch", "/prefix"),
        (at(4, 7, "fox", suffix="."), "context-mismatch", "/suffix"),
        (at(0, 3, "The", prefix="x"), "context-mismatch", "/prefix"),
    ],
)
@pytest.mark.parametrize("utf16", [False, True])
def test_refusals(request_, code, pointer, utf16):
    refusal = refused("The fox", request_, utf16=utf16)
    assert (refusal.code, refusal.pointer) == (code, pointer)


def test_context_beside_a_position_must_stand_there():
    request = at(4, 7, "fox", prefix="The ", suffix="")
    assert resolved("The fox", request)[0].start == 4
    assert refused("The fox", {**request, "prefix": "A "}).extra == {"found": "e "}
    assert refused("The fox!", {**request, "suffix": "?"}).extra == {"found": "!"}


def test_the_context_shown_is_80_characters_at_most():
    text = "a" * 200 + "fox" + "b" * 200
    for key, found in (("prefix", "a" * FOUND_SHOWN), ("suffix", "b" * FOUND_SHOWN)):
        assert refused(text, at(200, 203, "fox", **{key: "x" * 150})).extra == {"found": found}


def test_a_mismatch_shows_what_is_there_in_80_characters_at_most():
    assert refused("The fox", at(0, 3, "the")).extra == {"found": "The"}
    long = refused("é" * 500, at(100, 400, "x" * 300)).extra["found"]
    assert long == "é" * FOUND_SHOWN


@pytest.mark.parametrize(
    ("text", "request_", "utf16", "code", "hint"),
    [
        (f"{SMILE} the fox", at(7, 10, "fox"), False, "span-out-of-range", "utf16"),
        (f"{SMILE} fox ran", at(3, 6, "fox"), False, "exact-mismatch", "utf16"),
        (f"{SMILE} fox", at(2, 5, "fox"), True, "exact-mismatch", "code points"),
        (f"{SMILE * 2} fo", at(3, 5, "fo"), True, "splits-surrogate-pair", "code points"),
        (f"{SMILE} fox", at(2, 5, "cat"), False, "exact-mismatch", None),
        (f"{SMILE} fox", at(1, 4, "fox"), False, "exact-mismatch", None),
        (f"{SMILE} fox", at(3, 6, "cat"), True, "exact-mismatch", None),
        (f"{SMILE} fox", at(1, 4, "fox"), True, "splits-surrogate-pair", None),
        (f"{SMILE} fox", at(3, 99, "fox"), False, "span-out-of-range", None),
        ("plain fox", at(5, 8, "fox"), False, "exact-mismatch", None),
        ("plain fox", at(-3, 0, "fox"), False, "span-out-of-range", None),
        ("plain fox", at(-3, 0, "fox"), True, "span-out-of-range", None),
    ],
)
def test_the_hint_that_the_other_unit_fits(text, request_, utf16, code, hint):
    refusal = refused(text, request_, utf16=utf16)
    assert refusal.code == code
    assert refusal.extra.get("hint") == (f"offsets look like {hint}" if hint else None)


@pytest.mark.parametrize(("start", "end", "pointer"), [(3, 4, "/start"), (0, 3, "/end"), (3, 7, "/start")])
def test_utf16_offsets_inside_a_pair(start, end, pointer):
    refusal = refused(f"a {SMILE}b{SMILE}", at(start, end, "x"), utf16=True)
    assert (refusal.code, refusal.pointer) == ("splits-surrogate-pair", pointer)


def test_the_length_of_the_text_is_told_in_the_requests_unit():
    request = at(4, 99, "x")
    assert refused(f"fox {SMILE}", request).extra == {"length": 5}
    assert refused(f"fox {SMILE}", request, utf16=True).extra == {"length": 6}


# Text alone


@pytest.mark.parametrize(
    ("text", "request_", "pieces"),
    [
        ("The fox", {"exact": "fox"}, (4, 7)),
        ("The fox", {"exact": "The fox"}, (0, 7)),
        (f"{FAMILY} fox", {"exact": "fox"}, (6, 9)),
        (f"fox {FAMILY}", {"exact": FAMILY}, (4, 9)),
        ("no no no", {"exact": "no", "prefix": "no ", "suffix": " no"}, (3, 5)),
        ("no no no", {"exact": "no", "prefix": "no no "}, (6, 8)),
        ("no no no", {"exact": "no", "suffix": " no no"}, (0, 2)),
        ("a “b” b", {"exact": "b", "prefix": "“"}, (3, 4)),
    ],
)
@pytest.mark.parametrize("utf16", [False, True])
def test_text_alone_found_once(text, request_, pieces, utf16):
    span, warnings = resolved(text, request_, utf16=utf16)
    assert (span.pieces, span.exact) == ((pieces,), request_["exact"])
    assert warnings == []


@pytest.mark.parametrize(
    ("text", "request_", "exact"),
    [
        ("He said: “It’s over.”", {"exact": '"It\'s over."'}, "“It’s over.”"),
        ("Il dit «\u00a0oui\u00a0».", {"exact": '" oui "'}, "«\u00a0oui\u00a0»"),
        ("one\n\n  two", {"exact": "one two"}, "one\n\n  two"),
        ("one two", {"exact": "one\r\ntwo"}, "one two"),
        ("10\u202f000 men", {"exact": "10 000 men"}, "10\u202f000 men"),
        ("then — he left", {"exact": "then - he"}, "then — he"),
        ('a "plain" word', {"exact": "„plain“"}, '"plain"'),
        ("x\n\ny “a” y “b”", {"exact": "y", "prefix": 'a" '}, "y"),
        ('a "b" a', {"exact": "a", "prefix": "„b“\u00a0"}, "a"),
        ("a's a", {"exact": "a", "suffix": "’s"}, "a"),
        (f"{SMILE}\n\n“{FAMILY}”", {"exact": f'"{FAMILY}"'}, f"“{FAMILY}”"),
    ],
)
@pytest.mark.parametrize("utf16", [False, True])
def test_folded_text_gives_the_texts_own_characters(text, request_, exact, utf16):
    span, warnings = resolved(text, request_, utf16=utf16)
    assert span.exact == exact == text[span.start : span.end]
    assert warnings == [("anchored-folded", "/exact")]


def test_a_literal_match_wins_over_folded_ones():
    span, warnings = resolved('“No” and "No"', {"exact": '"No"'})
    assert (span.pieces, warnings) == (((9, 13),), [])


def test_case_and_accents_are_not_folded():
    for exact in ("the fox", "The f\u00f3x", "Thefox"):
        refusal = refused("The fox", {"exact": exact})
        assert (refusal.code, refusal.pointer) == ("quote-not-found", "/exact")
    assert refused("caf\u00e9", {"exact": "cafe\u0301"}).code == "quote-not-found"


def test_not_found_says_when_only_the_context_is_wrong():
    refusal = refused("The fox", {"exact": "fox", "prefix": "A "})
    assert refusal.code == "quote-not-found"
    assert "prefix" in refusal.detail
    assert "prefix" not in refused("The fox", {"exact": "cat"}).detail


def test_candidates_are_told_in_the_requests_unit_and_can_be_sent_back():
    text = f"{SMILE} no, {SMILE} no"
    contexts = [{"prefix": f"{SMILE} ", "suffix": f", {SMILE} no"}, {"prefix": f"{SMILE} no, {SMILE} ", "suffix": ""}]
    for utf16, places in ((False, [(2, 4), (8, 10)]), (True, [(3, 5), (10, 12)])):
        refusal = refused(text, {"exact": "no"}, utf16=utf16)
        assert (refusal.code, refusal.pointer) == ("quote-ambiguous", "/exact")
        assert refusal.extra == {
            "count": 2,
            "candidates": [
                {"start": start, "end": end, **context} for (start, end), context in zip(places, contexts, strict=True)
            ],
        }
        for candidate, start in zip(refusal.extra["candidates"], (2, 8), strict=True):
            span, _ = resolved(text, {**candidate, "exact": "no"}, utf16=utf16)
            assert span.start == start


def test_overlapping_occurrences_are_several():
    candidates = refused("aaa", {"exact": "aa"}).extra["candidates"]
    assert [candidate["start"] for candidate in candidates] == [0, 1]


def test_ambiguous_when_folded():
    refusal = refused("“a”\n«a»", {"exact": '"a"'})
    assert refusal.code == "quote-ambiguous"
    assert [c["end"] for c in refusal.extra["candidates"]] == [3, 7]


def test_candidates_and_their_context_are_limited():
    refusal = refused("ab" * 60, {"exact": "ab"})
    assert refusal.extra["count"] == 60
    assert len(refusal.extra["candidates"]) == CANDIDATES_SHOWN
    last = refusal.extra["candidates"][-1]
    assert (len(last["prefix"]), len(last["suffix"])) == (CONTEXT_SHOWN, CONTEXT_SHOWN)
    assert " 60 times" in refusal.detail


def test_counting_stops():
    refusal = refused("a" * 10 * MATCHES_COUNTED, {"exact": "aa"})
    assert refusal.extra["count"] == MATCHES_COUNTED
    assert f"at least {MATCHES_COUNTED} times" in refusal.detail


def test_text_alone_warns_of_a_split_grapheme_too():
    span, warnings = resolved("cafe\u0301", {"exact": "cafe"})
    assert warnings == [("splits-grapheme", "/end")]
    assert span.pieces == ((0, 4),)


# Fragments

FOX = "The quick brown fox"


@pytest.mark.parametrize(
    ("fragments", "pieces", "exact"),
    [
        ([at(4, 9, "quick")], [(4, 9)], "quick"),
        ([at(0, 3, "The"), at(16, 19, "fox")], [(0, 3), (16, 19)], "The fox"),
        ([at(16, 19, "fox"), at(0, 3, "The")], [(16, 19), (0, 3)], "fox The"),
        ([at(4, 6, "qu"), at(6, 9, "ick")], [(4, 6), (6, 9)], "qu ick"),
        ([at(6, 9, "ick"), at(4, 6, "qu")], [(6, 9), (4, 6)], "ick qu"),
        ([{"exact": "The"}, {"exact": "fox"}], [(0, 3), (16, 19)], "The fox"),
        ([{"exact": "The"}, at(16, 19, "fox")], [(0, 3), (16, 19)], "The fox"),
        ([{"exact": "o", "prefix": "f"}], [(17, 18)], "o"),
        ([{"exact": "o", "suffix": "wn"}, {"exact": "T"}], [(12, 13), (0, 1)], "o T"),
    ],
)
def test_fragments(fragments, pieces, exact):
    span, warnings = resolved(FOX, {"fragments": fragments})
    assert span == Span("body", tuple(pieces), exact)
    assert warnings == []


@pytest.mark.parametrize(
    ("places", "named", "shared"),
    [
        ([(0, 5), (4, 9)], [0, 1], 4),
        ([(4, 9), (0, 5)], [0, 1], 4),
        ([(4, 9), (4, 9)], [0, 1], 4),
        ([(0, 3), (16, 19), (2, 4)], [0, 2], 2),
        ([(4, 5), (0, 19)], [0, 1], 4),
    ],
)
def test_overlapping_fragments(places, named, shared):
    fragments = [at(start, end, FOX[start:end]) for start, end in places]
    refusal = refused(FOX, {"fragments": fragments})
    assert refusal.code == "fragments-overlap"
    assert refusal.pointer == f"/fragments/{named[1]}"
    assert refusal.extra == {"fragments": named}
    assert f"at {shared}." in refusal.detail


@pytest.mark.parametrize(
    ("outer", "code", "pointer"),
    [
        ({"start": 1}, "fragments-differ", "/start"),
        ({"end": 18}, "fragments-differ", "/end"),
        ({"start": 0, "end": 3}, "fragments-differ", "/end"),
        ({"exact": "Thefox"}, "exact-mismatch", "/exact"),
        ({"exact": FOX}, "exact-mismatch", "/exact"),
        ({"exact": ""}, "exact-mismatch", "/exact"),
        ({"prefix": "x"}, "context-mismatch", "/prefix"),
        ({"suffix": "x"}, "context-mismatch", "/suffix"),
    ],
)
def test_what_stands_beside_fragments_must_agree(outer, code, pointer):
    fragments = [at(0, 3, "The"), at(16, 19, "fox")]
    refusal = refused(FOX, {**outer, "fragments": fragments})
    assert (refusal.code, refusal.pointer) == (code, pointer)


@pytest.mark.parametrize("outer", [{"start": 0}, {"end": 19}, {"exact": "fox The"}, at(0, 19, "fox The")])
def test_what_stands_beside_fragments_may_agree(outer):
    fragments = [at(16, 19, "fox"), at(0, 3, "The")]
    span, _ = resolved(FOX, {**outer, "fragments": fragments})
    assert span.pieces == ((16, 19), (0, 3))


def test_fragments_in_utf16():
    text = f"{SMILE}a{SMILE}b"
    fragments = [at(3, 6, f"{SMILE}b"), at(2, 3, "a")]
    request = {"start": 2, "end": 6, "fragments": fragments}
    span, _ = resolved(text, request, utf16=True)
    assert span.pieces == ((2, 4), (1, 2))
    refusal = refused(text, {**request, "start": 1}, utf16=True)
    assert "start at 2" in refusal.detail
    overlap = [at(2, 5, f"a{SMILE}"), at(3, 5, SMILE)]
    assert "at 3." in refused(text, {"fragments": overlap}, utf16=True).detail


def test_refusals_and_warnings_point_into_the_fragment():
    fragments = [{"exact": "The"}, at(16, 19, "cat")]
    refusal = refused(FOX, {"fragments": fragments})
    assert (refusal.code, refusal.pointer) == ("exact-mismatch", "/fragments/1/exact")
    fragments = [at(0, 1, "e"), {"exact": '"x"'}]
    assert resolved("e\u0301 “x”", {"fragments": fragments})[1] == [
        ("splits-grapheme", "/fragments/0/end"),
        ("anchored-folded", "/fragments/1/exact"),
    ]


def test_warnings_count_in_the_requests_unit():
    for utf16, start in ((False, 4), (True, 5)):
        _, (warning,) = resolve({"exact": "\u0301"}, anchors(f"{SMILE} ce\u0301"), utf16=utf16)
        assert f"`start` {start} lies inside" in warning.detail


def test_touching_pieces_inside_a_grapheme_warn_at_both_boundaries():
    fragments = [at(0, 1, "e"), at(1, 2, "\u0301")]
    assert resolved("e\u0301", {"fragments": fragments})[1] == [
        ("splits-grapheme", "/fragments/0/end"),
        ("splits-grapheme", "/fragments/1/start"),
    ]


# For all texts

characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")
tricky = st.sampled_from([SMILE, "\u200d", "\u0301", *FRANCE, "\ufeff", " ", "\n", "a"])
bodies = st.text(characters | tricky, min_size=1, max_size=60)


@st.composite
def texts_and_spans(draw):
    """A text, and a span of one or more pieces in any order, some of them touching."""
    body = draw(bodies)
    cut = st.integers(0, len(body))
    cuts = sorted(draw(st.sets(cut, min_size=2, max_size=8)))
    between = list(pairwise(cuts))
    chosen = draw(st.lists(st.sampled_from(between), min_size=1, unique=True))
    exact = " ".join(body[start:end] for start, end in chosen)
    return body, Span("body", tuple(chosen), exact)


def texts_with_two_cuts():
    return texts_and_spans().map(lambda drawn: (drawn[0], *drawn[1].pieces[0]))


@given(texts_and_spans())
def test_a_span_in_a_response_can_be_sent_back(drawn):
    body, span = drawn
    texts = anchors(body)
    shown = in_utf16(span.to_json(), texts["body"].index)
    assert resolve(span.to_json(), texts)[0] == span
    assert resolve(shown, texts, utf16=True)[0] == span
    for fragment in shown["fragments"]:
        units = body.encode("utf-16-le")[2 * fragment["start"] : 2 * fragment["end"]]
        assert units.decode("utf-16-le") == fragment["exact"]


@given(texts_and_spans())
def test_a_span_comes_back_from_its_columns(drawn):
    body, span = drawn
    columns = ("body", span.start, span.end, span.exact, span.flat)
    assert Span.from_columns(*columns) == span
    assert span.piece_texts == [body[start:end] for start, end in span.pieces]


@given(texts_with_two_cuts())
def test_text_alone_finds_what_is_there_once_and_only_that(drawn):
    body, start, end = drawn
    exact = body[start:end]
    places = [i for i in range(len(body)) if body.startswith(exact, i)]
    if len(places) == 1:
        span, warnings = resolved(body, {"exact": exact})
        assert span.pieces == ((start, end),)
        assert "anchored-folded" not in dict(warnings)
    else:
        refusal = refused(body, {"exact": exact})
        assert refusal.code == "quote-ambiguous"
        assert refusal.extra["count"] == len(places)


@given(texts_with_two_cuts())
def test_whole_context_makes_any_place_unique(drawn):
    body, start, end = drawn
    request = {"exact": body[start:end], "prefix": body[:start], "suffix": body[end:]}
    span, _ = resolved(body, request)
    assert span.pieces == ((start, end),)


def outcome(request, body, utf16):
    """The refusal or None, the span or None."""
    try:
        return None, resolve(request, anchors(body), utf16=utf16)[0]
    except SpanRefused as refusal:
        return refusal, None


@given(texts_with_two_cuts(), st.integers(-3, 130), st.integers(-3, 130), st.booleans())
def test_any_offsets_give_the_text_there_or_a_refusal(drawn, start, end, utf16):
    body, first, last = drawn
    exact = body[first:last]
    refusal, span = outcome(at(start, end, exact), body, utf16)
    if refusal:
        assert refusal.code in {"span-empty", "span-out-of-range", "splits-surrogate-pair", "exact-mismatch"}
        return
    assert body[span.start : span.end] == exact
    shown = in_utf16(span.to_json(), Utf16Index(body)) if utf16 else span.to_json()
    assert (shown["start"], shown["end"]) == (start, end)


@given(texts_with_two_cuts())
def test_offsets_in_the_wrong_unit_are_taken_only_where_they_fit_or_hinted_at(drawn):
    body, start, end = drawn
    index = Utf16Index(body)
    counted_in_utf16 = index.to_utf16(start), index.to_utf16(end)
    assume(counted_in_utf16 != (start, end))
    for places, utf16 in ((counted_in_utf16, False), ((start, end), True)):
        refusal, span = outcome(at(*places) | {"exact": body[start:end]}, body, utf16)
        if refusal:
            assert refusal.extra["hint"] == f"offsets look like {'code points' if utf16 else 'utf16'}"
        else:
            assert span.exact == body[start:end]
