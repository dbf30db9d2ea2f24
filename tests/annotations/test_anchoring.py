"""From a request to a span: every rule and every code of the contract's section 2."""

import pytest

from annotations.anchoring import CANDIDATES_SHOWN, CONTEXT_SHOWN, FOUND_SHOWN
from annotations.spans import MATCHES_COUNTED, Span
from articles.text import normalise
from tests.annotations.anchors import FAMILY, FRANCE, HEBREW, SMILE, at, refused, resolved

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
