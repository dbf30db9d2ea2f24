"""manage.py import_annotations: a file, an archive or a folder of this machine, by the same code as `imports/`."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from annotations.choices import ImportStatus, OnConflict
from annotations.formats import FORMATS
from annotations.formats.report import OUTCOMES
from annotations.importing.running import run_import
from annotations.importing.sources import Meter, local, size_of
from annotations.models import ImportJob
from projects.models import Project, User

READABLE = [name for name, found in FORMATS.items() if found.read]


class Command(BaseCommand):
    help = "Import a file, an archive or a folder, with a progress bar and a report of what was refused."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--user", required=True, metavar="NAME", help="on whose behalf: a manager of the project")
        parser.add_argument("--format", choices=READABLE, default="ndjson")
        parser.add_argument("--on-conflict", choices=OnConflict.values, default="fail", help="for known articles")
        parser.add_argument("--dry-run", action="store_true", help="say what would be, and store nothing")
        parser.add_argument("--repair", action="store_true", help="move spans whose words stand near by")
        parser.add_argument("--mapping", type=Path, metavar="FILE", help="foreign labels in our words, as JSON")
        parser.add_argument("--resume", type=UUID, metavar="ID", help="go on with an import that was interrupted")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        if not path.exists():
            raise CommandError(f"There is no {path}.")
        job = self.resumed(options["resume"]) if options["resume"] else self.new(options)
        try:
            with tqdm(total=job.total, initial=job.done, unit="B", unit_scale=True, disable=None) as bar:
                run_import(job.pk, partial(opened, path), heard=lambda done: bar.update(done - bar.n))
        except KeyboardInterrupt:
            raise CommandError(f"Interrupted. To go on, repeat the command with --resume {job.pk}") from None
        job.refresh_from_db()
        self.tell(job)

    def resumed(self, pk: UUID) -> ImportJob:
        found: ImportJob | None = ImportJob.objects.filter(pk=pk, upload=None).first()
        if found is None:
            raise CommandError("There is no such import that was begun on the command line.")
        return found

    def new(self, options: dict[str, Any]) -> ImportJob:
        project = Project.objects.filter(slug=options["project"]).first()
        user = User.objects.filter(username=options["user"]).first()
        if project is None or user is None:
            raise CommandError("There is no such project." if project is None else "There is no such user.")
        mapping = orjson.loads(options["mapping"].read_bytes()) if options["mapping"] else {}
        names = ("format", "on_conflict", "dry_run", "repair")
        job: ImportJob = ImportJob.objects.create(
            project=project,
            created_by=user,
            file=options["path"].name,
            total=size_of(options["path"]),
            mapping=mapping,
            **{name: options[name] for name in names},
        )
        return job

    def tell(self, job: ImportJob) -> None:
        """Every refused or repaired item, and the counts. Error: CommandError, where the import did not succeed."""
        report = job.report
        for item in report["items"]:
            place = f"{item['file']}:{item['line']}" if item["line"] else item["file"]
            self.stderr.write(f"{item['outcome']}  {place}  {item['code']}: {item['detail']}")
        for outcome in OUTCOMES:
            if left := report["items_left_out"][outcome]:
                self.stderr.write(f"{outcome}: {left} more")
        for name in ("counts", "stored", *OUTCOMES):
            told = ", ".join(f"{n} {what}" for what, n in report[name].items() if n)
            self.stdout.write(f"{name}: {told or 'nothing'}")
        if job.status != ImportStatus.SUCCEEDED:
            raise CommandError(f"The import has {job.status}.")


def opened(path: Path, job: ImportJob, meter: Meter) -> Any:
    return local(path, FORMATS[job.format].limits, meter)
