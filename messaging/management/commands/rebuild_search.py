"""`manage.py rebuild_search`: makes the search index anew from the history. Workers may go on meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import UnavailableError
from groups.models import Conversation
from messaging.history import history
from messaging.search import index
from messaging.search.indexer import Indexer
from messaging.search.threads import INDEXING, on_thread


class Command(BaseCommand):
    help = (
        "Make the search index anew from the history. Until it is done, searches use what there is and say that they"
        " are not complete."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("conversations", nargs="*", type=UUID, metavar="ID", help="only these; else all")

    def handle(self, *args: Any, conversations: list[UUID], **options: Any) -> None:
        ids = conversations or list(Conversation.objects.order_by("pk").values_list("pk", flat=True))
        try:
            asyncio.run(self._rebuild(ids))
        except UnavailableError:
            raise CommandError("The history does not answer. What is done is done; run this again.") from None
        self.stdout.write(f"{len(ids)} conversation{'' if len(ids) == 1 else 's'} indexed anew.")

    async def _rebuild(self, ids: list[UUID]) -> None:
        indexer = Indexer(history())
        await on_thread(INDEXING, index.make_old, ids)
        try:
            for number, conversation_id in enumerate(ids, 1):
                await indexer.finish(conversation_id)
                if number % 100 == 0:
                    self.stdout.write(f"{number} of {len(ids)}")
        finally:
            await history().rest()
