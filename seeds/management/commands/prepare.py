"""manage.py prepare: what run.py asks for before it serves: tables, seeds, demo login. Safe to run at every start.

In production there are no seeds and no demo: nobody can log in who was not made there.
"""

import json
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from seeds.demo import demo_login
from seeds.loading import load_seeds


class Command(BaseCommand):
    help = "Migrate and prune; but in production, load the seeds once, make the demo login and its token."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="The login as one line of JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("prune", verbosity=0)
        login = {} if settings.PRODUCTION else demo_login(settings.DATA_DIR, load_seeds())
        if options["json"]:
            self.stdout.write(json.dumps(login))
        else:
            self.stdout.write("\n".join(f"{name}: {value}" for name, value in login.items()))
