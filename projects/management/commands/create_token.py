"""manage.py create_token USERNAME: a user's first token, on the terminal."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from projects.actions.tokens import create_token
from projects.models import User
from projects.roles import SCOPES


class Command(BaseCommand):
    help = "Make an API token for a user and print it once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="Command line")
        parser.add_argument("--scope", action="append", choices=SCOPES, help="May be repeated; all, if left out.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {options['username']!r}; see `manage.py createsuperuser`.")
        _, secret = create_token(user=user, name=options["name"], scopes=options["scope"] or SCOPES)
        self.stdout.write(secret)
