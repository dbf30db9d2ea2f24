"""The examples run as they stand, on a live server; so do the READMEs' and the command line."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from backend import serving
from sdks import making
from tests.sdks.ground import Live

EXAMPLES = Path(making.__file__).with_name("examples")
SEED = "0120d56b-e800-75ca-9472-92785f2a9bf5"
numbers = itertools.count()

Say = Callable[..., str]


@pytest.fixture
def say(python_sdk: Path, live: Live) -> Say:
    """What a Python program prints."""

    def run(*line: str, status: int = 0, **environment: str) -> str:
        given = os.environ | {"PYTHONPATH": str(python_sdk), "ONRECORD_URL": live.url, "ONRECORD_TOKEN": live.token}
        given |= environment
        done = subprocess.run([sys.executable, *line], env=given, capture_output=True, text=True, timeout=120)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


@pytest.fixture
def project(live: Live) -> Any:
    return live.ask("POST", "projects/", {"slug": f"example-{next(numbers)}", "name": "Example"})["id"]


def test_the_tutorial(say: Say) -> None:
    said = say(str(EXAMPLES / "tutorial.py"))
    assert "I am demo" in said
    assert "422 quote-ambiguous" in said
    assert "City Hall · Checked against the recording" in said
    assert "Ben Okafor  mixed told" in said
    assert "created claim_occurrence" in said


def test_who_is_quoted(say: Say, live: Live, project: str, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.ndjson"
    corpus.write_text(json.dumps(live.ask("GET", f"articles/{SEED}/annotations/")) + "\n")
    for _ in range(2):  # loading it again changes nothing
        said = say(str(EXAMPLES / "who_is_quoted.py"), project, str(corpus))
        assert said.startswith("1 articles sent.")
        assert re.search(r"^Sergei Lavrov +4 +3 +7$", said, re.MULTILINE)
        assert re.search(r"^indirect +say +4$", said, re.MULTILINE)
    assert live.ask("GET", f"quotes/?project={project}&count=true")["count"] == 23


def test_a_name_where_an_id_is_wanted(say: Say) -> None:
    said = say(str(EXAMPLES / "who_is_quoted.py"), "demo", status=1)
    assert said.splitlines()[-1] == "ValueError: An id is a UUID, and this is none: 'demo'"


def test_the_annotator_who_knows_only_words(say: Say, live: Live, project: str) -> None:
    body = "“We will win 😀,” said Ada Stern. “We will win 😀,” said Ben Okafor. Cara Dunn told us: “It is true.”"
    article = live.ask("POST", "articles/", {"project": project, "title": "Words", "body": body})["id"]
    said = say(str(EXAMPLES / "annotate.py"), article)
    assert "not in the text" not in said
    quotes = live.ask("GET", f"quotes/?article={article}")["results"]
    found = sorted((q["content"]["start"], q["content"]["exact"], q["sources"][0]["span"]["exact"]) for q in quotes)
    places = [body.index("We will"), body.rindex("We will"), body.index("It is")]
    assert [start for start, _, _ in found] == places
    assert [who for _, _, who in found] == ["Ada Stern", "Ben Okafor", "Cara Dunn"]


def test_the_bot_that_checks_facts(say: Say, live: Live, project: str, tmp_path: Path) -> None:
    verdicts, cursor = tmp_path / "verdicts.json", tmp_path / "cursor"
    review = {"verdict": "refuted", "rating": "Wrong", "url": "https://facts.example/1", "author": "Facts"}
    verdicts.write_text(json.dumps([{"claim": "The bridge is safe for all cars.", **review}]))
    bot = (str(EXAMPLES / "fact_check.py"), project, str(verdicts), str(cursor), "--once")
    for text in ("The bridge is safe for cars.", "Pigs fly."):
        live.ask("POST", "claims/", {"project": project, "text": text})
    assert say(*bot) == "refuted: The bridge is safe for cars.\nnothing known: Pigs fly.\n"
    assert say(*bot) == ""
    cursor.unlink()  # as if it had died before it wrote the cursor
    say(*bot)
    reviews = live.ask("GET", f"claim-reviews/?project={project}")["results"]
    assert [found["verdict"] for found in reviews] == ["refuted"]


def marked(body: str, annotator: str, *quotes: tuple[str, str, str]) -> dict[str, Any]:
    """The document of an annotator: of each quote its words, whose they are, and its type."""
    held = {"key": "s", "kind": "individual", "annotator": {"kind": "human", "name": annotator}, "status": "submitted"}
    told = [
        {
            "set": "#s",
            "type": kind,
            "content": {"exact": words},
            "cue": {"exact": "said", "prefix": f"{who} "},
            "sources": [{"span": {"exact": who}}],
        }
        for words, who, kind in quotes
    ]
    return {"article": {"external_id": "weather", "title": "", "body": body}, "sets": [held], "quotes": told}


def test_how_far_annotators_agree(say: Say, live: Live, project: str) -> None:
    """Counted by hand: of ten tokens five have all three labels alike; 5, 5, 8 and 12 of the 30 labels are source, cue,
    content and none: 1 - 29 · 10 / (900 - 25 - 25 - 64 - 144) = 0.548."""
    body = "Ana said rain fell. Ben said sun shone."
    documents = [
        marked(body, "ann", ("rain fell", "Ana", "direct"), ("sun shone", "Ben", "direct")),
        marked(body, "bo", ("rain fell", "Ana", "direct"), ("sun", "Ben", "indirect")),
        marked(body, "cy", ("rain", "Ana", "indirect")),
    ]
    for document in documents:
        live.ask("POST", f"projects/{project}/documents/?on_conflict=upsert", [document])
    live.ask(
        "POST", "annotation-sets/", {"article": live.ask("GET", f"articles/?project={project}")["results"][0]["id"]}
    )
    first, _, *rows, last = say(str(EXAMPLES / "agreement.py"), project).splitlines()
    assert first == "3 finished sets; 1 open ones left out."
    assert [row.split() for row in rows] == [
        ["ann,", "bo", "1", "2,", "2", "0.500", "1.000", "2", "0.000", "1.000"],
        ["ann,", "cy", "1", "2,", "1", "0.000", "0.667", "1", "0.000", "1.000"],
        ["bo,", "cy", "1", "2,", "1", "0.000", "0.667", "1", "0.000", "1.000"],
    ]
    assert last == "alpha 0.548, over 10 tokens of 1 texts with several sets."


def test_coefficients_are_those_of_the_books(say: Say, python_sdk: Path) -> None:
    """Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", B and C; Cohen's table of 20, 5, 10 and 15."""
    program = """
from agreement import alpha, kappa
two = "0100000010", "1110010000"
four = "123321412...", "1233224125.3", ".3332342251.", "12332441251."
print(f"{alpha(zip(*two)):.3f} {alpha([[v for v in unit if v != '.'] for unit in zip(*four)]):.3f}")
print(f"{kappa([('y', 'y')] * 20 + [('y', 'n')] * 5 + [('n', 'y')] * 10 + [('n', 'n')] * 15):.3f}")
print(alpha([["a", "a"]]), alpha([]), kappa([("a", "a")]), kappa([]))
"""
    said = say("-c", program, PYTHONPATH=os.pathsep.join((str(python_sdk), str(EXAMPLES))))
    assert said == "0.095 0.743\n0.400\nNone None None None\n"


