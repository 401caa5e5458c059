"""Deliberate defects. With one switched on the checks must find something, or they are not worth their green.

Each takes the place of a part of the product, in a worker that is about to serve (tests.faults.altered_worker).
"""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

LATE_SECONDS = 1.0


def ack_before_write() -> None:
    """An acknowledgement leaves while what it speaks of is still on its way to the store."""
    from django.conf import settings

    if settings.CASSANDRA_URL:
        _write_rows_late()
    else:
        _commit_late()


def _write_rows_late() -> None:
    from messaging.history.cassandra.rows import CassandraRows

    write = CassandraRows.write

    async def write_late(self: CassandraRows, rows: Sequence[Any], timestamp: int) -> list[bool]:
        _later(lambda: write(self, rows, timestamp))
        return [True] * len(rows)

    CassandraRows.write = write_late  # type: ignore[method-assign]


def _commit_late() -> None:
    """For one worker, which can tell what numbers the store will give."""
    from messaging.history import Draft, Stored
    from messaging.history.sql import SqlHistory
    from messaging.protocol import encode

    commit, promised = SqlHistory.commit, {}  # type: ignore[var-annotated]

    async def commit_late(self: SqlHistory, drafts: Sequence[Draft]) -> list[Stored | Exception]:
        ids = {draft.change.conversation_id for draft in drafts} - promised.keys()
        promised.update(dict.fromkeys(ids, 0) | await self.heads(list(ids)))
        early: list[Stored | Exception] = []
        for draft in drafts:
            promised[draft.change.conversation_id] += 1
            draft.change.seq = promised[draft.change.conversation_id]
            draft.change.sent_at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
            early.append(Stored(draft.change, encode(draft.change), repeated=False))
        _later(lambda: commit(self, drafts))
        return early

    SqlHistory.commit = commit_late  # type: ignore[method-assign]


def _later(work: Callable[[], Any]) -> None:
    loop = asyncio.get_running_loop()
    loop.call_later(LATE_SECONDS, lambda: loop.create_task(work()))


def no_gap_fetch() -> None:
    """What a worker missed it never fetches; what came early is given out as if nothing were missing."""
    from messaging.hub import Hub, Room

    async def give_held(self: Hub, conversation_id: UUID, room: Room, wait: float) -> None:
        held, room.held, room.filling = sorted(room.held.items()), {}, None
        room.position = held[0][0] - 1 if held else room.position
        self.deliver(conversation_id, held)

    Hub._fill = give_held  # type: ignore[method-assign]


def no_epoch() -> None:
    """Numbers begin where Redis stands, whatever is stored."""
    from messaging.history.sequencing.ports import Plan, Tenure
    from messaging.history.sequencing.takeover import Takeovers

    async def plans(self: Takeovers, tenure: Tenure, conversations: Sequence[UUID]) -> dict[UUID, Plan]:
        return {conversation_id: Plan(0, 0, 0, {}) for conversation_id in conversations}

    Takeovers._plans = plans  # type: ignore[method-assign]


def no_key_check() -> None:
    """Each try is stored as if it were the first."""
    from django.conf import settings

    if settings.CASSANDRA_URL:
        from messaging.history.cassandra import store

        store._record = lambda draft: os.urandom(16)
        return
    from messaging.history.sql import writing

    row = writing._change_row

    def with_new_key(numbered: writing._Numbered) -> tuple[Any, ...]:
        values = list(row(numbered))
        values[3] = writing.as_stored(uuid.uuid4())
        return tuple(values)

    writing._change_row = with_new_key
    writing._known = lambda keys: {}


def keep_deleted() -> None:
    """A deletion leaves the text where it is."""
    from django.conf import settings

    if settings.CASSANDRA_URL:
        from messaging.history.cassandra import annotations as kept
    else:
        from messaging.history.sql import annotating as kept  # type: ignore[no-redef]

    kept.without_text = lambda text: text


def no_hints() -> None:
    """Who does not show a channel is told nothing of it."""
    from messaging.room import Room

    Room._gather = lambda self, contents: None  # type: ignore[method-assign]


def no_lease() -> None:
    """Whoever was connected to a worker that died stays so."""
    from messaging import presence

    presence.LEASE_BEATS = 1_000.0


SABOTAGES: dict[str, Callable[[], None]] = {
    "ack_before_write": ack_before_write,
    "no_gap_fetch": no_gap_fetch,
    "no_epoch": no_epoch,
    "no_key_check": no_key_check,
    "keep_deleted": keep_deleted,
    "no_hints": no_hints,
    "no_lease": no_lease,
}
