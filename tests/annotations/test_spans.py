"""What a span is: one value, as columns, as JSON, and in both units."""

from hypothesis import given

from annotations.spans import Span, in_utf16
from articles.text import Utf16Index
from tests.annotations.anchors import SMILE, texts_and_spans


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


@given(texts_and_spans())
def test_a_span_comes_back_from_its_columns(drawn):
    body, span = drawn
    columns = ("body", span.start, span.end, span.exact, span.flat)
    assert Span.from_columns(*columns) == span
    assert span.piece_texts == [body[start:end] for start, end in span.pieces]
