"""What the documentation shows is true: the README's tour runs as it stands, and every setting is documented."""

from __future__ import annotations

import json
import re
import shlex
from contextlib import nullcontext
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from backend import postgres, serving
from tests.builders import make_user
from tests.databases import another_database

ROOT = postgres.CHECKOUT
FILL_IN = {"ARTICLE", "QUOTE", "IMPORT"}


def tour() -> list[str]:
    """The commands of the README's tour, in their order."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("## Five minutes with curl")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return [command for block in blocks for command in commands(block)]


def commands(block: str) -> list[str]:
    """One command a statement: lines joined while a quote is open or the line ends in a backslash."""
    found, current = [], ""
    for line in block.splitlines():
        current += line
        if current.endswith("\\"):
            current = current[:-1] + " "
            continue
        try:
            shlex.split(current, comments=True)
        except ValueError:
            current += "\n"
            continue
        if current.strip():
            found.append(current)
        current = ""
    return found


class Shell:
    """As much of a shell and of curl as the tour uses."""

    def __init__(self, client: Any, variables: dict[str, str]) -> None:
        self.client, self.variables = client, variables
        self.files: dict[str, bytes] = {}

    def expand(self, word: str) -> str:
        return re.sub(r"\$(\w+)", lambda name: self.variables[name[1]], word)

    def run(self, command: str) -> Any:
        # Double quotes and the gaps between single ones expand; in the tour nothing else holds a dollar sign.
        words = [self.expand(word) for word in shlex.split(command, comments=True)]
        assert words[0] == "curl", command
        method, headers, body, address, output = None, {}, None, None, None
        form: dict[str, Any] = {}
        rest = iter(words[1:])
        for word in rest:
            if word == "-H":
                name, _, value = next(rest).partition(": ")
                headers[name] = value
            elif word == "-F":
                name, _, value = next(rest).partition("=")
                form[name] = SimpleUploadedFile(value[1:], self.files[value[1:]]) if value[0] == "@" else value
            elif word == "-X":
                method = next(rest)
            elif word == "-d":
                body = next(rest)
            elif word == "-o":
                output = next(rest)
            elif not word.startswith("-"):
                address = word
        assert address, command
        if form:
            return self.client.post(address, data=form, headers=headers)
        kind = headers.pop("Content-Type", "application/x-www-form-urlencoded")
        send = getattr(self.client, (method or ("POST" if body else "GET")).lower())
        answer = (
            send(address, data=body, content_type=kind, headers=headers) if body else send(address, headers=headers)
        )
        if output:
            self.files[output] = answer.getvalue()
        return answer


@pytest.mark.django_db
def test_the_tour_runs_as_it_stands(seeded: Any, client: Any, manager: Any, seed_quotes: int) -> None:
    shell = Shell(Client(), {"TOKEN": manager.token})
    answers: list[Any] = []
    for command in tour():
        if command.startswith("export"):
            name, _, value = command.removeprefix("export ").partition("=")
            if name == "API":
                shell.variables[name] = value.removeprefix("http://127.0.0.1:8000")
            elif name in FILL_IN:
                shell.variables[name] = answers[-1].json()["id"]
            elif "…" not in value:
                shell.variables[name] = value
            continue
        answers.append(shell.run(command))
        assert answers[-1].status_code in {200, 201, 202}, (command, answers[-1].getvalue())
    document, article, quote, read, page, updated, _, imported, job = answers
    assert len(document.json()["quotes"]) == 23
    assert article.status_code == quote.status_code == 201
    assert quote.json()["cue"]["start"] == 37
    assert "warnings" not in quote.json()
    assert read.headers["ETag"] == f'"{quote.json()["id"]}.1"'
    assert page.json()["count"] == seed_quotes + 1
    assert (updated.json()["venue"], updated.json()["version"]) == ("City Hall", 2)
    assert json.loads(shell.files["demo.ndjson"].splitlines()[-1])["record"] == "end"
    assert (imported.status_code, job.json()["status"]) == (202, "queued")


def test_the_tour_counts_utf16_right() -> None:
    body = json.loads(next(c for c in tour() if "/articles/ " in c).split("-d '")[1].rsplit("'", 1)[0])["body"]
    start = body.index("said")
    assert (start, start + 4) == (37, 41)
    assert len(body[:start].encode("utf-16-le")) // 2 == 38


def operations() -> list[str]:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    return [command for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for command in commands(block)]


@pytest.mark.django_db(transaction=True)
def test_the_commands_of_operations_run(
    seeded: Any, durable: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    make_user("demo")
    make_user("ada.lovelace")
    ran = []
    for command in operations():
        words = shlex.split(command)
        variables = dict(word.split("=", 1) for word in takewhile(lambda word: "=" in word, words))
        words = words[len(variables) :]
        with another_database() if "DATABASE_URL" in variables else nullcontext():
            ran.append(operate(words))
    out = capsys.readouterr().out
    assert {"migrate", "prune", "backup", "restore", "check_integrity", "erase_user", "/readyz"} <= set(ran)
    assert out.count("each table as its manifest says") == 2
    assert "ada.lovelace is now erased-" in out


def operate(words: list[str]) -> str:
    """Does what the command would do, and says what that was."""
    if words[:3] == ["python3", "run.py", "manage"]:
        call_command(*words[3:])
        return words[3]
    if words[0] == "curl":
        path = words[-1].removeprefix("http://127.0.0.1:8000")
        assert Client().get(path).status_code == 200
        return path
    assert words[0] == ".venv/bin/granian", words
    # The line is that of `run.py`, but for the numbers, which are the reader's.
    assert options_of(words[1:]) == options_of(serving.web_server("127.0.0.1", 8000)[3:]) - {"--log-level"}
    return words[0]


def options_of(words: list[str]) -> set[str]:
    return {word for word in words if word.startswith("--") or ":" in word}


def test_every_setting_is_documented() -> None:
    used = set()
    for path in (*Path(ROOT / "backend").glob("**/*.py"), ROOT / "run.py"):
        used |= set(re.findall(r"ONRECORD_[A-Z_]+|DATABASE_URL", path.read_text(encoding="utf-8")))
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(\w+)`", text, re.MULTILINE))
    assert used - INTERNAL == documented


# Set by run.py for itself and the tests.
INTERNAL = {"ONRECORD_TEST_CLUSTER"}


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8")))
    assert listed == {path.name for path in folder.glob("0*.md")}


def test_every_guard_is_a_test_that_exists() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8").split("## Threats")[1]
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    named = [re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", row) for row in rows]
    assert len(named) > 30
    assert all(named), "every threat names what shows that it is guarded against"
    for file, test in {pair for row in named for pair in row}:
        assert f"def {test}" in (ROOT / file).read_text(encoding="utf-8"), (file, test)
