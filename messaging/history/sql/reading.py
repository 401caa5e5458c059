"""What readers of the SQL history ask: pages, heads, positions. Runs on a thread."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from messaging.fold import WHOLE
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
from messaging.history.sql.mentions import count_mentions
from messaging.protocol import Position, Preview

# A user, and the conversations whose positions they ask for.
Asked = tuple[UUID, Sequence[UUID]]
MarkKey = tuple[UUID, UUID]


class HeadRow(NamedTuple):
    seq: int
    messages: int
    last_at: str
    preview: Any


class MarkRow(NamedTuple):
    read: int
    seen: int
    own: int
    turn: int


NO_HEAD = HeadRow(0, 0, "", None)
NO_MARK = MarkRow(0, 0, 0, 0)


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


def read_pins(conversation_id: UUID) -> list[bytes]:
    rows = rows_of(
        f"SELECT content FROM {ANNOTATION} WHERE conversation_id = %s AND target = %s ORDER BY seq",
        [as_stored(conversation_id), WHOLE],
    )
    return [bytes(content) for (content,) in rows]


def read_heads(conversation_ids: Sequence[UUID]) -> dict[UUID, int]:
    heads: dict[UUID, int] = {}
    for some in in_chunks(conversation_ids):
        rows = rows_of(
            f"SELECT conversation_id, seq FROM {HEAD} WHERE conversation_id IN ({places(len(some))})",
            [as_stored(conversation_id) for conversation_id in some],
        )
        heads |= {as_uuid(row[0]): row[1] for row in rows}
    return heads


def read_reached(conversation_id: UUID, user_ids: Collection[UUID]) -> dict[UUID, int]:
    reached: dict[UUID, int] = {}
    for some in in_chunks(list(user_ids)):
        rows = rows_of(
            f"SELECT user_id, CASE WHEN reached > read THEN reached ELSE read END FROM {MARK}"
            f" WHERE user_id IN ({places(len(some))}) AND conversation_id = %s",
            [*map(as_stored, some), as_stored(conversation_id)],
        )
        reached |= {as_uuid(user_id): read for user_id, read in rows}
    return reached


def read_positions(asked: Sequence[Asked]) -> list[list[Position]]:
    """For each user where they stand in their conversations: one look at the heads, one at the marks and one at
    the mentions for all."""
    heads = _heads({id_ for _, ids in asked for id_ in ids})
    marks = _marks({user_id for user_id, _ in asked}, heads)
    positions = [_positions(user_id, ids, heads, marks) for user_id, ids in asked]
    _add_mentions(
        [(user_id, position) for (user_id, _), some in zip(asked, positions, strict=True) for position in some]
    )
    return positions


def _add_mentions(positions: Sequence[tuple[UUID, Position]]) -> None:
    """Who has nothing unread has no unread mention."""
    unread = [(user_id, one) for user_id, one in positions if one.unread]
    counts = count_mentions([(user_id, one.conversation_id, one.read) for user_id, one in unread])
    for user_id, one in unread:
        one.mentions = counts.get((user_id, one.conversation_id), 0)


def _positions(
    user_id: UUID, conversation_ids: Sequence[UUID], heads: dict[UUID, HeadRow], marks: dict[MarkKey, MarkRow]
) -> list[Position]:
    positions = [
        _position(id_, heads.get(id_, NO_HEAD), marks.get((user_id, id_), NO_MARK))
        for id_ in dict.fromkeys(conversation_ids)
    ]
    return sorted(positions, key=lambda position: position.last_at or "", reverse=True)


def _heads(conversation_ids: Collection[UUID]) -> dict[UUID, HeadRow]:
    heads: dict[UUID, HeadRow] = {}
    for some in in_chunks(list(conversation_ids)):
        rows = rows_of(
            f"SELECT conversation_id, seq, messages, last_at, preview FROM {HEAD}"
            f" WHERE conversation_id IN ({places(len(some))})",
            [as_stored(conversation_id) for conversation_id in some],
        )
        heads |= {as_uuid(row[0]): HeadRow(*row[1:]) for row in rows}
    return heads


def _marks(user_ids: Collection[UUID], conversation_ids: Collection[UUID]) -> dict[MarkKey, MarkRow]:
    marks: dict[MarkKey, MarkRow] = {}
    for users in in_chunks(list(user_ids)):
        for some in in_chunks(list(conversation_ids)):
            rows = rows_of(
                f"SELECT user_id, conversation_id, read, seen, own, turn FROM {MARK}"
                f" WHERE user_id IN ({places(len(users))}) AND conversation_id IN ({places(len(some))})",
                [*map(as_stored, users), *map(as_stored, some)],
            )
            marks |= {(as_uuid(row[0]), as_uuid(row[1])): MarkRow(*row[2:]) for row in rows}
    return marks


def _position(conversation_id: UUID, head: HeadRow, mark: MarkRow) -> Position:
    return Position(
        conversation_id=conversation_id,
        head=head.seq,
        read=mark.read,
        unread=head.messages - mark.own - mark.seen,
        last_at=head.last_at or None,
        preview=msgspec.json.decode(bytes(head.preview), type=Preview) if head.preview else None,
        turn=mark.turn,
    )
