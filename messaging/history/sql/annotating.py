"""What a stored change alters in the message it concerns, in the transaction that stores it.

An edit becomes what counts, a deletion takes every text of its message away: the message's own, its edits', the
preview's. The heads of the conversations are locked by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from messaging.fold import TEXT_SLOT, places_of
from messaging.history.contract import Draft
from messaging.history.sql.database import (
    ANNOTATION,
    CHANGE,
    HEAD,
    VERSION,
    as_stored,
    in_chunks,
    places,
    rows_of,
    write_many,
)
from messaging.protocol import (
    AnyChange,
    MessageDeleted,
    MessageEdited,
    Preview,
    Text,
    decode_change,
    encode,
    target_of,
    without_text,
)

Place = tuple[UUID, int]

UPSERT_ANNOTATION = f"""
    INSERT INTO {ANNOTATION} (conversation_id, target, slot, seq, content) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (conversation_id, target, slot) DO UPDATE SET seq = excluded.seq, content = excluded.content
"""
INSERT_VERSION = f"INSERT INTO {VERSION} (conversation_id, target, seq) VALUES (%s, %s, %s)"


def annotate(drafts: Sequence[Draft]) -> dict[Place, AnyChange]:
    """Changes just stored, in order. Gives those that were stored without their text, by conversation and seq."""
    late: dict[Place, AnyChange] = {}
    for draft in drafts:
        change = draft.change
        if isinstance(change, MessageEdited) and _is_deleted(change):
            late[change.conversation_id, change.seq] = change = _rewrite_without_text(change)
            continue
        _put(change)
        if isinstance(change, MessageEdited):
            write_many(INSERT_VERSION, [[*_target(change), change.seq]])
        if isinstance(change, MessageDeleted):
            _take_text(change)
        _renew_preview(draft)
    return late


def _target(change: AnyChange) -> tuple[object, int]:
    return as_stored(change.conversation_id), target_of(change)


def _is_deleted(change: AnyChange) -> bool:
    rows = rows_of(
        f"SELECT content FROM {ANNOTATION} WHERE conversation_id = %s AND target = %s AND slot = %s",
        [*_target(change), TEXT_SLOT],
    )
    return any(isinstance(decode_change(bytes(content)), MessageDeleted) for (content,) in rows)


def _put(change: AnyChange) -> None:
    place, content = as_stored(change.conversation_id), encode(change)
    rows = ([place, target, slot, change.seq, content] for target, slot in places_of(change))
    write_many(UPSERT_ANNOTATION, rows)


def _take_text(deletion: MessageDeleted) -> None:
    edits = rows_of(f"SELECT seq FROM {VERSION} WHERE conversation_id = %s AND target = %s", _target(deletion))
    for seqs in in_chunks([deletion.target, *(seq for (seq,) in edits)]):
        rows = rows_of(
            f"SELECT content FROM {CHANGE} WHERE conversation_id = %s AND seq IN ({places(len(seqs))})",
            [as_stored(deletion.conversation_id), *seqs],
        )
        _rewrite(without_text(text) for text in _texts(rows))


def _texts(rows: Iterable[tuple[bytes]]) -> Iterable[Text]:
    changes = (decode_change(bytes(content)) for (content,) in rows)
    return [change for change in changes if isinstance(change, Text)]


def _rewrite_without_text(edit: MessageEdited) -> MessageEdited:
    bare = without_text(edit)
    _rewrite([bare])
    return bare


def _rewrite(changes: Iterable[Text]) -> None:
    write_many(
        f"UPDATE {CHANGE} SET content = %s WHERE conversation_id = %s AND seq = %s",
        ([encode(change), as_stored(change.conversation_id), change.seq] for change in changes),
    )


def _renew_preview(draft: Draft) -> None:
    """Where it shows this message."""
    preview = draft.shortened()
    if preview is None:
        return
    place = as_stored(draft.change.conversation_id)
    [(shown,)] = rows_of(f"SELECT preview FROM {HEAD} WHERE conversation_id = %s", [place])
    if shown and msgspec.json.decode(bytes(shown), type=Preview).seq == preview.seq:
        write_many(
            f"UPDATE {HEAD} SET preview = %s WHERE conversation_id = %s", [[msgspec.json.encode(preview), place]]
        )
