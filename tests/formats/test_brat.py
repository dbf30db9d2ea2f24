"""brat: what its files hold comes in, what is written brat loads, and the rest is beside it or reported."""

from __future__ import annotations

import io
import re
import zipfile
from functools import partial
from typing import Any

import pytest

from annotations.formats import Files, Report
from annotations.formats.files import InputFile
from tests.formats.fuzz import fuzz
from tests.formats.samples import bare, documents, files_of, made_up, read_back, said, seed, with_ids, written

TEXT = "Up, say\ntwo. Ann and Bo left.\n"
ANN = """\
T1\tSource 13 16\tAnn
T2\tCue 4 7\tsay
T3\tContent 24 28;0 2\tleft Up
T4\tAttribution 4 7\tsay
E1\tAttribution:T4 Source:T1 Addressee:T7 Cue:T2 Content:T3
A1\tType E1 direct
A2\tSpeech E1
A3\tHedged E1
M4\tMood E1 dark
#1\tAnnotatorNotes E1\ta note
T5\tSource 13 16\tAnn
T6\tContent 4 11\tsay two
T7\tSource 21 23\tBo
A5\tKind T7 nominal
T8\tContent 0 2\tUp
E2\tAttribution:T4 Source:T5 Cue:T2 Content:T6 Content2:T8 Parent:E1
E3\tAttribution-no-source:T4
T9\tDiscuss 0 2\tUp
R1\tCoref Arg1:T1 Arg2:T5
*\tEquiv T1 T5
N1\tReference T1 Wikidata:Q1\tAnn
"""


def files(**contents: str | bytes) -> Files:
    """`x__txt="…"` is the file x.txt; a slash is written as `___`."""
    found = {}
    for name, content in contents.items():
        path = name.replace("___", "/").replace("__", ".")
        data = content.encode() if isinstance(content, str) else content
        found[path] = InputFile(path, partial(io.BytesIO, data))
    return found


def outcome(report: Report):
    return [(item["outcome"], item["code"], item["line"]) for item in report.items]


def test_what_the_files_hold():
    (document,), report = read_back("brat", files(x__txt=TEXT, x__ann=ANN))
    first, second = document["quotes"]
    assert document["article"] | {"title": "Up, say", "body": TEXT, "external_id": "x"} == document["article"]
    assert [mention["external_id"] for mention in document["mentions"]] == ["T1", "T7"], "T5 is on T1's pieces"
    assert [mention["kind"] for mention in document["mentions"]] == ["named", "nominal"]
    t1, t7 = (f"#{mention['key']}" for mention in document["mentions"])
    assert first["sources"] == [{"role": "source", "mention": t1}, {"role": "addressee", "mention": t7}]
    assert second["sources"] == [{"role": "source", "mention": t1}]
    assert [piece["exact"] for piece in first["content"]["fragments"]] == ["left", "Up"]
    assert [piece["exact"] for piece in second["content"]["fragments"]] == ["say\ntwo", "Up"]
    assert first["cue"] == second["cue"] == {"start": 4, "end": 7, "exact": "say"}
    assert (first["type"], first["medium"], first["note"]) == ("direct", ["speech"], "a note")
    assert first["tags"] == ["Hedged", "Mood:dark"]
    assert (first["parent"], second["parent"]) == (None, f"#{first['key']}")
    assert outcome(report) == [
        ("refused", "relation-not-kept", 19),
        ("refused", "relation-not-kept", 20),
        ("refused", "normalisation-not-kept", 21),
        ("noticed", "white-space-differs", 12),
        ("refused", "event-empty", 17),
        ("refused", "no-event", 18),
    ]


