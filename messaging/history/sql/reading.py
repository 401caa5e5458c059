"""What readers of the SQL history ask: pages, heads, positions. Runs on a thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from messaging.history.contract import VERSIONS_MOST, Page
from messaging.history.pages import LATER_MOST, Annotation, make_page
from messaging.history.sql.database import (
    ANNOTATION,
    CHANGE,
    HEAD,
    MARK,
    VERSION,
    as_stored,
    as_uuid,
    in_chunks,
    places,
    rows_of,
)
from messaging.protocol import Position, Preview


def read_head(conversation_id: UUID) -> tuple[int, int]:
    """(seq, messages); zeros before the first change."""
    rows = rows_of(f"SELECT seq, messages FROM {HEAD} WHERE conversation_id = %s", [as_stored(conversation_id)])
    return rows[0][0:2] if rows else (0, 0)


def read_page(conversation_id: UUID, after: int | None, before: int | None, limit: int) -> Page:
    """One row more than asked tells whether the page is the last; the head is read first, so it never trails."""
    forward = after is not None
    bound, order = (after, "ASC") if forward else (before, "DESC")
    rows = rows_of(
        f"SELECT seq, content FROM {CHANGE} WHERE conversation_id = %s"
        + (f" AND seq {'>' if forward else '<'} %s" if bound is not None else "")
        + f" ORDER BY seq {order} LIMIT %s",
        [as_stored(conversation_id), *([bound] if bound is not None else []), limit + 1],
    )
    head, _ = read_head(conversation_id)
    page = [(seq, bytes(content)) for seq, content in rows[:limit]]
    annotations = _annotations(conversation_id, [seq for seq, _ in page], order)
    return make_page(page, annotations, head=head, forward=forward, reaches_end=len(rows) <= limit)


def _annotations(conversation_id: UUID, seqs: Sequence[int], order: str) -> list[Annotation]:
    if not seqs:
        return []
    rows = rows_of(
        f"SELECT target, seq, content FROM {ANNOTATION} WHERE conversation_id = %s AND target BETWEEN %s AND %s"
        f" ORDER BY target {order} LIMIT %s",
        [as_stored(conversation_id), min(seqs), max(seqs), LATER_MOST + 1],
    )
    return [(target, seq, bytes(content)) for target, seq, content in rows]


def read_edits(conversation_id: UUID, seq: int) -> list[bytes]:
    rows = rows_of(
        f"SELECT c.content FROM {VERSION} v JOIN {CHANGE} c ON c.conversation_id = v.conversation_id AND c.seq = v.seq"
        " WHERE v.conversation_id = %s AND v.target = %s ORDER BY v.seq DESC LIMIT %s",
        [as_stored(conversation_id), seq, VERSIONS_MOST],
    )
    return [bytes(content) for (content,) in reversed(rows)]


def read_heads(conversation_ids: Sequence[UUID]) -> dict[UUID, int]:
    heads: dict[UUID, int] = {}
    for some in in_chunks(conversation_ids):
        rows = rows_of(
            f"SELECT conversation_id, seq FROM {HEAD} WHERE conversation_id IN ({places(len(some))})",
            [as_stored(conversation_id) for conversation_id in some],
        )
        heads |= {as_uuid(row[0]): row[1] for row in rows}
    return heads


def read_positions(user_id: UUID, conversation_ids: Sequence[UUID]) -> list[Position]:
    positions = {id_: Position(id_, epoch=0, head=0, read=0, unread=0) for id_ in conversation_ids}
    for some in in_chunks(conversation_ids):
        rows = rows_of(
            f"SELECT h.conversation_id, h.seq, h.messages, h.last_at, h.preview, m.read, m.seen, m.own FROM {HEAD} h"
            f" LEFT JOIN {MARK} m ON m.conversation_id = h.conversation_id AND m.user_id = %s"
            f" WHERE h.conversation_id IN ({places(len(some))})",
            [as_stored(user_id), *(as_stored(conversation_id) for conversation_id in some)],
        )
        positions |= {as_uuid(row[0]): _position(*row) for row in rows}
    return sorted(positions.values(), key=lambda position: position.last_at or "", reverse=True)


def _position(
    conversation_id: Any, seq: int, messages: int, last_at: str, preview: Any, read: Any, seen: Any, own: Any
) -> Position:
    return Position(
        conversation_id=as_uuid(conversation_id),
        epoch=0,
        head=seq,
        read=read or 0,
        unread=messages - (own or 0) - (seen or 0),
        last_at=last_at or None,
        preview=msgspec.json.decode(bytes(preview), type=Preview) if preview else None,
    )
