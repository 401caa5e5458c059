"""Which messages mention whom, in the SQL history: a row for each, or one for EVERYBODY. Runs on a thread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from messaging.history.sql.database import MENTION, as_stored, as_uuid, in_chunks, rows_of, write_many
from messaging.protocol import AnyChange, MessageSent

EVERYBODY = UUID(int=0)
# A user, a conversation and how far they have read there.
Stand = tuple[UUID, UUID, int]

INSERT = f"INSERT INTO {MENTION} (conversation_id, user_id, seq, author_id) VALUES (%s, %s, %s, %s)"


def store_mentions(changes: Iterable[AnyChange]) -> None:
    write_many(INSERT, (row for change in changes if isinstance(change, MessageSent) for row in _rows(change)))


def _rows(message: MessageSent) -> Iterable[Sequence[Any]]:
    for user_id in [EVERYBODY] if message.mentions_all else message.mentions:
        yield (
            as_stored(message.conversation_id),
            as_stored(user_id),
            message.seq,
            as_stored(message.author_id),
        )


def count_mentions(stands: Sequence[Stand]) -> dict[tuple[UUID, UUID], int]:
    """How many messages of others above the mark mention each user, for all at once; zeros are left out."""
    counts: dict[tuple[UUID, UUID], int] = {}
    for some in in_chunks(stands):
        rows = rows_of(
            f"WITH stand (user_id, conversation_id, read) AS (VALUES {', '.join(['(%s, %s, %s)'] * len(some))})"
            " SELECT s.user_id, s.conversation_id, COUNT(*)"
            f" FROM stand s JOIN {MENTION} m ON m.conversation_id = s.conversation_id AND m.user_id IN (s.user_id, %s)"
            " AND m.seq > s.read AND m.author_id <> s.user_id GROUP BY s.user_id, s.conversation_id",
            [
                *(value for user_id, place, read in some for value in (as_stored(user_id), as_stored(place), read)),
                as_stored(EVERYBODY),
            ],
        )
        counts |= {(as_uuid(user_id), as_uuid(place)): count for user_id, place, count in rows}
    return counts


def read_mentions(user_id: UUID, conversation_id: UUID, after: int, limit: int) -> list[int]:
    rows = rows_of(
        f"SELECT seq FROM {MENTION} WHERE conversation_id = %s AND user_id IN (%s, %s) AND seq > %s"
        " AND author_id <> %s ORDER BY seq LIMIT %s",
        [
            as_stored(conversation_id),
            as_stored(user_id),
            as_stored(EVERYBODY),
            after,
            as_stored(user_id),
            limit,
        ],
    )
    return [seq for (seq,) in rows]
