"""`manage.py index`: takes what is said into the search index. `manage.py serve` starts one as its child where it is
the only worker; beside several workers one runs by itself, or more."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from messaging.history import history
from messaging.search.process import index_until_ended

# People's messages come first where there is too little of the processor.
NICENESS = 10


class Command(BaseCommand):
    help = "Index what is said for searches, until it is stopped. Several may run for one database."
    requires_system_checks: list[str] = []  # they would load every page

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--with-parent", action="store_true", help="end with the standard input, which names work")

    def handle(self, *args: Any, with_parent: bool, **options: Any) -> None:
        os.nice(NICENESS)
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(self._index(with_parent))

    async def _index(self, with_parent: bool) -> None:
        this = asyncio.current_task()
        assert this is not None
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, this.cancel)
        await index_until_ended(history(), has_parent=with_parent)
