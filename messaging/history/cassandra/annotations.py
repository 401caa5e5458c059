"""What a change alters in the message it concerns. Every write here may be repeated, and the order does not matter.

An annotation is written under its change's number; a deletion, and what it leaves of the texts it takes away, above all
numbers. An edit and a deletion at the same time: each writes first and looks for the other afterwards, so one of them
finds the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from uuid import UUID

import msgspec

from messaging.fold import TEXT_SLOT, places_of, slot_of
from messaging.history.cassandra.batches import Write, write_all
from messaging.history.cassandra.buckets import bucket_of
from messaging.history.cassandra.session import Connection
from messaging.history.contract import deleted_preview
from messaging.protocol import (
    AnyChange,
    MessageDeleted,
    MessageEdited,
    MessageSent,
    Text,
    decode_change,
    encode,
    target_of,
    without_text,
)

# Above every number and every epoch.
FINAL = 2**40
SEQS_AT_ONCE = 100
# A preview is shown by the newest message's number, then by the newest edit of it, then by its deletion.
PREVIEW_BITS = 31

Place = tuple[UUID, int]


def preview_stamp(message: int, seq: int, *, is_final: bool = False) -> int:
    """The timestamp of a preview of this message, as the change `seq` left it."""
    most = (1 << PREVIEW_BITS) - 1
    return (message << PREVIEW_BITS) + (most if is_final else min(seq - message, most - 1))


async def alter_targets(connection: Connection, contents: Sequence[bytes]) -> list[bool]:
    """For each change whether all that it alters is at quorum."""
    changes = [decode_change(content) for content in contents]
    writes = [write for index, change in enumerate(changes) for write in _annotations(index, change)]
    done = await write_all(connection, writes, len(changes))
    texts = list({(change.conversation_id, target_of(change)) for change in changes if slot_of(change) == TEXT_SLOT})
    bare = dict(zip(texts, await asyncio.gather(*(_take_text(connection, *place) for place in texts)), strict=True))
    return [
        is_done and bare.get((change.conversation_id, target_of(change)), True)
        for change, is_done in zip(changes, done, strict=True)
    ]


def _annotations(index: int, change: AnyChange) -> Iterator[Write]:
    content = encode(change)
    stamp = FINAL + change.seq if isinstance(change, MessageDeleted) else change.seq
    for target, slot in places_of(change):
        values = change.conversation_id, bucket_of(target), target, slot, change.seq, content, stamp
        yield Write("insert_annotation", values, index, len(content) + 64)
    if isinstance(change, MessageEdited):
        place = change.conversation_id, bucket_of(change.target), change.target
        yield Write("insert_version", (*place, change.seq, change.seq), index)


async def _take_text(connection: Connection, conversation_id: UUID, seq: int) -> bool:
    """If the message has been deleted, its text, its edits' and its preview are replaced by what stays."""
    deletion = await _deletion(connection, conversation_id, seq)
    if deletion is None:
        return True
    seqs = [seq, *await edits_of(connection, conversation_id, seq)]
    texts = [text for text in await _texts(connection, conversation_id, seqs) if not text.deleted]
    writes = [write for text in texts for write in _bare(text, FINAL + deletion.seq)]
    return all(await write_all(connection, writes, 1))


async def _deletion(connection: Connection, conversation_id: UUID, seq: int) -> MessageDeleted | None:
    rows = await connection.run("annotation", conversation_id, bucket_of(seq), seq, TEXT_SLOT)
    changes = [decode_change(content) for (content,) in rows]
    return next((change for change in changes if isinstance(change, MessageDeleted)), None)


async def edits_of(connection: Connection, conversation_id: UUID, seq: int) -> list[int]:
    """The numbers of a message's edits, ascending."""
    return [edit for (edit,) in await connection.run("versions", conversation_id, bucket_of(seq), seq)]


async def _texts(connection: Connection, conversation_id: UUID, seqs: Sequence[int]) -> list[Text]:
    contents = await contents_of(connection, conversation_id, seqs)
    return [change for change in map(decode_change, contents) if isinstance(change, Text)]


async def contents_of(connection: Connection, conversation_id: UUID, seqs: Sequence[int]) -> list[bytes]:
    """Of these changes, in no order."""
    chunks: dict[int, list[int]] = {}
    for seq in seqs:
        chunks.setdefault(bucket_of(seq), []).append(seq)
    runs = (
        connection.run("rows", conversation_id, bucket, some[start : start + SEQS_AT_ONCE])
        for bucket, some in chunks.items()
        for start in range(0, len(some), SEQS_AT_ONCE)
    )
    return [row[-1] for rows in await asyncio.gather(*runs) for row in rows]


def _bare(text: Text, stamp: int) -> Iterator[Write]:
    content = encode(without_text(text))
    place = text.conversation_id, bucket_of(text.seq), text.seq
    yield Write("replace_content", (stamp, content, *place), 0, len(content) + 64)
    if isinstance(text, MessageSent):
        preview = msgspec.json.encode(deleted_preview(text))
        yield Write("set_preview", (preview_stamp(text.seq, 0, is_final=True), preview, text.conversation_id), 0)
