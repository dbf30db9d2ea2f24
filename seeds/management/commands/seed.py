"""manage.py seed: the demo project with its seed article. Running it twice changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand

from seeds.loading import load_seeds


class Command(BaseCommand):
    help = "Make the demo project and load the seed articles that are not there yet."

    def handle(self, *args: Any, **options: Any) -> None:
        project = load_seeds()
        self.stdout.write(f"The project {project.slug} ({project.pk}) holds the seed articles.")
