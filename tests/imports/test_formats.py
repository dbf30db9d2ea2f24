"""Files as other tools write them: in by `POST imports/`, out by `export/`, in again. The cases of tests/formats."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.builders import World, make_member, make_project
from tests.estate import API
from tests.formats.test_cases import CASES, OURS
from tests.imports.jobs import imported

pytestmark = pytest.mark.django_db(transaction=True)
FORMATS = ("brat", "claimreview", "doccano", "label-studio", "xmi")  # with texts; w3c's cases name articles without
WORDS = {  # what a format's objects say
    "quotes": lambda row: exact(row["content"]),
    "mentions": lambda row: exact(row["span"]),
    "claims": lambda row: row["text"],
    "claim_reviews": lambda row: row["url"],
}


def exact(span: dict[str, Any]) -> str:
    return " … ".join(piece["exact"] for piece in span.get("fragments") or [span])


def zipped(case: Path) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for file in sorted(case.rglob("*")):
            if file.is_file() and file.name not in OURS:
                archive.write(file, file.relative_to(case).as_posix())
    return held.getvalue()


def form_of(case: Path) -> dict[str, str]:
    file = case / "options.json"
    given = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return {name: json.dumps(value) for name, value in given.items()}


def said(records: list[dict[str, Any]]) -> dict[str, list[str]]:
    """By kind, what the documents say, in the order of the words. What has the same id is the same thing."""
    found: dict[str, list[str]] = {}
    for kind, words in WORDS.items():
        rows = [row for one in records for row in one.get(kind) or ()]
        found[kind] = sorted({row.get("id") or n: words(row) for n, row in enumerate(rows)}.values())
    return found


def stored(api: Any, project: Any) -> dict[str, list[str]]:
    """What the API lists of the project."""
    paths = {kind: kind.replace("_", "-") for kind in WORDS}
    lists = {k: api.get(f"{API}/{p}/?project={project.pk}&page_size=200").json()["results"] for k, p in paths.items()}
    return said([lists])


@pytest.mark.parametrize(
    "case",
    sorted(case for name in FORMATS for case in (CASES / name).iterdir()),
    ids=lambda case: f"{case.parent.name}-{case.name}",
)
def test_in_and_out_and_in_again(case: Path, world: World) -> None:
    format, api = case.parent.name, world.manager
    job = imported(api, world.project, zipped(case), format, "case.zip", **form_of(case))
    assert job["status"] == "succeeded", job["report"]
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    found = stored(api, world.project)
    assert found == said(expected["documents"]), job["report"]["items"]
    answer = api.get(f"{API}/projects/{world.project.pk}/export/{format}/")
    data = b"".join(answer.streaming_content)
    target = make_project("target")
    make_member(target, api.user, "manager")
    again = imported(api, target, data, format, answer.headers["Content-Disposition"].split('"')[1])
    assert (again["status"], again["report"]["refused"]) == ("succeeded", {}), again["report"]["items"]
    assert stored(api, target) == found
