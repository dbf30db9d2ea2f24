"""The commands of docs/migration.md, run as they stand on files such as those tools export."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
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


@pytest.mark.parametrize("section", GUIDES)
def test_the_commands_run(section: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    name, source, expected, format, back = GUIDES[section]
    monkeypatch.chdir(tmp_path)
    prepare(name, CASES / source if source else None)
    anna, boris = make_user("anna"), make_user("boris")
    project = make_project("news")
    make_member(project, anna, "manager")
    make_member(project, boris, "annotator")
    there, *way_back = blocks(section)
    first, dry, rest = re.split(r"(.*--dry-run\n)", there)
    run(first)
    run(dry)
    assert held() == (0, 0, 0, 0), "a try stores nothing"
    run(rest)
    if expected:
        assert held() == expected
    assert AnnotationSet.objects.exists()
    if "boris" in first:
        assert AnnotationSet.objects.filter(annotator_user=boris).exists()
    for block in way_back:
        run(block)
    documents, report = read_back(format, Path(back).read_bytes())
    assert sum(len(document["quotes"]) for document in documents) == held()[3]
    assert not report.codes["refused"]
