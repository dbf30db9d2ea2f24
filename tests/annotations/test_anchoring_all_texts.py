"""What holds for all texts and all spans on them."""

from hypothesis import assume, given
from hypothesis import strategies as st

from annotations.anchoring import resolve
from annotations.spans import SpanRefused, in_utf16
from articles.text import Utf16Index
from tests.annotations.anchors import anchors, at, refused, resolved, texts_and_spans, texts_with_two_cuts


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
