"""How the SQL history stores: one transaction for a flush of drafts. Runs on a thread.

The head row is locked first, so several workers may write one conversation; then seq order is commit order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from messaging.errors import KeyReusedError
from messaging.history.contract import Draft, Stored
from messaging.history.sql.annotating import Place, annotate
from messaging.history.sql.database import (
    ANNOTATION,
    CHANGE,
    DATABASE,
    HEAD,
    MARK,
    MENTION,
    VERSION,
    as_stored,
    as_uuid,
    in_chunks,
    locks_rows,
    places,
    rows_of,
    take_your_time,
    write_many,
)
from messaging.history.sql.marking import COUNT_OWN
from messaging.history.sql.mentions import store_mentions
from messaging.protocol import AnyChange, MessageSent, decode_change, encode, target_of

Key = tuple[UUID, UUID, UUID]

UPSERT_HEAD = f"""
    INSERT INTO {HEAD} (conversation_id, seq, messages, last_at, preview) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (conversation_id) DO UPDATE SET seq = excluded.seq, messages = excluded.messages,
        last_at = excluded.last_at, preview = COALESCE(excluded.preview, {HEAD}.preview)
"""
INSERT_CHANGE = f"""
    INSERT INTO {CHANGE} (conversation_id, seq, author_id, key, messages, is_message, content)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
READ_ALL = f"""
    INSERT INTO {MARK} (user_id, conversation_id, read, seen, own) VALUES (%s, %s, %s, %s, 0)
    ON CONFLICT (user_id, conversation_id)
    DO UPDATE SET read = excluded.read, seen = excluded.seen - {MARK}.own WHERE {MARK}.read < excluded.read
"""


class _Standing:
    """A head while a flush builds upon it."""

    __slots__ = ("last_at", "messages", "preview", "seq")

    def __init__(self, seq: int = 0, messages: int = 0, last_at: str = "") -> None:
        self.seq = seq
        self.messages = messages
        self.last_at = last_at
        self.preview: bytes | None = None


@dataclass(slots=True)
class _Numbered:
    """A change with its number. `messages` counts the messages up to it."""

    draft: Draft
    content: bytes
    messages: int

    @property
    def change(self) -> AnyChange:
        return self.draft.change


def commit_drafts(drafts: Sequence[Draft]) -> list[Stored | Exception]:
    with transaction.atomic(using=DATABASE):
        standings = _lock_heads(sorted({draft.change.conversation_id for draft in drafts}))
        known = _known([_key(draft.change) for draft in drafts])
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        outcomes: list[Stored | Exception] = []
        fresh: list[_Numbered] = []
        for draft in drafts:
            change = draft.change
            if content := known.get(_key(change)):
                outcomes.append(_repeat(change, content))
                continue
            fresh.append(_number(draft, standings[change.conversation_id], now))
            known[_key(change)] = fresh[-1].content
            outcomes.append(Stored(change, fresh[-1].content, repeated=False))
        _store(fresh, standings)
        store_mentions(numbered.change for numbered in fresh)
        _store_joins(fresh)
        late = annotate([numbered.draft for numbered in fresh if target_of(numbered.change)])
    return [_as_stored(outcome, late) for outcome in outcomes]


def _as_stored(outcome: Stored | Exception, late: dict[Place, AnyChange]) -> Stored | Exception:
    """An edit that came after the deletion of its message is stored without its text."""
    if isinstance(outcome, Stored):
        change = late.get((outcome.change.conversation_id, outcome.change.seq))
        return Stored(change, encode(change), outcome.repeated) if change else outcome
    return outcome


def recall(change: AnyChange) -> Stored | None:
    content = _known([_key(change)]).get(_key(change))
    outcome = _repeat(change, content) if content else None
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def find(conversation_id: UUID, author_id: UUID, key: UUID) -> AnyChange | None:
    known = _known([(key, author_id, conversation_id)])
    return decode_change(next(iter(known.values()))) if known else None


def _key(change: AnyChange) -> Key:
    return change.key, change.author_id, change.conversation_id


