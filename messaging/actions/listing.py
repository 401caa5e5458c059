"""Where a user's conversations stand, as a list shows them: all at one look, or page by page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from channels.db import database_sync_to_async

from accounts.errors import InvalidError
from messaging.actions.reading import note_attention
from messaging.history import Glance
from messaging.members import ALL, load_beginnings
from messaging.overview import Key, Overview, Wanted, read_cursor
from messaging.protocol import Position, UnreadCounted
from messaging.room import Connection
from messaging.worker import Worker, current_worker

_load_beginnings = database_sync_to_async(load_beginnings, thread_sensitive=False)


async def read_glances(user_id: UUID) -> list[Glance]:
    """All of the user's conversations. One in which nothing ever happened counts from its beginning."""
    worker = current_worker()

    async def own() -> Collection[UUID]:
        return list(await worker.members.conversations.get(user_id))

    glances = await worker.history.overview(user_id, own)
    silent = [UUID(glance.id) for glance in glances if not glance.spoken_at]
    if not silent:
        return glances
    beginnings = await _load_beginnings(silent)
    return [glance if glance.spoken_at else _begun(glance, beginnings) for glance in glances]


def _begun(glance: Glance, beginnings: dict[UUID, str]) -> Glance:
    return glance._replace(spoken_at=beginnings.get(UUID(glance.id), ""))


async def page_positions(user_id: UUID, *, limit: int, cursor: str | None) -> tuple[list[Position], Key | None]:
    """A page of positions, newest activity first, below the cursor; and where the next one begins, if there is one."""
    overview = await _overview(user_id)
    ids, last = overview.page(Wanted(limit, _below(cursor)))
    by_id = {position.conversation_id: position for position in await pick_positions(user_id, ids)}
    return [by_id[conversation_id] for conversation_id in ids if conversation_id in by_id], last


async def pick_positions(user_id: UUID, conversation_ids: Sequence[UUID]) -> list[Position]:
    """Of these conversations, those that are the user's. The hub learns their heads, as from list_positions."""
    worker = current_worker()
    await worker.members.conversations.get(user_id)
    own = await worker.members.conversations.current(user_id)
    wanted = [conversation_id for conversation_id in dict.fromkeys(conversation_ids) if conversation_id in own]
    positions = await worker.history.positions(user_id, wanted)
    epoch = await worker.epoch.number()
    for position in positions:
        position.epoch = epoch
        note_attention(position, own[position.conversation_id].attention)
        worker.hub.notice_head(position.conversation_id, position.head)
    return positions


def learn_heads(connection: Connection) -> None:
    """The hub learns where the connection's conversations stand, as from list_positions, while the connection goes on:
    from then on what comes too early is held back there."""
    worker = current_worker()
    worker.delivery.spawn(_learn_heads(worker, worker.hub.unplaced(connection.user_id)))


async def _learn_heads(worker: Worker, conversation_ids: Sequence[UUID]) -> None:
    for conversation_id, head in (await worker.history.heads(conversation_ids)).items():
        worker.hub.notice_head(conversation_id, head)


async def count_unread(user_id: UUID, *, cursor: str | None = None, known: Collection[UUID] = ()) -> UnreadCounted:
    """What is unread in the user's conversations; below the cursor only, and without the known ones."""
    return (await _overview(user_id)).count(_below(cursor), known)


async def _overview(user_id: UUID) -> Overview:
    glances = await read_glances(user_id)
    own = await current_worker().members.conversations.current(user_id)
    return Overview(glances, {id_.hex: place.attention for id_, place in own.items() if place.attention != ALL})


def _below(cursor: str | None) -> Key | None:
    if cursor is None:
        return None
    try:
        return read_cursor(cursor)
    except ValueError:
        raise InvalidError("There is no such cursor.", field="cursor") from None
