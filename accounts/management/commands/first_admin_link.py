"""`manage.py first_admin_link`: print the link that makes the first administrator."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.first_admin import first_admin_path


class Command(BaseCommand):
    help = "Print the link that makes the first administrator. It works once, while there is no administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        origins = settings.CSRF_TRUSTED_ORIGINS or ["http://localhost:8000"]
        parser.add_argument("--site", default=origins[0], help="where browsers find the server (%(default)s)")
        parser.add_argument("--quiet", action="store_true", help="print nothing when there is an administrator")

    def handle(self, *args: Any, site: str, quiet: bool, **options: Any) -> None:
        path = first_admin_path()
        if path:
            self.stdout.write(f"Make the first administrator, once: {site.rstrip('/')}{path}")
        elif not quiet:
            raise CommandError("There is an administrator already: they make others in /admin/.")
