"""manage.py export_annotations: a project into a file, by the same code as `projects/{id}/export/{format}/`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from annotations.choices import ReviewStatus, SetKind
from annotations.exporting import Selection, export
from annotations.formats import FORMATS, Report
from projects.models import Project
from projects.roles import SCOPES, Caller

WRITABLE = [name for name, found in FORMATS.items() if found.write]


class Command(BaseCommand):
    help = "Export a project, with everything in it, to a file or to the standard output."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--format", choices=WRITABLE, default="ndjson")
        parser.add_argument("--output", type=Path, metavar="FILE", help="default: the standard output")
        parser.add_argument("--set-kind", choices=SetKind.values)
        parser.add_argument("--annotator", metavar="NAME")
        parser.add_argument("--review-status", choices=ReviewStatus.values)
        parser.add_argument("--no-text", action="store_true", help="stand-off, without the words (ndjson)")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError("There is no such project.")
        if options["no_text"] and options["format"] != "ndjson":
            raise CommandError("Only ndjson has a form without the articles' words.")
        report = Report()
        blocks = export(
            caller=Caller(scopes=frozenset(SCOPES), everywhere=True),
            project=project.pk,
            format=options["format"],
            selection=Selection(options["set_kind"], options["annotator"], options["review_status"]),
            words=not options["no_text"],
            report=report,
        )
        self.write(shown(blocks), options["output"])
        for item in report.items:
            self.stderr.write(f"{item['outcome']}  {item['code']}: {item['detail']}")

    @staticmethod
    def write(blocks: Iterable[bytes], target: Path | None) -> None:
        """Beside its place, and renamed: there whole, or not at all."""
        if target is None:
            sys.stdout.buffer.writelines(blocks)
            return
        draft = target.with_name(f".{target.name}.part")
        try:
            with draft.open("wb") as file:
                file.writelines(blocks)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)


def shown(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks, with a bar on the terminal that counts their bytes."""
    with tqdm(unit="B", unit_scale=True, disable=None) as bar:
        for block in blocks:
            yield block
            bar.update(len(block))
