"""How the SQL history moves read marks: one transaction for a flush of them. Runs on a thread.

A mark keeps what the unread count is made of, so it is locked, and what it needs of the rows is read, where it moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from messaging.errors import SeqAboveHeadError
from messaging.history.contract import Mark
from messaging.history.sql.database import CHANGE, DATABASE, MARK, as_stored, locks_rows, rows_of, write_many
from messaging.history.sql.mentions import count_mentions
from messaging.history.sql.reading import MarkRow, read_head

COUNT_OWN = f"""
    INSERT INTO {MARK} (user_id, conversation_id, read, seen, own) VALUES (%s, %s, 0, 0, %s)
    ON CONFLICT (user_id, conversation_id) DO UPDATE SET own = {MARK}.own + excluded.own
"""


def mark_all_read(marks: Sequence[tuple[UUID, UUID, int]]) -> list[Mark | Exception]:
    """In one order of rows, so that two workers never wait for each other; outcomes in the order asked."""
    outcomes: dict[int, Mark | Exception] = {}
    with transaction.atomic(using=DATABASE):
        for index in sorted(range(len(marks)), key=lambda index: marks[index]):
            outcomes[index] = _mark_read(*marks[index])
    return [outcomes[index] for index in range(len(marks))]


def _mark_read(user_id: UUID, conversation_id: UUID, seq: int) -> Mark | Exception:
    mark = _lock(user_id, conversation_id)
    head, messages = read_head(conversation_id)
    if seq > head:
        return SeqAboveHeadError(field="seq")
    if seq > mark.read:
        mark = mark._replace(read=seq, seen=_messages_of_others(user_id, conversation_id, seq, mark.own))
        write_many(
            f"UPDATE {MARK} SET read = %s, seen = %s WHERE user_id = %s AND conversation_id = %s",
            [[mark.read, mark.seen, as_stored(user_id), as_stored(conversation_id)]],
        )
    return _marked(user_id, conversation_id, mark, messages)


def mark_unread(user_id: UUID, conversation_id: UUID, seq: int) -> Mark:
    with transaction.atomic(using=DATABASE):
        mark = _lock(user_id, conversation_id)
        head, messages = read_head(conversation_id)
        if seq > head:
            raise SeqAboveHeadError(field="seq")
        if seq <= mark.read:
            mark = _take_back(user_id, conversation_id, seq - 1, mark)
        return _marked(user_id, conversation_id, mark, messages)


def _take_back(user_id: UUID, conversation_id: UUID, seq: int, mark: MarkRow) -> MarkRow:
    seen = _messages_of_others(user_id, conversation_id, seq, mark.own)
    write_many(
        f"UPDATE {MARK} SET read = %s, seen = %s, turn = turn + 1,"
        " reached = CASE WHEN reached > read THEN reached ELSE read END"
        " WHERE user_id = %s AND conversation_id = %s",
        [[seq, seen, as_stored(user_id), as_stored(conversation_id)]],
    )
    return mark._replace(read=seq, seen=seen, turn=mark.turn + 1)


def _marked(user_id: UUID, conversation_id: UUID, mark: MarkRow, messages: int) -> Mark:
    unread = messages - mark.own - mark.seen
    mentions = count_mentions([(user_id, conversation_id, mark.read)]) if unread else {}
    return Mark(mark.read, unread, mark.turn, mentions.get((user_id, conversation_id), 0))


def _lock(user_id: UUID, conversation_id: UUID) -> MarkRow:
    where = [as_stored(user_id), as_stored(conversation_id)]
    write_many(COUNT_OWN, [[*where, 0]])
    lock = " FOR UPDATE" if locks_rows() else ""
    [row] = rows_of(
        f"SELECT read, seen, own, turn FROM {MARK} WHERE user_id = %s AND conversation_id = %s{lock}", where
    )
    return MarkRow(*row)


def _messages_of_others(user_id: UUID, conversation_id: UUID, seq: int, own: int) -> int:
    """Own messages above `seq` are counted from the rows above it; together with `own` this gives those below it."""
    if seq == 0:
        return 0
    [(messages,)] = rows_of(
        f"SELECT messages FROM {CHANGE} WHERE conversation_id = %s AND seq = %s", [as_stored(conversation_id), seq]
    )
    [(own_above,)] = rows_of(
        f"SELECT COUNT(*) FROM {CHANGE} WHERE conversation_id = %s AND seq > %s AND author_id = %s AND is_message",
        [as_stored(conversation_id), seq, as_stored(user_id)],
    )
    return int(messages - (own - own_above))
