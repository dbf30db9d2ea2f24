"""Spans of several pieces: each found by itself, together one span, none over another."""

import pytest

from annotations.anchoring import resolve
from annotations.spans import Span
from tests.annotations.anchors import SMILE, anchors, at, refused, resolved

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
