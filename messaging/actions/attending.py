"""What a person's clients say of the person: here, reading, typing, looking at this."""

from __future__ import annotations

import time
from collections.abc import Collection
from uuid import UUID

from django.conf import settings

from accounts.errors import InvalidError, RateLimitedError
from groups.models import Kind
from messaging.actions.access import access_conversation, check_may_post
from messaging.errors import TooManySocketsError
from messaging.history import Mark
from messaging.protocol import PersonSeen, ReadMarked, ReceiptsChanged
from messaging.room import Connection
from messaging.worker import current_worker


async def enter(connection: Connection) -> None:
    """From here on the connection gets every change of its user's conversations, of channels hints.

    Raises TooManySocketsError.
    """
    worker = current_worker()
    if len(worker.hub.of_user(connection.user_id)) >= settings.SOCKETS_PER_USER:
        raise TooManySocketsError
    worker.hub.register(connection)
    door, relay = worker.members.conversations, worker.delivery.relay
    # What another worker changed a moment ago may not have been told here.
    known = await (door.fresh if relay.is_shared else door.current)(connection.user_id)
    # No await since then: a membership that changes later finds the connection in the hub.
    worker.hub.enter(connection, known)
    for conversation_id, place in known.items():
        if place.is_channel:
            worker.hub.make_channel(conversation_id)
    await relay.follow(known)


async def mark_read(user_id: UUID, *, conversation_id: UUID, seq: int, ref: str | None = None) -> Mark:
    """The user has read up to seq; all their sockets are told."""
    worker = current_worker()
    await access_conversation(user_id, conversation_id)
    mark = await worker.marks.put((user_id, conversation_id, seq))
    worker.delivery.tell_mark(user_id, _marked(conversation_id, mark, ref))
    return mark


async def mark_unread(user_id: UUID, *, conversation_id: UUID, seq: int, ref: str | None = None) -> Mark:
    """The user takes their mark back to before seq; all their sockets are told, and others see nothing of it."""
    worker = current_worker()
    await access_conversation(user_id, conversation_id)
    if seq < 1:
        raise InvalidError("A change has a number from 1 on.", field="seq")
    mark = await worker.history.mark_unread(user_id, conversation_id, seq)
    worker.delivery.tell_mark(user_id, _marked(conversation_id, mark, ref))
    return mark


def _marked(conversation_id: UUID, mark: Mark, ref: str | None) -> ReadMarked:
    return ReadMarked(
        ref=ref,
        conversation_id=conversation_id,
        read=mark.read,
        unread=mark.unread,
        turn=mark.turn,
        mentions=mark.mentions,
    )


async def watch_conversation(connection: Connection, conversation_id: UUID | None) -> None:
    """The connection shows this conversation now; None: none at all."""
    has_receipts = False
    if conversation_id is not None:
        roster = await access_conversation(connection.user_id, conversation_id)
        has_receipts = roster.kind != Kind.CHANNEL
    worker = current_worker()
    worker.hub.watch(connection, conversation_id)
    worker.receipts.watch(connection, conversation_id if has_receipts else None)


async def list_receipts(user_id: UUID, *, conversation_id: UUID) -> ReceiptsChanged:
    """How far the members have come, as the user may know it."""
    await access_conversation(user_id, conversation_id)
    return await current_worker().receipts.whole(user_id, conversation_id)


async def start_typing(user_id: UUID, conversation_id: UUID) -> None:
    """Those who look at the conversation are told; at most once in TYPING_SECONDS, and then it is dropped."""
    await check_may_post(user_id, conversation_id)
    worker = current_worker()
    if worker.typing.take((user_id, conversation_id), time.monotonic()) == 0:
        worker.delivery.show_typing(conversation_id, user_id)


async def watch_people(connection: Connection, user_ids: Collection[UUID]) -> list[PersonSeen]:
    """How these people look now; from here on the connection is told what changes, of these and nobody else."""
    worker = current_worker()
    if user_ids and (wait := worker.watches.take(connection.user_id, time.monotonic())):
        raise RateLimitedError(wait)
    return await worker.watchers.watch(connection, user_ids)


async def set_presence(connection: Connection, *, is_away: bool) -> None:
    """Whether anybody looks at what the connection's client shows."""
    current_worker().hub.set_away(connection, is_away)