def names(documents):
    return [
        (found["article"]["external_id"], [each["annotator"]["name"] for each in found["sets"]]) for found in documents
    ]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (files(x__txt=TEXT, x__ann=ANN), [("x", ["brat"])]),
        (files(x__txt=TEXT), [("x", [])]),
        (files(text___x__txt=TEXT, attr___x_ab__ann=ANN, attr___x_cd__ann=ANN), [("x", ["ab", "cd"])]),
        (files(ann___x__txt=TEXT, ann___x__ann=ANN, bo___x__txt=TEXT, bo___x__ann=ANN), [("x", ["ann", "bo"])]),
        (files(x__txt=TEXT, ann___x__ann=ANN, bo___x__ann=ANN), [("x", ["ann", "bo"])]),
        (files(a___x__txt=TEXT, a___x__ann=ANN, b___x__txt="Other."), [("a/x", ["brat"]), ("b/x", [])]),
        (files(x__txt=TEXT, a___ann___x__ann=ANN, b___ann___x__ann=ANN), [("x", ["a/ann/x", "b/ann/x"])]),
    ],
)
def test_which_files_belong_together(given, found):
    documents, report = read_back("brat", given)
    assert names(documents) == found
    assert "text-missing" not in report.codes["refused"]


def test_an_ann_file_without_a_text_is_named():
    _, report = read_back("brat", files(x__txt=TEXT, y__ann=ANN))
    assert outcome(report) == [("refused", "text-missing", None)]


def test_polnears_table():
    # A title may hold what Python, and not the table, takes for the end of a line.
    table = "filename\tpublisher\tpublication_date\tauthor\ttitle\twire\nx\tThe P\t2016-09-12\tNA\tHe\u2028ad\tAP\r\n"
    (document,), _ = read_back("brat", files(x__txt=TEXT, metadata__tsv=table))
    assert document["publishers"][0]["name"] == "The P"
    assert document["article"] == {
        "key": "article",
        "external_id": "x",
        "title": "He\u2028ad",
        "body": TEXT,
        "publisher": "#publisher",
        "published_on": "2016-09-12",
        "published_precision": "day",
        "metadata": {"wire": "AP"},
    }


SMALL = "T1\tContent {}\ttwo\nE1\tAttribution:T1 Content:T1\n"


@pytest.mark.parametrize(
    ("text", "offsets"),
    [
        (TEXT, "8 11"),
        (TEXT.replace("\n", "\r\n"), "9 12"),
        (TEXT.replace("\n", "\r\n"), "8 11"),
        ("\ufeff" + TEXT.replace("\n", "\r\n"), "10 13"),
        ("\ufeff" + TEXT.replace("\n", "\r\n"), "9 12"),
        ("\ufeff" + TEXT.replace("\n", "\r\n"), "8 11"),
        ("\ufeff" + TEXT, "9 12"),
    ],
)
def test_offsets_as_any_tool_counts_them(text, offsets):
    (document,), report = read_back(
        "brat",
        files(x__txt=text, x__ann=SMALL.format(offsets)),
    )
    (quote,) = document["quotes"]
    assert quote["content"] == {"start": 8, "end": 11, "exact": "two"}
    assert not report.codes["refused"]


def test_another_encoding_is_named():
    (document,), report = read_back("brat", files(x__txt="“Né”, say".encode("cp1252"), x__ann="T1\tSource 1 3\tNé"))
    assert document["mentions"][0]["span"] == {"start": 1, "end": 3, "exact": "Né"}
    assert report.codes["noticed"] == {"decoded-as": 1}


