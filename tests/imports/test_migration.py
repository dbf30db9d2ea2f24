"""The commands of docs/migration.md, run as they stand on files such as those tools export."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from annotations.models import AnnotationSet, Mention, Quote
from articles.models import Article
from backend import postgres
from tests.builders import make_member, make_project, make_user
from tests.formats import inception
from tests.formats.samples import read_back

pytestmark = pytest.mark.django_db(transaction=True)

CASES = Path(__file__).parents[1] / "formats/cases"
# What each guide starts with: the file or folder that it names, and what is in it; what the project holds in the end:
# articles, sets, mentions, quotes; and the format and file of the way back.
GUIDES: dict[str, tuple[str, str | None, tuple[int, ...] | None, str, str]] = {
    "doccano": ("doccano.zip", "doccano/users", (2, 2, 1, 2), "doccano", "back.jsonl"),
    "Label Studio": (
        "project-2.json",
        "label-studio/export/project-2-at-2026-01-02.json",
        (1, 3, 4, 5),
        "label-studio",
        "back.json",
    ),
    "brat": ("brat/", "brat/folders", None, "brat", "back.zip"),
    "INCEpTION": ("inception.zip", None, (1, 2, 2, 3), "xmi", "back.zip"),
}


def blocks(section: str) -> list[str]:
    text = (postgres.CHECKOUT / "docs/migration.md").read_text(encoding="utf-8")
    part = text.split(f"## From {section}\n")[1].split("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", part, re.DOTALL)


def prepare(name: str, source: Path | None) -> None:
    """The tool's export, in the folder where the commands run."""
    if source is None:
        Path(name).write_bytes(inception.exported())
    elif name.endswith(".zip"):
        shutil.make_archive(name.removesuffix(".zip"), "zip", source)
    elif source.is_dir():
        shutil.copytree(source, name)
    else:
        shutil.copy(source, name)
    for ours in Path().glob("**/expected.json"):
        ours.unlink()


def run(block: str) -> None:
    """Our own commands in this process, so that they see this test's database; all else in a shell."""
    own = "python3 run.py manage "
    for part in re.split(rf"^({re.escape(own)}.*)$", block, flags=re.MULTILINE):
        if part.startswith(own):
            call_command(*shlex.split(part.removeprefix(own)))
        elif part.strip():
            script = f'python3() {{ "{sys.executable}" "$@"; }}\n{part}'
            subprocess.run(["bash", "-ec", script], check=True, timeout=60)


def held() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Article, AnnotationSet, Mention, Quote))


@pytest.fixture(autouse=True)
def news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, and the project that the guide speaks of."""
    monkeypatch.chdir(tmp_path)
    anna, boris = make_user("anna"), make_user("boris")
    project = make_project("news")
    make_member(project, anna, "manager")
    make_member(project, boris, "annotator")


def come_in(there: str) -> str:
    """Runs the commands of a way here; gives those that come before the try."""
    first, dry, rest = re.split(r"(.*--dry-run\n)", there)
    run(first)
    run(dry)
    assert held() == (0, 0, 0, 0), "a try stores nothing"
    run(rest)
    return first


@pytest.mark.parametrize("section", GUIDES)
def test_the_commands_run(section: str, capsys: Any) -> None:
    name, source, expected, format, back = GUIDES[section]
    prepare(name, CASES / source if source else None)
    there, *way_back = blocks(section)
    first = come_in(there)
    if expected:
        assert held() == expected
    assert AnnotationSet.objects.exists()
    if "boris" in first:
        assert AnnotationSet.objects.filter(annotator_user__username="boris").exists()
    for block in way_back:
        run(block)
    documents, report = read_back(format, Path(back).read_bytes())
    assert sum(len(document["quotes"]) for document in documents) == held()[3]
    assert not report.codes["refused"]


def test_a_table_comes_in_and_goes_out(capsys: Any) -> None:
    there, back = blocks("a table")
    come_in(there)
    assert held() == (1, 2, 3, 3)
    assert sorted(AnnotationSet.objects.values_list("annotator_user__username", "kind")) == [
        ("anna", "imported"),
        ("boris", "imported"),
    ]
    run(back)
    with zipfile.ZipFile("back.zip") as tables:
        assert tables.read("quotes.csv").decode().count("it would rain") == 2
