"""The project's own format: every document back as it was, and every kind of damage named."""

from __future__ import annotations

import json

import pytest

from annotations.formats import Refused
from tests.formats.fuzz import fuzz
from tests.formats.samples import documents, made_up, read_back, seed, written


def outcome(report):
    return [(item["outcome"], item["code"], item["line"]) for item in report.items]


def test_round_trip():
    given = documents()
    data, out = written("ndjson", given)
    back, report = read_back("ndjson", data)
    assert back == given[:-1], "a document without anything in it leaves no trace"
    assert report.items == []
    assert report.counts["quotes"] == out.counts["quotes"] == 29
    assert written("ndjson", back)[0] == data


def test_lines_are_what_the_docstring_says():
    lines = [json.loads(line) for line in written("ndjson", documents())[0].splitlines()]
    assert [line["record"] for line in lines] == ["header", "speaker", *["document"] * 3, "end"]
    assert lines[0]["format"] == "onrecord/1"
    assert lines[-1]["counts"]["articles"] == 3


def test_single_objects_come_together_and_in_order():
    speakers = [{"speakers": [{"id": str(n), "name": str(n)}]} for n in range(501)]
    data, _ = written("ndjson", [*speakers, {"claims": [{"id": "c", "text": "t"}]}, made_up()])
    back, _ = read_back("ndjson", data)
    assert [{name: len(found[name]) for name in ("speakers", "claims") if name in found} for found in back] == [
        {"speakers": 500},
        {"speakers": 1},
        {"claims": 1},
        {"speakers": 2, "claims": 2},
    ]


def test_bom_crlf_and_blank_lines_change_nothing():
    data, _ = written("ndjson", documents())
    messy = b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n\r\n")
    back, report = read_back("ndjson", messy)
    assert (back, report.items) == (documents()[:-1], [])


def test_a_cut_off_file_is_named_and_the_rest_is_in():
    data, _ = written("ndjson", [seed(), made_up()])
    back, report = read_back("ndjson", data[: data.rindex(b'{"record":"end"')])
    assert back == [seed(), made_up()]
    assert outcome(report) == [("refused", "truncated", 3)]
    back, report = read_back("ndjson", data[: data.rindex(b'{"record":"end"') - 100])
    assert back == [seed()]
    assert outcome(report) == [("refused", "malformed-json", 3), ("refused", "truncated", 3)]


def test_an_altered_file_is_named():
    data, _ = written("ndjson", [seed(), made_up()])
    _, report = read_back("ndjson", data.replace(b"astronaut", b"cosmonaut"))
    assert outcome(report) == [("noticed", "checksum-differs", 4)]
    lines = data.splitlines(keepends=True)
    _, report = read_back("ndjson", b"".join([lines[0], *lines[2:]]))
    assert outcome(report) == [("noticed", "checksum-differs", 3), ("noticed", "counts-differ", 3)]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{nope", "malformed-json"),
        (b"[]", "not-an-object"),
        (b'{"record": "verse"}', "unknown-record"),
        (b'{"record": ["document"]}', "unknown-record"),
        (b'{"record": "document", "poems": []}', "not-a-document"),
        (b'{"record": "document", "quotes": {}}', "not-a-document"),
        (b'{"record": "document", "article": 7}', "not-a-document"),
        (b'{"record": "document", "sets": [1]}', "not-a-document"),
        (b"{}", "not-a-document"),
        (b'{"article": {"title": "\xff"}}', "malformed-json"),
    ],
)
def test_one_bad_line_among_good_ones(line, code):
    good = json.dumps(made_up()).encode()
    back, report = read_back("ndjson", b"\n".join([good, line, good]))
    assert back == [made_up(), made_up()]
    assert outcome(report) == [("refused", code, 2)]
    assert report.items[0]["file"] == "file"


@pytest.mark.parametrize("data", [b'{"record":"header","format":"onrecord/2"}', '{"a": 1}'.encode("utf-16")])
def test_what_cannot_be_this_format_is_refused(data):
    with pytest.raises(Refused):
        read_back("ndjson", data)


def test_fuzz():
    fuzz("ndjson", [written("ndjson", [made_up()])[0]])


def test_span_annotations_without_an_article_are_reported():
    data, report = written("ndjson", [{"mentions": made_up()["mentions"]}])
    assert len(data.splitlines()) == 2
    assert report.codes["refused"] == {"no-article": 1}
