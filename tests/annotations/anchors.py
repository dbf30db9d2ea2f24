"""Spans asked of a text that is at hand, and texts with spans as Hypothesis draws them."""

from itertools import pairwise

import pytest
from hypothesis import strategies as st

from annotations.anchoring import resolve
from annotations.spans import AnchorText, Span, SpanRefused

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