def _lock_heads(conversation_ids: Sequence[UUID]) -> dict[UUID, _Standing]:
    """Locks in one order, so that two workers never wait for each other; SQLite's transaction locks them all."""
    standings = {conversation_id: _Standing() for conversation_id in conversation_ids}
    locks = locks_rows()
    if locks:
        write_many(
            f"INSERT INTO {HEAD} (conversation_id, seq, messages, last_at) VALUES (%s, 0, 0, '')"
            " ON CONFLICT DO NOTHING",
            [[as_stored(conversation_id)] for conversation_id in conversation_ids],
        )
    for some in in_chunks(conversation_ids):
        rows = rows_of(
            f"SELECT conversation_id, seq, messages, last_at FROM {HEAD}"
            f" WHERE conversation_id IN ({places(len(some))})"
            + (" ORDER BY conversation_id FOR UPDATE" if locks else ""),
            [as_stored(conversation_id) for conversation_id in some],
        )
        standings |= {as_uuid(row[0]): _Standing(*row[1:]) for row in rows}
    return standings


def _known(keys: Sequence[Key]) -> dict[Key, bytes]:
    """What is stored under these keys already. Read after the locks, so that a concurrent twin is seen."""
    found: dict[Key, bytes] = {}
    wanted = set(keys)
    for some in in_chunks(keys):
        rows = rows_of(
            f"SELECT key, author_id, conversation_id, content FROM {CHANGE} WHERE key IN ({places(len(some))})",
            [as_stored(key) for key, _, _ in some],
        )
        for key, author_id, conversation_id, content in rows:
            full = as_uuid(key), as_uuid(author_id), as_uuid(conversation_id)
            if full in wanted:
                found[full] = bytes(content)
    return found


def _repeat(change: AnyChange, content: bytes) -> Stored | Exception:
    first = decode_change(content)
    return Stored(first, content, repeated=True) if first.says_the_same(change) else KeyReusedError(field="key")


def _number(draft: Draft, standing: _Standing, now: str) -> _Numbered:
    change = draft.change
    standing.seq += 1
    standing.messages += isinstance(change, MessageSent)
    standing.last_at = max(now, standing.last_at)
    change.seq, change.sent_at = standing.seq, standing.last_at
    if isinstance(change, MessageSent):
        standing.preview = msgspec.json.encode(draft.shortened())
    return _Numbered(draft, encode(change), standing.messages)


def _store(fresh: Sequence[_Numbered], standings: dict[UUID, _Standing]) -> None:
    write_many(INSERT_CHANGE, (_change_row(numbered) for numbered in fresh))
    grown = sorted({numbered.change.conversation_id for numbered in fresh})
    write_many(UPSERT_HEAD, (_head_row(id_, standings[id_]) for id_ in grown))
    own = Counter(
        (numbered.change.author_id, numbered.change.conversation_id)
        for numbered in fresh
        if isinstance(numbered.change, MessageSent)
    )
    write_many(COUNT_OWN, ([as_stored(user), as_stored(place), count] for (user, place), count in sorted(own.items())))


def _change_row(numbered: _Numbered) -> tuple[Any, ...]:
    change = numbered.change
    return (
        as_stored(change.conversation_id),
        change.seq,
        as_stored(change.author_id),
        as_stored(change.key),
        numbered.messages,
        isinstance(change, MessageSent),
        numbered.content,
    )


def _head_row(conversation_id: UUID, standing: _Standing) -> tuple[Any, ...]:
    return as_stored(conversation_id), standing.seq, standing.messages, standing.last_at, standing.preview


def _store_joins(fresh: Sequence[_Numbered]) -> None:
    """Who joins starts with nothing unread: the mark moves to the change that made them a member."""
    joins = ((user_id, numbered) for numbered in fresh for user_id in numbered.draft.reads)
    write_many(READ_ALL, (_join_row(user_id, numbered, fresh) for user_id, numbered in joins))


def _join_row(user_id: UUID, joining: _Numbered, fresh: Sequence[_Numbered]) -> tuple[Any, ...]:
    """`own` counts what the user wrote in all; what they wrote after joining, in this flush, must not lower `seen`."""
    place, seq = joining.change.conversation_id, joining.change.seq
    own_after = sum(
        isinstance(numbered.change, MessageSent)
        and (numbered.change.author_id, numbered.change.conversation_id) == (user_id, place)
        and numbered.change.seq > seq
        for numbered in fresh
    )
    return as_stored(user_id), as_stored(place), seq, joining.messages + own_after


def erase(conversation_id: UUID) -> None:
    with transaction.atomic(using=DATABASE):
        if locks_rows():
            take_your_time()
        for table in (CHANGE, ANNOTATION, VERSION, MENTION, MARK, HEAD):
            write_many(f"DELETE FROM {table} WHERE conversation_id = %s", [[as_stored(conversation_id)]])
