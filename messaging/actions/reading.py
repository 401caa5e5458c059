"""What is shown: pages, messages, where somebody stands. Nothing here changes anything."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from msgspec import UNSET

from accounts.errors import InvalidError, NotFoundError
from messaging.actions.access import access_conversation, access_message, access_message_now
from messaging.files.facts import FileFacts
from messaging.fold import Shown
from messaging.history import Page
from messaging.members import ALL
from messaging.protocol import AnyChange, Attention, MessagePinned, MessageSent, Position, decode_change, encode
from messaging.search import FoundPage, Wanted
from messaging.worker import current_worker

QUOTED_MOST = 20


async def list_pins(conversation_id: UUID) -> list[MessagePinned]:
    """The pinning of each message that is pinned now, in order of time, of deleted ones too. Who asks has checked the
    access."""
    pins = [decode_change(content) for content in await current_worker().history.pins(conversation_id)]
    return [pin for pin in pins if isinstance(pin, MessagePinned)]


async def read_history(
    user_id: UUID, *, conversation_id: UUID, after: int | None = None, before: int | None = None, limit: int = 50
) -> Page:
    """See History.page."""
    if after is not None and before is not None:
        raise InvalidError("Give after or before, not both.", field="before")
    await access_conversation(user_id, conversation_id)
    return await current_worker().pages.get((conversation_id, after, before, limit))


async def search_messages(wanted: Wanted, limit: int) -> FoundPage:
    """Messages that fit, newest first; who asks has made sure that the conversations are theirs."""
    return await current_worker().search.find(wanted, limit)


async def list_mentions(user_id: UUID, *, conversation_id: UUID, after: int, limit: int) -> list[int]:
    """The first messages above `after` that mention the user, by number."""
    await access_conversation(user_id, conversation_id)
    return await current_worker().history.mentions(user_id, conversation_id, after=after, limit=limit)


async def read_message(user_id: UUID, *, conversation_id: UUID, seq: int) -> tuple[MessageSent, Shown]:
    """A message, and how it is shown now. Raises as access_message does."""
    message, annotations = await access_message_now(user_id, conversation_id, seq, "seq")
    return message, annotations.shown(message)


async def read_file(user_id: UUID, *, conversation_id: UUID, seq: int) -> FileFacts:
    """Of the file that a message carries now. Raises as access_message does, and NotFoundError when there is none."""
    message, annotations = await access_message_now(user_id, conversation_id, seq)
    file = annotations.shown(message).file
    if file is None:
        raise NotFoundError("This message carries no file.", field="target")
    return file


async def list_versions(user_id: UUID, *, conversation_id: UUID, seq: int) -> list[bytes]:
    """A message and its edits as stored, oldest first; of many edits the last ones. Raises as access_message does."""
    message = await access_message(user_id, conversation_id, seq)
    return [encode(message), *await current_worker().history.edits(conversation_id, seq)]


async def read_quoted(
    user_id: UUID, *, conversation_id: UUID, changes: Sequence[AnyChange]
) -> tuple[list[AnyChange], list[AnyChange]]:
    """The messages that these answer and that are not among them, QUOTED_MOST at most; and what concerns those."""
    await access_conversation(user_id, conversation_id)
    held = {change.seq for change in changes}
    wanted = {change.reply_to for change in changes if isinstance(change, MessageSent) and change.reply_to} - held
    read = current_worker().history.page
    seqs = sorted(wanted)[-QUOTED_MOST:]
    pages = await asyncio.gather(*(read(conversation_id, after=seq - 1, limit=1) for seq in seqs))
    quoted = [decode_change(content) for page in pages for content in page.changes]
    return quoted, [decode_change(content) for page in pages for content in page.later]


async def list_positions(user_id: UUID) -> list[Position]:
    """Where the user stands in each of their conversations, newest activity first.

    The hub learns the heads too: from here on it knows what must come next, and holds back what comes too early.
    """
    worker = current_worker()
    positions = await worker.history.positions(user_id, list(await worker.members.conversations.get(user_id)))
    wanted = await worker.members.conversations.current(user_id)
    epoch = await worker.epoch.number()
    for position in positions:
        position.epoch = epoch
        if place := wanted.get(position.conversation_id):
            note_attention(position, place.attention)
        worker.hub.notice_head(position.conversation_id, position.head)
    return positions


def note_attention(position: Position, attention: Attention) -> None:
    """What is not said on the wire is the usual."""
    position.attention = attention if attention != ALL else UNSET


async def positions_of(user_id: UUID, conversation_ids: Sequence[UUID]) -> dict[UUID, Position]:
    """As list_positions, of conversations the caller has made sure are the user's."""
    worker = current_worker()
    positions = await worker.history.positions(user_id, conversation_ids)
    epoch = await worker.epoch.number()
    for position in positions:
        position.epoch = epoch
    return {position.conversation_id: position for position in positions}
