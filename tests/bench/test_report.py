"""What runs tell: side by side, by size, as a picture; and the two turns of each version."""

import argparse
import copy
import json

import pytest

from bench import drawing, report, turns
from bench.measure import Goal, Result, Side

TITLES = ("a page", "quotes by annotator", "quotes by tag")


def told(title, milliseconds, peak=None):
    side, floor = Side("page", units=10, cpu=0.02), Side("JSON", units=10, cpu=0.01)
    for one, part in ((side, 1), (floor, 0.5)):
        one.ran.latencies = [milliseconds * part / 1000] * 10
        one.ran.seconds = sum(one.ran.latencies)
    side.peak = peak
    return Result("W4", title, "requests", side, [floor], [Goal("JSON", 0.3)]).told()


def run_of(size, milliseconds, peak=None):
    return {"annotations": size, "python": "3", "results": [told("a page", milliseconds), told("all", 50, peak)]}


@pytest.fixture
def written(tmp_path):
    def write(name, *runs):
        path = tmp_path / name
        path.write_text(json.dumps(runs))
        return path

    return write


def test_two_versions_are_compared_size_by_size(written):
    before = report.read(written("a", run_of(1000, 4), run_of(100, 2)))
    after = report.read(written("b", run_of(1000, 2)))
    head, first, *others = report.compared(before, after)
    assert "of the floor" in head
    assert "a page" in first
    assert "1,000" in first
    assert "250.0 → 500.0 (2.00x)" in first
    assert len(others) == 1


def test_time_and_memory_by_size(written):
    runs = report.read(written("a", run_of(4000, 6, 121), run_of(1000, 3, 100)))
    table = list(report.by_size(runs))
    assert table[0] == "| | 1,000 | 4,000 |"
    assert table[2] == "| W4 a page | 3.0 ms (CPU 2.0) | 6.0 ms (CPU 2.0) |"
    assert "121 MiB" in table[3]
    assert list(report.memory_growth(runs)) == [
        "reached: all: peak memory 1.100 times where the data doubles, at most 1.1"
    ]
    grown = [run_of(1000, 3, 100), run_of(2000, 3, 111)]
    assert next(iter(report.memory_growth(grown))).startswith("NOT REACHED")


@pytest.mark.parametrize("form", ["svg", "png"])
def test_a_picture_of_one_run_and_of_several(form, tmp_path):
    for runs in ([run_of(100, 2)], [run_of(100, 2), run_of(1000, 3)]):
        path = tmp_path / f"plot.{form}"
        drawing.plot(runs, path)
        assert path.stat().st_size > 5000


def test_a_picture_shows_each_workload_by_size_and_is_read_on_black(tmp_path):
    runs = [{"annotations": size, "results": [told(title, size / 100) for title in TITLES]} for size in (100, 1000)]
    drawing.plot(runs, tmp_path / "plot.svg")
    picture = (tmp_path / "plot.svg").read_text()
    assert "prefers-color-scheme:dark" in picture
    for words in ("W4 quotes by", ">annotator<", ">tag<", ">W4<", ">a page<", "1,000"):
        assert words in picture
    lines = drawing.panels_of(runs)
    assert lines["W4 quotes by"] == {"annotator": [(100, 1.0), (1000, 10.0)], "tag": [(100, 1.0), (1000, 10.0)]}


def test_of_two_turns_the_less_disturbed_one_counts():
    first, second = [run_of(100, 4)], [run_of(100, 2)]
    second[0]["results"][1] = told("all", 90)
    (better,) = turns.better([copy.deepcopy(first), second])
    assert [told["figures"]["p50_ms"] for told in better["results"]] == [2, 50]


def test_another_revision_is_checked_out_with_this_bench():
    with turns.checked_out("HEAD") as code:
        assert (code / "backend" / "settings.py").exists()
        assert (code / "bench" / "turns.py").read_text() == (turns.CHECKOUT / "bench" / "turns.py").read_text()
    assert not code.exists()


def test_both_versions_take_turns(monkeypatch, capsys):
    """Each with its own code and data, the first of them by turns."""
    asked = []

    def run(options, sizes, results, *, keep, code):
        asked.append((code.name, keep.name))
        results.write_text(json.dumps([run_of(100, 2 if code == turns.CHECKOUT else 4)]))

    monkeypatch.setattr(turns, "run", run)
    options = argparse.Namespace(against="HEAD", size=[100], seconds=1.0, spans=1, only=None)
    lines = list(turns.compared(options))
    ours = (turns.CHECKOUT.name, "ours")
    assert asked == [("code", "other"), ours, ours, ("code", "other")]
    assert lines[0] == "HEAD → this code"
    assert "250.0 → 500.0 (2.00x)" in lines[2]
