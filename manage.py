#!/usr/bin/env python
"""Parley's command line: `serve`, `migrate`, `replay` and Django's own commands."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        # Wrong address, server away, disk full: the reason, without the way our code took there.
        sys.exit(f"The database of DATABASE_URL does not answer: {str(error).strip().splitlines()[0]}")


if __name__ == "__main__":
    main()
