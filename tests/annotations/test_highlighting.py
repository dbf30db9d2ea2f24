"""Texts cut into segments: by table, and whatever the spans."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.highlighting import Mark, between, lanes, passage, segments


def mark(key: str, *pieces: tuple[int, int]) -> Mark:
    return Mark(key, pieces)


@pytest.mark.parametrize(
    ("text", "marks", "expected"),
    [
        ("", [], []),
        ("abc", [], [("abc", "")]),
        ("abc", [mark("q", (0, 3))], [("abc", "q")]),
        ("abcdef", [mark("q", (1, 3))], [("a", ""), ("bc", "q"), ("def", "")]),
        ("abcdef", [mark("o", (0, 6)), mark("i", (2, 4))], [("ab", "o"), ("cd", "oi"), ("ef", "o")]),
        ("abcdef", [mark("a", (0, 4)), mark("b", (2, 6))], [("ab", "a"), ("cd", "ab"), ("ef", "b")]),
        ("abcdef", [mark("d", (0, 2), (4, 6))], [("ab", "d"), ("cd", ""), ("ef", "d")]),
        ("abcd", [mark("t", (0, 2), (2, 4))], [("ab", "t"), ("cd", "t")]),
        ("abcd", [mark("1", (0, 2)), mark("2", (2, 4))], [("ab", "1"), ("cd", "2")]),
        ("abcd", [mark("1", (0, 4)), mark("2", (0, 4))], [("abcd", "12")]),
        ("a😀e\u0301b", [mark("q", (1, 2)), mark("c", (2, 4))], [("a", ""), ("😀", "q"), ("e\u0301", "c"), ("b", "")]),
    ],
)
def test_segments(text: str, marks: list[Mark], expected: list[tuple[str, str]]) -> None:
    assert [(s.text, "".join(map(str, s.keys))) for s in segments(text, marks)] == expected


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([mark("a", (0, 5)), mark("b", (5, 9))], {"a": 0, "b": 0}),
        ([mark("out", (0, 9)), mark("in", (3, 5))], {"in": 0, "out": 1}),
        ([mark("a", (0, 5)), mark("b", (4, 9))], {"a": 0, "b": 1}),
        ([mark("d", (0, 1), (8, 9)), mark("between", (3, 5))], {"between": 0, "d": 1}),
    ],
)
def test_lanes(marks: list[Mark], expected: dict[str, int]) -> None:
    assert lanes(marks) == expected


TEXT = "One.\nTwo two two.\nThree."


@pytest.mark.parametrize(
    ("spans", "around", "shown"),
    [
        ([(9, 12)], 240, "Two two two."),
        ([(9, 12)], 2, "o two t"),
        ([(0, 3)], 240, "One."),
        ([(18, 23)], 240, "Three."),
        ([(0, 3), (18, 23)], 240, TEXT),
    ],
)
def test_passage(spans: list[tuple[int, int]], around: int, shown: str) -> None:
    start, end = passage(TEXT, spans, around)
    assert TEXT[start:end] == shown


@pytest.mark.parametrize(("start", "end", "shown"), [(0, 6, "ab cd ef"), (1, 5, "b cd e"), (2, 4, "cd"), (3, 3, "")])
def test_between(start: int, end: int, shown: str) -> None:
    found = between(segments("abcdef", [mark("q", (2, 4))]), start, end)
    assert " ".join(segment.text for segment in found) == shown
    assert all(segment.text == "abcdef"[segment.start : segment.end] for segment in found)


@st.composite
def marked(draw: Any) -> tuple[str, list[Mark]]:
    text = draw(st.text(alphabet="ab😀\u0301א\n", min_size=1, max_size=40))
    offsets = st.integers(0, len(text))
    piece = st.tuples(offsets, offsets).filter(lambda piece: piece[0] < piece[1])
    found = draw(st.lists(st.lists(piece, min_size=1, max_size=3), max_size=8))
    return text, [Mark(number, tuple(pieces)) for number, pieces in enumerate(found)]


@given(marked())
def test_whatever_the_spans(case: tuple[str, list[Mark]]) -> None:
    text, marks = case
    found = segments(text, marks)
    assert "".join(segment.text for segment in found) == text
    for segment in found:
        assert segment.text == text[segment.start : segment.end]
        covering = {m.key for m in marks if any(s < segment.end and e > segment.start for s, e in m.pieces)}
        assert set(segment.keys) == covering
    lane = lanes(marks)
    for one in marks:
        for other in marks:
            if one.key != other.key and one.start < other.end and other.start < one.end:
                assert lane[one.key] != lane[other.key]
