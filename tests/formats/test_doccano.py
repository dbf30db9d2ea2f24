"""doccano: files as it exports them come in, and ours are such as it imports, and come back whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.formats.fuzz import fuzz
from tests.formats.samples import documents, files_of, made_up, read_back, said, seed, written
from tests.formats.test_files import archive

CASE = Path(__file__).parent / "cases/doccano/relations/all.jsonl"


def rows(*given: Any) -> list[Any]:
    return [json.loads(line) for line in written("doccano", given)[0].splitlines()]


def test_round_trip():
    given = [document for document in documents() if "article" in document]
    data, report = written("doccano", given)
    back, told = read_back("doccano", data)
    assert list(map(said, back)) == list(map(said, given))
    assert (report.items, told.items) == ([], [])


def test_rows_are_such_as_doccano_takes():
    """What its importer asks of spans and relations: numbers, start before end, labels of 100 characters at most, ends
    that are there; and the offsets are code points."""
    for row in rows(seed(), made_up()):
        ids = [span["id"] for span in row["entities"]]
        assert len(set(ids)) == len(ids)
        for span in row["entities"]:
            assert 0 <= span["start_offset"] < span["end_offset"] <= len(row["text"])
            assert 0 < len(span["label"]) <= 100
        for relation in row["relations"]:
            assert {relation["from_id"], relation["to_id"]} <= set(ids)
            assert relation["type"]


def as_exported(given: list[Any], first: int = 500) -> list[Any]:
    """What doccano makes of rows: ids of its own, fields that it does not know kept beside."""
    found = []
    for number, row in enumerate(given, first):
        ids = {span["id"]: number * 1000 + span["id"] for span in row["entities"]}
        spans = [{**span, "id": ids[span["id"]]} for span in row["entities"]]
        relations = [{**r, "from_id": ids[r["from_id"]], "to_id": ids[r["to_id"]]} for r in row["relations"]]
        own = {name: value for name, value in row.items() if name not in ("entities", "relations", "text")}
        found.append({"id": number, "text": row["text"], **own, "entities": spans, "relations": relations})
        found[-1]["Comments"] = []
    return found


def test_a_way_through_doccano_keeps_all():
    given = [seed(), made_up()]
    lines = [json.dumps(row) for row in as_exported(rows(*given))]
    back, report = read_back("doccano", "\n".join(lines).encode())
    assert list(map(said, back)) == list(map(said, given))
    assert not report.items


def test_files_of_several_annotators_are_one_article_in_whatever_order():
    texts = [{"id": n, "text": f"Text {n}: we stay.", "label": [[8, 15, "Quote"]]} for n in range(40)]
    lines = [json.dumps(row) for row in texts]
    zipped = archive(("a.jsonl", "\n".join(lines).encode()), ("b.jsonl", "\n".join(reversed(lines)).encode()))
    back, report = read_back("doccano", files_of(zipped.getvalue()))
    assert [len(document["sets"]) for document in back] == [2] * 40
    assert not report.items


def test_fuzz():
    fuzz("doccano", [written("doccano", [made_up()])[0], CASE.read_bytes()])
