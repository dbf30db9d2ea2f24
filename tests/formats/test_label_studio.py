"""Label Studio: tasks as it exports them come in, and ours are such as it imports, and come back whole."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from annotations.formats import words
from annotations.formats.label_studio.config import CONFIG
from annotations.formats.marks.scheme import RELATIONS, WRITTEN
from tests.formats.fuzz import fuzz
from tests.formats.samples import bare, documents, identities, made_up, read_back, said, seed, written

EXPORT = Path(__file__).parent / "cases/label-studio/export/project-2-at-2026-01-02.json"


def tasks(*given: Any) -> list[Any]:
    found: list[Any] = json.loads(written("label-studio", given)[0])
    return found


def test_round_trip():
    given = [document for document in documents() if "article" in document]
    data, report = written("label-studio", given)
    back, told = read_back("label-studio", data)
    assert list(map(said, back)) == list(map(said, given))
    assert (report.items, told.items) == ([], [])


def test_identities_that_came_before_go_with_the_articles_that_need_them():
    document = made_up()
    apart = [{name: document.pop(name)} for name in ("publishers", "speakers", "claims")]
    back, _ = read_back("label-studio", written("label-studio", [*apart, identities(), document])[0])
    assert len(back) == 1
    whole = made_up()
    assert [len(back[0][name]) for name in ("publishers", "speakers", "claims")] == [
        len(whole["publishers"]),
        len(whole["speakers"]),
        len(whole["claims"]),
    ]


def test_what_belongs_to_no_article_is_reported():
    relations = {"claim_relations": made_up()["claim_relations"]}
    data, report = written("label-studio", [relations])
    assert json.loads(data) == []
    assert [item["code"] for item in report.items] == ["no-article"]


def test_offsets_are_those_of_javascript():
    """Every region's words stand at its offsets in UTF-16, as the tool's own check asks."""
    for task in tasks(seed(), made_up()):
        units = task["data"]["text"].encode("utf-16-le")
        results = [r for a in task["annotations"] + task["predictions"] for r in a["result"] if r["type"] == "labels"]
        assert results
        for result in results:
            value = result["value"]
            assert units[2 * value["start"] : 2 * value["end"]].decode("utf-16-le") == value["text"]


def test_all_that_a_task_uses_is_in_the_configuration():
    """Label Studio refuses what names a control, label or relation that the project has not."""
    assert CONFIG in (Path(__file__).parents[2] / "docs/formats.md").read_text(encoding="utf-8")
    controls = set(re.findall(r'<(?:Labels|Choices) name="(\w+)"', CONFIG))
    values = {kind: set(re.findall(rf'<{kind} value="(\w+)"', CONFIG)) for kind in ("Label", "Relation", "Choice")}
    assert values["Label"] == set(WRITTEN.values())
    assert values["Choice"] == set(words.QUOTE_TYPES)
    assert values["Relation"] == {name for name, role in RELATIONS.items() if name == role}
    for task in tasks(seed(), made_up()):
        assert isinstance(task["data"]["text"], str)
        for annotation in task["annotations"] + task["predictions"]:
            ids = {result["id"] for result in annotation["result"] if result["type"] == "labels"}
            for result in annotation["result"]:
                if result["type"] == "relation":
                    assert {result["from_id"], result["to_id"]} <= ids
                    assert set(result["labels"]) <= values["Relation"]
                else:
                    assert result["to_name"] == "text"
                    assert result["from_name"] in controls
        assert not any("completed_by" in annotation for annotation in task["annotations"])


def test_what_was_changed_in_the_tool_wins():
    """As it exports a task that it imported: its own keys, results that somebody changed."""
    (task,) = tasks(made_up())
    first = task["annotations"][0]
    first |= {"id": 99, "completed_by": 3, "was_cancelled": False, "lead_time": 1.5, "unique_id": "x"}
    quote = made_up()["quotes"][0]
    kept = []
    for result in first["result"]:
        if result["type"] == "choices" and result["id"] == quote["id"]:
            result["value"]["choices"] = ["indirect"]
        if result.get("from_id") == quote["id"] and result["labels"] == ["addressee"]:
            continue
        if result["type"] == "labels" and result["id"] == made_up()["mentions"][0]["id"]:
            result["meta"] = {"text": ["another note"]}
        kept.append(result)
    first["result"] = kept
    back, report = read_back("label-studio", json.dumps([task]).encode())
    found = next(q for q in back[0]["quotes"] if q["id"] == quote["id"])
    assert (found["type"], len(found["sources"]), found["act"]) == ("indirect", 1, "statement")
    assert found["sources"][0]["role_text"] == "astronaut"
    assert back[0]["mentions"][0]["note"] == "another note"
    assert back[0]["sets"][0]["annotator"]["name"] == "anna ä"
    assert not report.items


def test_a_text_that_was_changed_loses_only_the_companion():
    (task,) = tasks(bare())
    task["data"]["text"] += "!"
    back, report = read_back("label-studio", json.dumps(task).encode())
    assert [item["code"] for item in report.items] == ["companion-differs"]
    assert back[0]["article"]["body"].endswith("!")


@pytest.mark.parametrize("label", ["Quote", "indirect quote", "CONTENT"])
def test_common_labels_need_no_mapping(label):
    value = {"start": 0, "end": 2, "text": "We", "labels": [label]}
    task = {"data": {"text": "We stay"}, "annotations": [{"result": [{"type": "labels", "id": "a", "value": value}]}]}
    back, _ = read_back("label-studio", json.dumps([task]).encode())
    assert len(back[0]["quotes"]) == 1


def test_fuzz():
    fuzz("label-studio", [written("label-studio", [made_up()])[0], EXPORT.read_bytes()])
