"""The same scenarios in both languages, each against a live server, with the same outcome."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from tests.sdks.ground import Live, Run
from tests.sdks.wire import failing

# With what some libraries take for the end of a line, and NDJSON does not.
TEXT = "He said 😀 “yes” 🌉, then 👩‍👩‍👧 left.\u2028Nobody\x85 saw him."
MANY = 2500
numbers = itertools.count()


@pytest.fixture
def project(live: Live) -> Any:
    """A project of the test's own."""
    return live.ask("POST", "projects/", {"slug": f"sdk-{next(numbers)}", "name": "SDK"})["id"]


@pytest.fixture
def article(live: Live, project: str) -> Any:
    return live.ask("POST", "articles/", {"project": project, "title": "Emoji", "body": TEXT})["id"]


@pytest.fixture(scope="session")
def many(live: Live) -> Any:
    """An article with 2,500 quotes."""
    home = live.ask("POST", "projects/", {"slug": "many", "name": "Many"})["id"]
    words = [f"w{n:04}" for n in range(MANY)]
    found = live.ask("POST", "articles/", {"project": home, "title": "Many", "body": " ".join(words)})["id"]
    quotes = [{"content": {"start": 6 * n, "end": 6 * n + 5, "exact": word}} for n, word in enumerate(words)]
    live.ask("POST", f"articles/{found}/annotations/", {"quotes": quotes})
    return found


def test_create(scenario: Run, live: Live, project: str, request: pytest.FixtureRequest) -> None:
    told = scenario("create", project=project)
    kept = live.ask("GET", f"quotes/{told.pop('id')}/")
    assert kept["content"]["start"] == TEXT.index("“yes”")
    start = kept["content"]["start"] + ("typescript" in request.node.name)  # one emoji before it
    assert told == {"body": True, "slice": "“yes”", "start": start, "sent": [True, "then"], "cue": "said"}


def test_pages(scenario: Run, many: str) -> None:
    told = scenario("pages", article=many)
    assert told["texts"] == [f"w{n:04}" for n in range(MANY)]
    assert told["sizes"] == [200] * 12 + [100]
    assert (told["count"], told["first"], told["none"]) == (MANY, "w0000", None)


def test_conflict(scenario: Run, live: Live, article: str) -> None:
    told = scenario("conflict", article=article)
    assert told.pop("etag").startswith(f'"{told.pop("id")}.2')
    assert told == {"code": "stale-version", "venue": "City Hall", "note": "In time"}
    assert live.ask("GET", f"quotes/?article={article}")["results"] == []


def test_replace_by_the_tag_of_what_was_read(scenario: Run, article: str) -> None:
    assert scenario("replace", article=article) == {"code": "stale-version", "texts": ["then"]}


@pytest.mark.parametrize("fault", ["lose the answer", "cut the answer"])
def test_a_dropped_connection_makes_no_double(scenario: Run, live: Live, article: str, fault: str) -> None:
    with failing(live.url, fault, fault) as wire:
        told = scenario("add_one", article=article, url=wire.url)
        keys = {key for _, _, key in wire.writes()}
    assert len(wire.writes()) == 3
    assert len(keys) == 1
    assert None not in keys
    assert [quote["id"] for quote in live.ask("GET", f"quotes/?article={article}")["results"]] == [told["id"]]


def test_who_is_busy_is_given_the_time_asked_for(scenario: Run, live: Live, article: str) -> None:
    with failing(live.url, "busy", "busy") as wire:
        told = scenario("add_one", article=article, url=wire.url)
    assert len(wire.writes()) == 3
    assert 2 <= told["seconds"] < 10


def test_bad_input_is_a_typed_error(scenario: Run, article: str) -> None:
    faults = [["/content/exact", "quote-not-found"], ["/cue/exact", "exact-mismatch"]]
    assert scenario("bad", article=article) == {"status": 422, "faults": faults, "request_id": True}


def test_follow(scenario: Run, project: str, article: str) -> None:
    told = scenario("follow", project=project, article=article)
    assert told["ascends"]
    assert told["seen"] >= 2
    assert ["created", "quote", told["id"]] in told["found"]
    assert told["found"][-1] == ["deleted", "quote", told["id"]]


def test_export(scenario: Run, project: str, article: str, tmp_path: Path) -> None:
    told = scenario("export", project=project, path=str(tmp_path / "brat.zip"))
    assert told == {"records": ["header", "document", "end"], "size": True, "zip": "PK"}


CUTS = [("lose the last line", "ndjson", ""), ("not finish", "ndjson", ""), ("not finish", "doccano", "x.jsonl")]


@pytest.mark.parametrize(("fault", "format", "name"), CUTS)
def test_an_export_that_is_cut_off_is_known_to_be(
    fault: str, format: str, name: str, scenario: Run, live: Live, project: str, article: str, tmp_path: Path
) -> None:
    path = tmp_path / name if name else None
    with failing(live.url, fault, writes_only=False) as wire:
        told = scenario("export_cut", project=project, format=format, path=path and str(path), url=wire.url)
    assert told.startswith("The file is cut off")
    assert not (path and path.exists())


def test_an_export_that_was_changed_on_its_way_is_known_to_be(
    scenario: Run, live: Live, project: str, article: str
) -> None:
    with failing(live.url, "change a letter", writes_only=False) as wire:
        told = scenario("export_cut", project=project, format="ndjson", path=None, url=wire.url)
    assert told == "The file is not what the server sent: its hash differs."


def test_a_stream_holds_the_file_and_nothing_else(scenario: Run, live: Live, project: str, article: str) -> None:
    """All of it; or, of one that the server could not finish, what came before the line that says so."""
    whole = scenario("export_stream", project=project)
    assert json.loads(whole["found"])["text"].endswith(TEXT)
    with failing(live.url, "not finish", writes_only=False) as wire:
        told = scenario("export_stream", project=project, url=wire.url)
    assert told == {"found": "", "error": "The file is cut off: the server could not finish it."}


@pytest.mark.parametrize("faults", [[], ["lose the answer"]])
def test_import(scenario: Run, live: Live, project: str, tmp_path: Path, faults: list[str]) -> None:
    """A file of two articles, in one of which something is wrong; whose sending may have to be repeated."""
    documents = [
        {"article": {"title": f"No. {n}", "body": TEXT}, "quotes": [{"content": {"exact": exact}} for exact in quotes]}
        for n, quotes in enumerate([["“yes”"], ["then", "never said"]])
    ]
    file = tmp_path / "corpus.ndjson"
    file.write_text("".join(json.dumps(document) + "\n" for document in documents))
    with failing(live.url, *faults) as wire:
        told = scenario("import", project=project, path=str(file), url=wire.url)
    assert told == {"status": "succeeded", "seen": "succeeded", "all": True, "refused": [[2, "quote-not-found"]]}
    assert live.ask("GET", f"quotes/?project={project}&count=true")["count"] == 2
    assert len(live.ask("GET", f"imports/?project={project}")["results"]) == 1


def test_at_once(scenario: Run, project: str, article: str) -> None:
    told = scenario("at_once", project=project, article=article)
    assert told["keys"] == ["a", "b", "c"]
    assert told["changes"] >= 6
    assert told["me"] == "demo"
