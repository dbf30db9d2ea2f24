"""manage.py erase_user NAME: a person leaves; what they annotated stays, under a pseudonym."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.errors import Problem
from projects.actions.accounts import erase_user, traces
from projects.models import User


class Command(BaseCommand):
    help = "Erase a person's name, mail, password, tokens, sessions and memberships for good."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--yes", action="store_true", help="Ask nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["username"]
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no user {name!r}.")
        if not options["yes"] and input(f"This cannot be undone. Type {name} to erase this user: ") != name:
            raise CommandError("Nothing was changed.")
        texts = [text for text in (name, user.email) if text]
        try:
            told = erase_user(user=user)
        except Problem as problem:
            raise CommandError(f"{problem.faults[0].detail} Nothing was changed.") from problem
        user.refresh_from_db()
        self.stdout.write(f"{name} is now {user.username}, and can no longer sign in.")
        self.stdout.write(f"Gone or renamed: {', '.join(f'{count} {what}' for what, count in told.items())}.")
        for table, count in traces(texts).items():
            self.stdout.write(f"The name or mail still stands in {count} rows of {table}: see whether it is theirs.")
