"""manage.py backup FILE: the whole database in one file, with what is needed to know it again."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.postgres_host import PostgresError
from projects.backup import BackupRefused, write_backup


class Command(BaseCommand):
    help = "Write a backup of the database, as it is at this moment; writers need not stop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="Replaced if it is there, once the new one is whole.")

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path = options["file"].absolute()
        try:
            manifest = write_backup(target)
        except (BackupRefused, PostgresError, OSError) as error:
            raise CommandError(str(error)) from error
        rows = sum(table["rows"] for table in manifest["tables"].values())
        self.stdout.write(f"{target}: {rows} rows of {len(manifest['tables'])} tables, {target.stat().st_size} bytes.")
