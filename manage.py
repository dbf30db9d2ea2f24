#!/usr/bin/env python3
"""Django's command line; `python3 run.py manage` runs it in the right environment."""

import os
import sys

from django.core.management import execute_from_command_line

from backend import postgres

WITHOUT_DATABASE = {"check", "collectstatic", "diffsettings", "findstatic", "help", "spectacular", "version"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    asked = [word for word in sys.argv[1:] if not word.startswith("-")]
    if asked and asked[0] not in WITHOUT_DATABASE:
        postgres.start_if_embedded()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
