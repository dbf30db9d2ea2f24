"""manage.py worker: does what waits in the queue. `run.py` starts one; start more of them on any host."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.psycopg_connector import PsycopgConnector

from annotations.actions.imports import QUEUE
from annotations.importing.queue import rescue_imports


class Command(BaseCommand):
    help = "Run imports as they come in, until Ctrl-C or SIGTERM; the one that runs then goes on elsewhere."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="end when the queue is empty")
        parser.add_argument("--at-once", type=int, default=1, metavar="N", help="imports at the same time (default: 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        rescue_imports()
        # The queue's own connections, beside one for each import. Its default would keep four.
        connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=2 + options["at_once"])
        with app.replace_connector(connector):
            app.run_worker(
                queues=[QUEUE],
                concurrency=options["at_once"],
                wait=not options["once"],
                delete_jobs="always",
                shutdown_graceful_timeout=1,  # seconds; then the import stops behind its present batch
            )
