"""Saying, changing and searching, as people do over REST; and an index that is given time."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from rest_framework.test import APIClient

from accounts.models import User
from groups.models import Conversation
from messaging import actions as talk
from messaging.protocol import DeleteMessage, EditMessage, SendMessage


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that is busy with other things taking in a few messages may last."""
    monkeypatch.setattr("messaging.search.finding.CATCH_UP_SECONDS", 60.0)


def say(user: User, place: Conversation, body: str, **fields: Any) -> int:
    command = SendMessage(key=uuid.uuid4(), conversation_id=place.pk, body=body, **fields)
    return async_to_sync(talk.write)(user.pk, command).change.seq


def edit(user: User, place: Conversation, seq: int, body: str) -> None:
    command = EditMessage(key=uuid.uuid4(), conversation_id=place.pk, target=seq, body=body)
    async_to_sync(talk.write)(user.pk, command)


def delete(user: User, place: Conversation, seq: int) -> None:
    async_to_sync(talk.write)(user.pk, DeleteMessage(key=uuid.uuid4(), conversation_id=place.pk, target=seq))


def search(client: APIClient, q: str, **parameters: Any) -> Any:
    answer = client.get("/api/v1/search", {"q": q, **parameters})
    assert answer.status_code == 200, answer.content
    assert answer.json()["is_complete"] is True
    return answer.json()


def texts(client: APIClient, q: str, **parameters: Any) -> list[str]:
    rows = search(client, q, **parameters)["results"]
    return ["".join(part["text"] for part in row["snippet"]) for row in rows]
