"""One look at all conversations of a user: when each was last spoken in, and what is unread. Runs on a thread.

The database joins the memberships itself and reads no message, so that a user's thousandth conversation costs it a
few microseconds and Python a row.
"""

from __future__ import annotations

from uuid import UUID

from messaging.history.contract import Glance
from messaging.history.sql.database import HEAD, MARK, MEMBERSHIP, MENTION, as_stored, keeps_uuids, rows_of
from messaging.history.sql.mentions import EVERYBODY


def read_overview(user_id: UUID) -> list[Glance]:
    mentions = dict(_mentions(user_id))
    rows = rows_of(
        f"SELECT {_digits('j.conversation_id')}, COALESCE({_sent_at()}, h.last_at),"
        " COALESCE(h.messages, 0) - COALESCE(m.own, 0) - COALESCE(m.seen, 0)"
        f" FROM {MEMBERSHIP} j LEFT JOIN {HEAD} h ON h.conversation_id = j.conversation_id"
        f" LEFT JOIN {MARK} m ON m.user_id = j.user_id AND m.conversation_id = j.conversation_id"
        " WHERE j.user_id = %s",
        [as_stored(user_id)],
    )
    return [
        Glance(id_, spoken_at or "", unread, mentions.get(id_, 0) if unread else 0) for id_, spoken_at, unread in rows
    ]


def _mentions(user_id: UUID) -> list[tuple[str, int]]:
    return [
        (id_, count)
        for id_, count in rows_of(
            f"SELECT {_digits('n.conversation_id')}, COUNT(*) FROM {MEMBERSHIP} j"
            f" JOIN {MENTION} n ON n.conversation_id = j.conversation_id AND n.user_id IN (j.user_id, %s)"
            f" LEFT JOIN {MARK} m ON m.user_id = j.user_id AND m.conversation_id = j.conversation_id"
            " WHERE j.user_id = %s AND n.author_id <> j.user_id AND n.seq > COALESCE(m.read, 0)"
            " GROUP BY n.conversation_id",
            [as_stored(EVERYBODY), as_stored(user_id)],
        )
    ]


def _digits(column: str) -> str:
    """An id as 32 hexadecimal digits."""
    return f"encode(uuid_send({column}), 'hex')" if keeps_uuids() else column


def _sent_at() -> str:
    """When the newest message was sent, as its preview says."""
    if keeps_uuids():
        return "convert_from(h.preview, 'UTF8')::json ->> 'sent_at'"
    return "json_extract(CAST(h.preview AS TEXT), '$.sent_at')"
