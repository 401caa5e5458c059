"""Blocks, which SQLite has in place of an inverted index: for so many changes of a conversation a signature, a bit for
each n-gram of their texts. A search asks the signatures where a term may be and reads the texts there.

A row for each n-gram and message cost 42 rows and up to 280 kB of the log a message, while everybody who sends waited
for SQLite's one writer; a block is written once for BLOCK_CHANGES changes. What is above the last one is read as it is.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from django.db import connection, transaction

from messaging.models import SearchBlock, SearchCursor, SearchEntry
from messaging.search.grams import grams_of_text
from messaging.search.index.entries import has_inverted_index

BLOCK_CHANGES = 128
# Of a query's n-grams so many are asked for; each takes seven of eight blocks away that do not have it.
MAX_GRAMS = 24
MIN_BYTES = 8
ANYTHING = b"\xff"

BLOCK = SearchBlock._meta.db_table
# Blocks follow each other without a gap: a seq is in the first that ends at or behind it, if it is in any.
SPOIL = (
    f"UPDATE {BLOCK} SET signature = %s, is_stale = TRUE WHERE id IN (SELECT (SELECT id FROM {BLOCK}"
    " WHERE cursor_id = %s AND last_seq >= value ORDER BY last_seq LIMIT 1) FROM json_each(%s))"
)
HAS = "instr(%s, substr(signature, 1 + %s %% length(signature), 1)) > 0"
# For each bit the bytes that have it.
_WITH_BIT = [bytes(byte for byte in range(256) if byte >> bit & 1) for bit in range(8)]


class Range(NamedTuple):
    """A block that is to be made: its key if it is there already."""

    pk: int | None
    first: int
    last: int


def seal(cursor_pk: int) -> bool:
    """Make one block that is missing or stale. Whether there was one; repeat it until there is none. The texts are read
    and taken apart before the transaction, which does nothing if they may have changed meanwhile."""
    cursor = SearchCursor.objects.filter(pk=cursor_pk).first()
    wanted = _next_range(cursor) if cursor else None
    if cursor is None or wanted is None:
        return False
    said = SearchEntry.objects.filter(cursor=cursor, seq__gte=wanted.first, seq__lte=wanted.last)
    rows = list(said.values_list("sent_at", "text"))
    times = sorted(sent_at for sent_at, _ in rows)
    block = SearchBlock(
        pk=wanted.pk,
        cursor=cursor,
        first_seq=wanted.first,
        last_seq=wanted.last,
        oldest=times[0] if times else "",
        newest=times[-1] if times else "",
        signature=signature(text for _, text in rows),
    )
    with transaction.atomic():
        now = SearchCursor.objects.filter(pk=cursor_pk).first()
        if now is None or _state(now) != _state(cursor):
            return now is not None
        block.save()
        if wanted.pk is None:
            SearchCursor.objects.filter(pk=cursor_pk).update(sealed=wanted.last)
    return True


def _state(cursor: SearchCursor) -> tuple[int, ...]:
    """Whatever changes entries changes one of these, too."""
    return cursor.seq, cursor.version, cursor.renewed, cursor.sealed


def _next_range(cursor: SearchCursor) -> Range | None:
    if cursor.seq - cursor.sealed >= BLOCK_CHANGES:
        return Range(None, cursor.sealed + 1, cursor.sealed + BLOCK_CHANGES)
    stale = SearchBlock.objects.filter(cursor=cursor, is_stale=True).values_list("pk", "first_seq", "last_seq").first()
    return Range(*stale) if stale else None


def spoil(cursor: int, seqs: Collection[int]) -> None:
    """Texts of these seqs changed or went: nothing of them stays in a signature, and until it is made anew it lets
    every term through."""
    if seqs and not has_inverted_index():
        with connection.cursor() as writing:
            writing.execute(SPOIL, [ANYTHING, cursor, json.dumps(sorted(seqs))])


def spoil_range(cursor: int, first: int, last: int) -> None:
    """As spoil, of all from one seq to another."""
    rows = SearchBlock.objects.filter(cursor_id=cursor, last_seq__gte=first, first_seq__lte=last, is_stale=False)
    rows.update(signature=ANYTHING, is_stale=True)


def signature(texts: Iterable[str]) -> bytes:
    """A byte for each different n-gram, so that of those that are not there one in eight seems to be."""
    grams: set[str] = set()
    for text in texts:
        grams |= grams_of_text(text)
    bits = bytearray(max(MIN_BYTES, len(grams)))
    for gram in grams:
        place, bit = _place(gram)
        bits[place % len(bits)] |= 1 << bit
    return bytes(bits)


def may_have(grams: Collection[str]) -> tuple[str, list[Any]]:
    """The condition, and its values, for blocks that may have all of these n-grams."""
    asked = sorted(grams, key=lambda gram: (-len(gram), gram))[:MAX_GRAMS]
    values: list[Any] = []
    for place, bit in map(_place, asked):
        values += [_WITH_BIT[bit], place]
    return " AND ".join(["1", *[HAS] * len(asked)]), values


def _place(gram: str) -> tuple[int, int]:
    hashed = zlib.crc32(gram.encode())
    return hashed >> 3, hashed & 7
