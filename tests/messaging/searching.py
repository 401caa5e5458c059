"""Saying, changing and searching, as people do over REST; and an index that is brought up to date."""

from __future__ import annotations

import uuid
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from rest_framework.test import APIClient

from accounts.models import User
from groups.models import Conversation
from messaging import actions as talk
from messaging.history import history
from messaging.protocol import DeleteMessage, EditMessage, SendMessage
from messaging.search.indexer import Indexer


def say(user: User, place: Conversation, body: str, **fields: Any) -> int:
    command = SendMessage(key=uuid.uuid4(), conversation_id=place.pk, body=body, **fields)
    return async_to_sync(talk.write)(user.pk, command).change.seq


def edit(user: User, place: Conversation, seq: int, body: str) -> None:
    command = EditMessage(key=uuid.uuid4(), conversation_id=place.pk, target=seq, body=body)
    async_to_sync(talk.write)(user.pk, command)


def delete(user: User, place: Conversation, seq: int) -> None:
    async_to_sync(talk.write)(user.pk, DeleteMessage(key=uuid.uuid4(), conversation_id=place.pk, target=seq))


def index_all() -> None:
    """As workers do once there is something to index."""

    async def finish() -> None:
        indexer = Indexer(history())
        for conversation_id in await sync_to_async(_conversations)():
            await indexer.finish(conversation_id)

    async_to_sync(finish)()


def _conversations() -> list[uuid.UUID]:
    return list(Conversation.objects.values_list("pk", flat=True))


def search(client: APIClient, q: str, **parameters: Any) -> Any:
    """Of an index that is up to date."""
    index_all()
    answer = client.get("/api/v1/search", {"q": q, **parameters})
    assert answer.status_code == 200, answer.content
    assert answer.json()["is_complete"] is True
    return answer.json()


def texts(client: APIClient, q: str, **parameters: Any) -> list[str]:
    rows = search(client, q, **parameters)["results"]
    return ["".join(part["text"] for part in row["snippet"]) for row in rows]
