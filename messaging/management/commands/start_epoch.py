"""`manage.py start_epoch`: after a backup was restored or a follower promoted, everybody believes the server anew."""

from __future__ import annotations

import asyncio
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import UnavailableError
from messaging.history import history
from messaging.restoring import Restored, start_epoch


class Command(BaseCommand):
    help = "Begin a new epoch: to be run once after a restore or a promotion, best before the workers start."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            restored = asyncio.run(self._start())
        except UnavailableError:
            raise CommandError("The history does not answer. Run this again once it does.") from None
        self.stdout.write(f"Epoch {restored.epoch} begins, in {restored.conversations} conversations.")
        if restored.shortened:
            self.stdout.write(f"{restored.shortened} lack what the search index or saved messages named: made anew.")
        if restored.marks:
            self.stdout.write(f"{restored.marks} read marks went back to the end of their conversations.")

    async def _start(self) -> Restored:
        try:
            return await start_epoch(history())
        finally:
            await history().rest()