MAIN = ("-c", "from onrecord_client.command import main; main()")


def test_the_command_line(say: Say, live: Live, project: str, tmp_path: Path) -> None:
    login = {"ONRECORD_LOGIN": str(tmp_path / "kept" / "login.json")}
    assert "401" in say(*MAIN, "login", "--url", live.url, "--token", "onr_no", status=1, **login)
    assert "as demo" in say(*MAIN, "login", "--url", live.url, "--token", live.token, **login)
    assert Path(login["ONRECORD_LOGIN"]).stat().st_mode & 0o777 == 0o600
    kept = {"ONRECORD_URL": "", "ONRECORD_TOKEN": "", **login}  # to click, empty is not there
    assert "demo  Demo" in say(*MAIN, "list", "projects", **kept)
    assert len(say(*MAIN, "list", "quotes", "--project", "demo", "--limit", "3", **kept).splitlines()) == 3
    assert "no project 'nope'" in say(*MAIN, "list", "articles", "--project", "nope", status=2, **kept)
    target = tmp_path / "demo.ndjson"
    assert "bytes" in say(*MAIN, "export", "demo", "--output", str(target), **kept)
    assert json.loads(target.read_text().splitlines()[-1])["record"] == "end"
    assert say(*MAIN, "export", "demo", **kept).splitlines()[1:-1] == target.read_text().splitlines()[1:-1]
    said = say(*MAIN, "import", project, str(target), **kept)
    assert re.search(r"^succeeded: \d+ created", said, re.MULTILINE), said
    assert live.ask("GET", f"quotes/?project={project}&count=true")["count"] >= 23
    follow = (*MAIN, "tail", project, "--once", "--cursor", str(tmp_path / "cursor"))
    assert "created project" in say(*follow, **kept)
    assert say(*follow, **kept) == ""


def test_the_page(typescript_sdk: Path, live: Live, chromium: Any, tmp_path: Path) -> None:
    """Served from elsewhere: the browser asks the server first whether that origin may."""
    shutil.copy(EXAMPLES / "page" / "index.html", tmp_path)
    shutil.copy(typescript_sdk / "dist" / "onrecord.js", tmp_path)
    page = chromium.new_page()
    log: list[str] = []
    page.on("console", lambda message: log.append(message.text))
    page.on("pageerror", lambda error: log.append(str(error)))
    with served(tmp_path, live.friend):
        page.goto(f"{live.friend}/index.html#url={live.url}&token={live.token}")
        page.wait_for_selector("#quotes li, #error:not(:empty)")
    assert page.inner_text("#error") == ""
    assert page.locator("#quotes li").count() == 23
    shown = page.locator("#body").evaluate("element => element.textContent")
    assert shown == live.ask("GET", f"articles/{SEED}/")["body"]
    assert page.locator("mark[data-depth='2']").count() > 0
    assert page.locator("mark.cue").count() > 0
    assert log == []
    page.close()


@contextmanager
def served(folder: Path, origin: str) -> Iterator[None]:
    port = origin.rsplit(":", 1)[1]
    line = [sys.executable, "-m", "http.server", port, "--bind", "127.0.0.1", "--directory", str(folder)]
    server = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert serving.answers(server, "127.0.0.1", int(port))
        yield
    finally:
        server.terminate()
        server.wait()
