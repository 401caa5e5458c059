"""What the tests of messaging share: drafts, a history, and sockets that only remember."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts import redis_client as redis_module
from accounts.models import User
from accounts.redis_client import redis_client
from messaging.history import Draft, History, Stored, history
from messaging.outlet import BACKLOG_BYTES_MOST, Frame
from messaging.protocol import (
    AnyChange,
    MemberJoined,
    MessageDeleted,
    MessageEdited,
    MessagePinned,
    MessageSent,
    MessageUnpinned,
    ReactionAdded,
    ReactionRemoved,
    decode_change,
)
from tests.live import Account, Workers
from tests.live_redis import LiveRedis

READY_SECONDS = 20
Cast = tuple[Account, Account]


@pytest.fixture
async def store(transactional_db: None) -> AsyncIterator[History]:
    """Once its servers answer: an epoch that replaces another begins after some seconds of silence."""
    store = history()
    await until_ready(store)
    yield store
    await store.rest()


async def until_ready(store: History) -> None:
    until = time.monotonic() + READY_SECONDS
    while missing := await store.missing():
        assert time.monotonic() < until, f"no answer from {missing}"
        await asyncio.sleep(0.05)


@pytest.fixture
async def in_redis(redis_server: LiveRedis, settings: object, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    settings.REDIS_URL = redis_server.url  # type: ignore[attr-defined]
    monkeypatch.setattr(redis_module, "TIMEOUT_SECONDS", 0.5)
    await redis_client().flushall()
    yield
    await redis_client().aclose()


@pytest.fixture
def cast(workers: Workers) -> Cast:
    """Of the two workers of a test: alice at the first, bob at the second."""
    alice, bob = (workers[0].newcomer(name) for name in ("alice", "bob"))
    return alice, bob.at(workers[1])


@pytest.fixture
def place() -> uuid.UUID:
    return uuid.uuid4()


async def commit(store: History, *drafts: Draft) -> list[Stored]:
    outcomes = await store.commit(drafts)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
    return [outcome for outcome in outcomes if isinstance(outcome, Stored)]


async def read_all(store: History, place: uuid.UUID) -> list[AnyChange]:
    changes: list[AnyChange] = []
    while True:
        page = await store.page(place, after=changes[-1].seq if changes else 0, limit=7)
        changes += [decode_change(content) for content in page.changes]
        if page.complete:
            return changes


async def unread(store: History, user_id: uuid.UUID, place: uuid.UUID) -> int:
    [position] = await store.positions(user_id, [place])
    return position.unread


def message(
    conversation_id: uuid.UUID,
    author_id: uuid.UUID,
    body: str = "hello",
    key: uuid.UUID | None = None,
    **fields: Any,
) -> Draft:
    change = MessageSent(
        conversation_id=conversation_id,
        id=uuid.uuid4(),
        key=key or uuid.uuid4(),
        author_id=author_id,
        body=body,
        **fields,
    )
    return Draft(change, preview=body)


def join(conversation_id: uuid.UUID, user_id: uuid.UUID) -> Draft:
    change = MemberJoined(
        conversation_id=conversation_id, id=uuid.uuid4(), key=uuid.uuid4(), author_id=user_id, user_id=user_id
    )
    return Draft(change, reads=(user_id,))


def edit(sent: Stored, body: str = "better", key: uuid.UUID | None = None) -> Draft:
    """Of a message just stored, by its author."""
    change = MessageEdited(**_about(sent, key), target=sent.change.seq, body=body)
    return Draft(change, preview=body, message=_message(sent))


def reaction(sent: Stored, user_id: uuid.UUID, emoji: str = "👍", *, removed: bool = False) -> Draft:
    kind = ReactionRemoved if removed else ReactionAdded
    change = kind(**_about(sent, None) | {"author_id": user_id}, target=sent.change.seq, emoji=emoji)
    return Draft(change, message=_message(sent))


def pin(sent: Stored, user_id: uuid.UUID, *, removed: bool = False) -> Draft:
    kind = MessageUnpinned if removed else MessagePinned
    change = kind(**_about(sent, None) | {"author_id": user_id}, target=sent.change.seq)
    return Draft(change, message=_message(sent))


def deletion(sent: Stored, key: uuid.UUID | None = None) -> Draft:
    change = MessageDeleted(**_about(sent, key), target=sent.change.seq)
    return Draft(change, message=_message(sent))


def _about(sent: Stored, key: uuid.UUID | None) -> dict[str, Any]:
    change = sent.change
    return {
        "conversation_id": change.conversation_id,
        "id": uuid.uuid4(),
        "key": key or uuid.uuid4(),
        "author_id": change.author_id,
    }


def _message(sent: Stored) -> MessageSent:
    assert isinstance(sent.change, MessageSent)
    return sent.change


class RememberingOutlet:
    """An outlet whose socket takes everything, or, while `stuck`, nothing."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.writes = 0
        self.stuck_bytes = 0
        self.code: int | None = None
        self.is_cut = False

    def send(self, frame: Frame) -> None:
        self.writes += 1
        self.frames.extend(frame.payloads)

    def offer(self, frame: Frame) -> bool:
        if self.stuck_bytes > BACKLOG_BYTES_MOST:
            return False
        self.send(frame)
        return True

    def backlog(self) -> int:
        return self.stuck_bytes

    async def close(self, code: int) -> None:
        self.code = code

    def cut(self) -> None:
        self.is_cut = True

    def release(self) -> None:
        pass

    def said(self) -> list[Any]:
        import json

        return [json.loads(frame) for frame in self.frames]


@pytest.fixture
def alices(alice: User, api: Callable[..., APIClient]) -> APIClient:
    """Alice's API."""
    return api(alice)
