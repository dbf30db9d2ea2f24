"""manage.py restore FILE: a backup in the place of the database, whole or not at all."""

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.postgres_host import PostgresError
from backend.views import migrations
from projects.backup import BackupRefused, restore_backup


class Command(BaseCommand):
    help = "Restore a backup, compare it with its manifest, and check its integrity. Stop the web server first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--yes", action="store_true", help="Even where the database holds something, now gone.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = restore_backup(options["file"], replace=options["yes"])
        except (BackupRefused, PostgresError, OSError) as error:
            raise CommandError(str(error)) from error
        rows = sum(table["rows"] for table in manifest["tables"].values())
        self.stdout.write(f"Restored {rows} rows as of {manifest['at']}, each table as its manifest says.")
        if {f"{app}.{name}" for app, name in migrations()} - set(manifest["migrations"]):
            self.stdout.write("The backup is of an older onrecord. Now: manage.py migrate, manage.py check_integrity")
        else:
            call_command("check_integrity")
