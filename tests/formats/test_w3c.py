"""W3C Web Annotations: ours come back whole, and say what the vocabulary asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annotations.formats.elements import elements
from annotations.formats.files import Refused
from annotations.formats.report import Report
from tests.formats.fuzz import fuzz
from tests.formats.samples import BODY, documents, files_of, made_up, read_back, said, seed, written

HYPOTHESIS = Path(__file__).parent / "cases/w3c/hypothesis/answer.json"
IRI = re.compile(r"[a-z][a-z0-9+.-]*:\S+")


def collection(*given: Any) -> Any:
    return json.loads(written("w3c", given)[0])


def items(*given: Any) -> list[Any]:
    found: list[Any] = collection(*given)["first"]["items"]
    return found


def test_round_trip():
    given = documents()[:-1]
    data, _ = written("w3c", given)
    back, report = read_back("w3c", data)
    assert list(map(said, back)) == list(map(said, given))
    assert [item["code"] for item in report.items] == []
    assert written("w3c", given)[0] == data


def test_older_revisions_and_the_sets_on_them():
    document = made_up()
    texts = [{"number": 1, "title": "Old", "body": BODY}, {"number": 2, "title": "New", "body": "No more."}]
    document["article"] |= {"revisions": texts, "revision": 2, **{name: texts[1][name] for name in ("title", "body")}}
    document["quotes"] = [quote for quote in document["quotes"] if quote["content"]["part"] == "body"]
    document["mentions"] = [mention for mention in document["mentions"] if mention["span"]["part"] == "body"]
    (back,), report = read_back("w3c", written("w3c", [document])[0])
    assert (said(back), report.items) == (said(document), [])


def test_the_keys_that_the_vocabulary_requires():
    """Model, sections 3.1 (Annotation), 3.2 (bodies and targets), 4.2 (selectors), 5 (collections)."""
    found = collection(*documents())
    assert found["@context"][0] == "http://www.w3.org/ns/anno.jsonld"
    assert found["type"] == "AnnotationCollection"
    assert IRI.fullmatch(found["id"])
    page = found["first"]
    assert (page["type"], page["startIndex"]) == ("AnnotationPage", 0)
    assert (page["partOf"], found["last"]) == (found["id"], page["id"])
    assert IRI.fullmatch(page["id"])
    assert found["total"] == len(page["items"]) == 4 + 29 + 29 + 18
    assert len({item["id"] for item in page["items"]}) == found["total"]
    for item in page["items"]:
        check_annotation(item)


def check_annotation(item: Any) -> None:
    assert IRI.fullmatch(item["id"])
    assert item["type"] == "Annotation"
    assert item["motivation"] in {"describing", "classifying", "identifying", "linking"}
    assert item["target"]
    for resource in resources(item):
        assert IRI.fullmatch(resource["source"])
        kinds = [selector["type"] for selector in resource["selector"]]
        assert kinds == ["TextQuoteSelector", "TextPositionSelector"]
    for body in item.get("body") if isinstance(item.get("body"), list) else []:
        assert body["type"] in {"TextualBody", "SpecificResource"}
        assert "value" in body if body["type"] == "TextualBody" else IRI.fullmatch(body["source"])


def resources(item: Any) -> Iterator[Any]:
    for name in ("target", "cue", "objectSpan", "timeSpan"):
        yield from (each for each in item.get(name) or () if isinstance(each, dict))


def test_every_key_of_ours_is_in_the_context():
    context = collection()["@context"][1]
    model = {"id", "type", "motivation", "target", "body", "creator", "created", "modified"}
    keys = {key for item in items(*documents()) for key in item}
    keys |= {key for item in items(*documents()) for source in item.get("sources", ()) for key in source}
    fields_in_record_style = {"mention_kind", "role_text"}
    assert keys - model - fields_in_record_style <= set(context)


def test_positions_count_code_points_from_the_start_of_what_the_source_names():
    texts = {f"urn:uuid:{made_up()['article']['id']}": BODY}
    texts |= {f"{iri}#title": made_up()["article"]["title"] for iri in texts}
    seen = 0
    for item in items(made_up()):
        for resource in resources(item):
            quote, position = resource["selector"]
            text = texts[resource["source"]]
            start, end = position["start"], position["end"]
            assert text[start:end] == quote["exact"]
            assert text[:start].endswith(quote["prefix"])
            assert text[end:].startswith(quote["suffix"])
            seen += 1
    assert seen == 21


def changed(data: bytes, change) -> bytes:
    """Each annotation changed, on the line where it was."""
    first, *lines, last = data.splitlines()
    found = [json.loads(line.removesuffix(b",")) for line in lines]
    for item in found:
        change(item)
    return b"\n".join([first, b",\n".join(json.dumps(item).encode() for item in found), last])


def test_utf16_positions_are_refused_and_with_repair_moved():
    def to_utf16(item: Any) -> None:
        for resource in resources(item):
            text = made_up()["article"]["title"] if resource["source"].endswith("#title") else BODY
            position = resource["selector"][1]
            for name in ("start", "end"):
                position[name] = len(text[: position[name]].encode("utf-16-le")) // 2

    data = changed(written("w3c", [made_up()])[0], to_utf16)
    (document,), report = read_back("w3c", data)
    assert len(document["quotes"]) == 1, "only one stands before the first emoji"
    assert set(report.codes["refused"]) == {"exact-mismatch", "span-out-of-range"}
    (document,), report = read_back("w3c", data, repair=True)
    assert said(document) == said(made_up())
    assert set(report.codes["repaired"]) == {"moved"}


def test_words_alone_are_anchored_and_ambiguous_ones_named():
    def drop_positions(item: Any) -> None:
        for resource in resources(item):
            resource["selector"] = resource["selector"][:1]

    (document,), report = read_back("w3c", changed(written("w3c", [made_up()])[0], drop_positions))
    assert said(document) == said(made_up())
    assert not report.codes["refused"]


def test_tags_and_notes_are_the_bodies():
    def retag(item: Any) -> None:
        for body in item["body"] if isinstance(item.get("body"), list) else []:
            if body.get("value") == "nested":
                body["value"] = "changed"

    (document,), _ = read_back("w3c", changed(written("w3c", [made_up()])[0], retag))
    assert document["quotes"][1]["tags"] == ["changed"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda item: item.update(target=[]), "no-span"),
        (lambda item: item["target"][0].update(source="urn:uuid:other"), "other-article"),
        (lambda item: item["target"][0].update(selector=[{"type": "SvgSelector"}]), "no-span"),
        (lambda item: item["target"][0]["selector"][0].update(exact="x"), "exact-mismatch"),
        (lambda item: item["target"][0].update(selector=item["target"][0]["selector"][1:]), "exact-required"),
        (lambda item: item["cue"][0]["selector"][0].update(exact="x"), "exact-mismatch"),
    ],
)
def test_one_bad_annotation_is_named_and_the_rest_is_in(change, code):
    def once(item: Any) -> None:
        if item["id"].endswith("000000031"):
            change(item)

    (document,), report = read_back("w3c", changed(written("w3c", [made_up()])[0], once))
    assert [(item["outcome"], item["code"]) for item in report.items] == [("refused", code)]
    assert report.items[0]["line"] == 9
    assert len(document["quotes"]) == 5


def test_a_cut_off_file_is_named():
    data, _ = written("w3c", [seed(), made_up()])
    back, report = read_back("w3c", data[:-2_000])
    assert said(back[0]) == said(seed())
    assert report.codes["refused"] == {"truncated": 1}


def test_annotations_of_ours_without_their_article():
    data = "\n".join(json.dumps(item) for item in items(made_up())[1:3]).encode()
    assert read_back("w3c", data)[1].codes["refused"] == {"no-document": 2}


@pytest.mark.parametrize("data", [b"", b"7", b"{}", b"[]", b'{"items": []}'])
def test_a_file_with_nothing_in_it_says_so(data):
    found, report = read_back("w3c", data)
    assert found == []
    assert len(report.items) == 1


@pytest.mark.parametrize("size", [1, 2, 7, 4096])
def test_elements_over_the_edges_of_chunks(monkeypatch, size):
    """Strings, escapes and brackets cut anywhere; numbers of lines; what is no element."""
    monkeypatch.setattr("annotations.formats.elements.CHUNK", size)
    texts = ["a", 'q"]}', "back\\", '\\"', "é🚀" * 9, "[{", "x" * 5_000]
    given = [{"n": n, "text": text, "items": [{"inner": [1]}]} for n, text in enumerate(texts * 2)]
    rows = ",\n".join(json.dumps(item) for item in given)
    data = '\ufeff{"@context": ["items", [{}]], "items": [\nROWS\n], "more": {"items": [1, null]}}\n'
    found = read_elements(data.replace("ROWS", rows).encode())
    assert [element.value for element in found] == given
    assert [element.where.line for element in found] == list(range(2, 2 + len(given)))


def read_elements(data: bytes):
    (file,) = files_of(data).values()
    report = Report()
    found = list(elements(file, frozenset({"items"}), report))
    assert not report.items
    return found


@pytest.mark.parametrize("data", ['[{"a": 1}]'.encode("utf-16"), b"[" * 300])
def test_what_cannot_be_read(data):
    with pytest.raises(Refused):
        read_elements(data)


def test_fuzz():
    lines = "\n".join(json.dumps(item) for item in items(made_up()))
    fuzz("w3c", [written("w3c", [made_up()])[0], lines.encode(), HYPOTHESIS.read_bytes()])