def test_a_span_that_is_off():
    given = files(x__txt=TEXT, x__ann=SMALL.format("9 12"))
    (document,), report = read_back("brat", given)
    assert document["quotes"] == []
    assert outcome(report) == [("refused", "exact-mismatch", 1), ("refused", "part-refused", 2)]
    (document,), report = read_back("brat", given, repair=True)
    assert document["quotes"][0]["content"] == {"start": 8, "end": 11, "exact": "two"}
    assert outcome(report) == [("repaired", "moved", 1)]


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ("T1\tSource 5 4\tx", ["span-empty"]),
        ("T1\tSource 5 400\tx", ["span-out-of-range"]),
        ("T1\tSource 0 2;1 3\tUp p,", ["fragments-overlap"]),
        ("T1\tSource a b\tx", ["malformed-line"]),
        ("hello", ["malformed-line"]),
        ("T1\tSource 0 2\tUp\nT1\tSource 0 2\tUp", ["id-repeated"]),
        ("E1\tAttribution:T1 Content:T9", ["part-refused"]),
        ("T1\tSource 0 2\tUp\nE1\tAttribution:T1 Source:T1", ["content-missing"]),
        ("T1\tContent 0 2\tUp\nE1\tBinding:T1 Content:T1", ["event-not-kept"]),
        ("T1\tContent 0 2\tUp\nE1\tAttribution:T1 Content:T1 Place:T1", ["role-not-kept"]),
        ("T1\tContent 0 2\tUp\nE1\tAttribution:T1 Content:T1 Parent:E1", ["parent-refused"]),
        ("T1\tContent 0 2\tUp\nE1\tAttribution:T1 Content:T1 Parent:E2", ["parent-refused"]),
        ("T1\tCue 0 2\tUp", ["no-event"]),
        ("T1\tContent 0 2\tUp\nE1\tAttribution:T1 Content:T1 Cue:E1", ["part-refused"]),
        (
            "T1\tContent 0 2\tUp\nE1\tAttribution:T1 Content:T1 Parent:E2\nE2\tAttribution:T1 Content:T1 Content2:T1",
            ["fragments-overlap", "parent-refused"],
        ),
        ("A1\tType E1 direct", ["no-such-id"]),
    ],
)
def test_what_is_refused_is_named_and_the_rest_is_in(lines, codes):
    (document,), report = read_back("brat", files(x__txt=TEXT, x__ann=f"{lines}\nT99\tSource 13 16\tAnn\n"))
    assert list(report.codes["refused"]) == codes
    assert document["mentions"][-1]["external_id"] == "T99"


def test_words_over_a_line_break_and_pieces_put_together_as_old_versions_did():
    ann = "T1\tSource 4 11\tsay\ntwo\nT2\tSource 0 2;4 7\tUpsay\nT3\tSource 4 11\tsay two\n"
    (document,), report = read_back("brat", files(x__txt=TEXT, x__ann=ann))
    assert [mention["external_id"] for mention in document["mentions"]] == ["T1", "T2"]
    assert not report.codes["refused"]


def test_foreign_labels_by_a_mapping():
    ann = "T1\tSpeaker 13 16\tAnn\nT2\tQuote 0 2\tUp\nE1\tQuote:T2 Who:T1 What:T2\n"
    mapping = {"labels": {"Speaker": "Source", "Quote": "Attribution", "Who": "Source", "What": "Content"}}
    (document,), report = read_back("brat", files(x__txt=TEXT, x__ann=ann), mapping=mapping)
    assert (len(document["quotes"]), len(document["quotes"][0]["sources"]), report.items) == (1, 1, [])


def test_round_trip():
    given = documents()[:-1]
    data, report = written("brat", given)
    back, read = read_back("brat", data)
    assert by_id(back) == by_id(given), "but for the order between sets, which lie in files of their own"
    assert [item["code"] for item in read.items] == []
    assert {item["code"] for item in report.items} == {"beside"}
    assert written("brat", given)[0] == data


def by_id(documents):
    found = [{name: in_order(held) for name, held in said(document).items()} for document in documents]
    return sorted(found, key=lambda document: document.get("article", {}).get("id", ""))


def in_order(held):
    return sorted(held, key=id_of) if isinstance(held, list) else held


def id_of(item):
    return item["id"]


def test_what_follows_the_articles_is_read_after_them():
    after = {"claim_reviews": made_up()["claim_reviews"]}
    back, _ = read_back("brat", written("brat", [{"claims": made_up()["claims"]}, bare(), after])[0])
    assert [list(found)[-1] for found in back] == ["claims", "quotes", "claim_reviews"]


