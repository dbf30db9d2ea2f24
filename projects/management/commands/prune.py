"""manage.py prune: forgets what is kept for a time only. Once a day is often enough; `run.py` does it at each start."""

from typing import Any

from django.core.management.base import BaseCommand

from projects import throttling
from projects.actions import retries


class Command(BaseCommand):
    help = "Forget answers kept for retries, and counts of used limits, that nobody needs any more."

    def handle(self, *args: Any, **options: Any) -> None:
        answers, counts = retries.prune(), throttling.prune()
        if options["verbosity"]:
            self.stdout.write(f"Forgotten: {answers} kept answers, {counts} used limits.")
