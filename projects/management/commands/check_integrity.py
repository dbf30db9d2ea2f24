"""manage.py check_integrity: whether every stored row is as the rules say, whatever wrote it."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from backend.integrity import check


class Command(BaseCommand):
    help = "Ask the database for rows that break an invariant. Exit code 1 if there are any."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="One object: invariant -> count, ids, sentence.")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = []
        for finding in check():
            findings.append(finding)
            if not options["json"]:
                self.report(finding)
        if options["json"]:
            self.stdout.write(json.dumps({finding.name: asdict(finding) for finding in findings}, indent=2))
        broken = sum(1 for finding in findings if finding.count)
        if broken:
            self.stderr.write(f"{broken} of {len(findings)} invariants are broken.")
            raise SystemExit(1)

    def report(self, finding: Any) -> None:
        self.stdout.write(f"{finding.count:>8}  {finding.name}")
        if finding.count:
            more = ", …" if finding.count > len(finding.ids) else ""
            self.stdout.write(f"          {finding.sentence}\n          not so: {', '.join(finding.ids)}{more}")