def unpacked(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_brat_itself_would_load_what_is_written():
    """brat's own rules for a line (server/src/annotation.py): words equal to the text's at the offsets, pieces joined
    by a space, no line break in them, none overlapping or touching the wrong way round; ids once; arguments there."""
    contents = unpacked(written("brat", [seed(), made_up()])[0])
    assert {"annotation.conf", "visual.conf"} < set(contents)
    anns = [name for name in contents if name.endswith(".ann")]
    assert len(anns) == 3
    for name in anns:
        text, ids, events = contents[name.replace(".ann", ".txt")], set(), []
        for line in contents[name].removesuffix("\n").split("\n"):
            kind, rest = line.split("\t", 1)
            assert kind not in ids
            ids.add(kind)
            if kind[0] == "T":
                check_span(text, rest)
            elif kind[0] == "E":
                events.append(rest)
        assert events
        for event in events:
            (_, trigger), *arguments = (each.split(":") for each in event.split())
            assert {trigger, *(target for _, target in arguments)} <= ids
            assert len({role for role, _ in arguments}) == len(arguments)


def check_span(text: str, rest: str) -> None:
    told, words = rest.split("\t", 1)
    _, _, offsets = told.partition(" ")
    pieces = [tuple(map(int, piece.split())) for piece in offsets.split(";")]
    assert words == " ".join(text[start:end] for start, end in pieces)
    for at, (start, end) in enumerate(pieces):
        assert start < end <= len(text)
        assert not any(end >= left and start < right for left, right in pieces[:at])


def altered(data: bytes, change) -> Files:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in unpacked(data).items():
            archive.writestr(name, change(name, content))
    return files_of(stream.getvalue())


def test_what_is_changed_in_brat_wins():
    def change(name: str, content: str) -> str:
        if not name.startswith("anna") or not name.endswith(".ann"):
            return content
        content = re.sub(r"^A\d+\tType E7 direct\n", "", content, flags=re.M)
        content = content.replace("Attribution:T7", "Attribution:T7").replace(" Addressee:T2", "")
        return content + "T90\tSource 30 34\tAnna\n".replace("30 34", f"{at} {at + 4}")

    text = unpacked(written("brat", [made_up()])[0])
    at = next(content for name, content in text.items() if name.endswith(".txt")).index("Anna")
    (document,), report = read_back("brat", altered(written("brat", [made_up()])[0], change))
    quote = document["quotes"][0]
    assert (quote["type"], quote["confidence"]) == ("unspecified", 0.25)
    assert [source["role"] for source in quote["sources"]] == ["source"]
    assert quote["sources"][0]["role_text"] == "astronaut"
    assert report.items == []


def test_a_changed_text_leaves_the_companion_out():
    def change(name: str, content: str) -> str:
        return content + "More." if name.endswith(".txt") else content

    (document,), report = read_back("brat", altered(written("brat", [made_up()])[0], change))
    assert report.codes["refused"] == {"companion-differs": 1}
    assert len(document["quotes"]) == 6
    assert "claims" not in document


def test_a_body_that_begins_behind_its_text_is_not_believed():
    def change(name: str, content: str) -> str:
        return re.sub(r'"body_at":\d+', '"body_at":99999', content) if name.startswith("_onrecord/") else content

    data, _ = written("brat", [made_up()])
    texts = [content for name, content in unpacked(data).items() if name.endswith(".txt")]
    (document,), _ = read_back("brat", altered(data, change))
    assert document["article"]["body"] in texts


def test_what_was_read_without_a_companion_is_written_with_its_ids():
    (document,), _ = read_back("brat", files(x__txt=TEXT, x__ann=ANN))
    (back,), report = read_back("brat", written("brat", [with_ids(document)])[0])
    assert said(back) == said(with_ids(document))
    assert not report.codes["refused"]


def test_fuzz():
    companion = next(
        content for name, content in unpacked(written("brat", [made_up()])[0]).items() if name.startswith("_onrecord/")
    )

    def some_files(data: bytes) -> Files:
        ann = {"x__txt": TEXT, "x__ann": data}
        kinds: list[Any] = [ann, {"x__txt": data, "x__ann": ANN}, {"x__txt": TEXT, "metadata__tsv": data, **ann}]
        kinds += [{"x__txt": TEXT, "x__ann": ANN, "_onrecord/x__json": data}, {"_onrecord/before/1__json": data}]
        return files(**kinds[len(data) % 5])

    fuzz("brat", [ANN.encode(), TEXT.encode(), companion.encode(), b"filename\ttitle\nx\tHead\n"], some_files)


def test_fuzz_archive():
    fuzz("brat", [written("brat", [bare()])[0]])
