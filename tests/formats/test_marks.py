"""Marks and links: what joins to one span, what belongs to what, and that nothing goes without a word."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.formats import Options, Report, Where
from annotations.formats.marks import Layer, Link, Mark
from annotations.formats.marks.documents import growing

HERE = Where("x")
TEXT = "Ann said we 🚀 stay, and Bo left."
SET = {"kind": "imported", "annotator": {"kind": "human", "name": "a", "version": "", "user": None}, "label": ""}


def mark(key: str, label: str, words: str, **fields: Any) -> Mark:
    at = TEXT.index(words)
    return Mark(key, label, at, at + len(words), words, HERE, fields)


ANN, SAID, WE, BO = (
    mark("ann", "Source", "Ann"),
    mark("said", "Cue", "said"),
    mark("we", "Content", "we 🚀 stay"),
    mark("bo", "Source", "Bo"),
)
LEFT = mark("left", "Content", "left")
OFF = Mark("off", "Content", 0, 3, "Eve", HERE, {})


def read(marks: list[Mark], *links: tuple[str, str, str], **mapping: Any) -> tuple[dict[str, Any], list[str]]:
    report, options = Report(), Options(mapping)
    found = growing(TEXT, {}, None, HERE, report, options, unit="code_points")
    assert found
    found.take(Layer(dict(SET), "", marks, [Link(*link, HERE) for link in links]))
    return found.finished(), [item["code"] for item in report.items]


def test_a_quote_with_all_that_belongs_to_it():
    document, codes = read(
        [ANN, SAID, WE, BO, LEFT],
        ("we", "ann", "source"),
        ("bo", "we", "addressee"),
        ("said", "we", ""),
        ("left", "we", "parent"),
    )
    (quote, inner) = document["quotes"]
    assert quote["cue"]["exact"] == "said"
    roles = {source["mention"]: source["role"] for source in quote["sources"]}
    names = {f"#{mention['key']}": mention["span"]["exact"] for mention in document["mentions"]}
    assert {names[mention]: role for mention, role in roles.items()} == {"Ann": "source", "Bo": "addressee"}
    assert inner["parent"] == f"#{quote['key']}"
    assert codes == []


def test_a_source_of_a_cue_is_that_of_its_quote():
    document, codes = read([ANN, SAID, WE], ("said", "ann", "source"), ("said", "we", "cue"))
    assert [source["role"] for source in document["quotes"][0]["sources"]] == ["source"]
    assert codes == []


def test_pieces_in_the_annotators_order():
    document, codes = read([LEFT, WE], ("left", "we", "piece"), ("left", "we", "piece"))
    (quote,) = document["quotes"]
    assert [piece["exact"] for piece in quote["content"]["fragments"]] == ["left", "we 🚀 stay"]
    assert codes == []


@pytest.mark.parametrize(
    ("marks", "links", "codes"),
    [
        ([WE, LEFT], [("we", "left", "piece"), ("left", "we", "piece")], ["pieces-in-circle"] * 2),
        ([WE, OFF], [("we", "off", "piece")], ["exact-mismatch", "part-refused"]),
        ([WE, LEFT], [("we", "left", "parent"), ("left", "we", "parent")], ["parent-refused"] * 2),
        ([ANN, OFF], [("off", "ann", "source")], ["exact-mismatch", "relation-not-kept"]),
        ([ANN, BO], [("bo", "ann", "knows")], ["relation-not-kept"]),
        ([WE, LEFT], [("we", "left", "")], ["relation-not-kept"]),
        ([WE, ANN], [("we", "gone", "source")], ["relation-not-kept"]),
        ([WE, ANN], [("we", "ann", "hero")], ["relation-read-as"]),
        ([SAID], [], ["no-quote"]),
        ([WE, WE], [], ["id-repeated"]),
        ([ANN, ANN._replace(key="2")], [], ["mention-repeated"]),
        ([ANN._replace(label="Weather")], [], ["label-not-mapped"]),
        ([WE, SAID, LEFT._replace(label="Cue")], [("we", "said", ""), ("we", "left", "")], ["several-on-one"]),
        (
            [WE, LEFT, ANN._replace(label="Content")],
            [("we", "left", "piece"), ("we", "ann", "piece")],
            ["relation-not-kept"],
        ),
    ],
)
def test_nothing_goes_without_a_word(marks: list[Mark], links: list[tuple[str, str, str]], codes: list[str]):
    assert read(marks, *links)[1] == codes


def test_a_mapping():
    labels = {"Zitat": {"object": "quote", "type": "direct", "act": "nonsense"}, "source": "cue"}
    document, codes = read(
        [WE._replace(label="zitat"), ANN._replace(label="Person 1"), SAID._replace(label="Source")],
        ("we", "ann", "gesagt von"),
        ("we", "said", ""),
        labels=labels,
        object="mention",
        relations={"Gesagt von": "spokesperson"},
    )
    (quote,) = document["quotes"]
    assert (quote["type"], quote["cue"]["exact"]) == ("direct", "said")
    assert "act" not in quote
    assert [source["role"] for source in quote["sources"]] == ["spokesperson"]
    assert document["mentions"][0]["tags"] == ["Person 1"]
    assert codes == []


def test_two_passes_of_one_annotator_are_two_sets():
    report = Report()
    found = growing(TEXT, {}, None, HERE, report, Options(), unit="code_points")
    assert found
    for _ in range(3):
        found.take(Layer(dict(SET), "", [WE]))
    assert [held["label"] for held in found.finished()["sets"]] == ["", "2", "3"]
