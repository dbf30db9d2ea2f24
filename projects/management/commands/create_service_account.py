"""manage.py create_service_account NAME --project SLUG: a model, a rule set or an importer that annotates."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.errors import Problem
from projects.actions.accounts import create_service_account
from projects.models import Project
from projects.roles import SCOPES, Caller, Role


class Command(BaseCommand):
    help = "Make an account for a program and print its token once. It goes for this project, and no other."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--role", choices=("viewer", "annotator", "curator"), default="annotator")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']!r}.")
        caller = Caller(scopes=frozenset(SCOPES), everywhere=True)
        role = Role.named(options["role"])
        try:
            _, secret = create_service_account(caller=caller, project=project, name=options["name"], role=role)
        except Problem as problem:
            raise CommandError(problem.faults[0].detail) from problem
        self.stdout.write(secret)
