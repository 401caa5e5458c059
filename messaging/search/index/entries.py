"""Entries and their n-grams: written, changed and taken away, inside the transaction that moves their cursor.

The two databases keep n-grams each in the way that costs it least: PostgreSQL as an array in the entry, under an
inverted index; SQLite, whose one writer people's messages wait for, in blocks of many entries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection

from messaging.models import SearchEntry
from messaging.search.grams import grams_of_text
from messaging.search.index.contract import NAME_MARK, Entry

ENTRY = SearchEntry._meta.db_table
COLUMNS = ["cursor_id", "seq", "author_id", "sent_at", "kind", "text"]
# Rows of one statement: SQLite takes 32,766 parameters, PostgreSQL 65,535.
ROWS_AT_ONCE = 2_000

# What each message (by its seq) may be found by; nothing in SQLite.
Grams = Mapping[int, Sequence[str]]
Row = list[Any]


def has_inverted_index() -> bool:
    return connection.vendor == "postgresql"


def grams_of(entries: Iterable[Entry]) -> Grams:
    """By seq. Takes its time, so it is done before the transaction."""
    return _grams_of({one.seq: one.text for one in entries})


def put(some: Iterable[tuple[int, Sequence[Entry], Grams]]) -> None:
    """Entries of several conversations, each with its cursor, in one statement: with one each a thread gives the
    interpreter away for each, and comes back to it last where much goes on, while SQLite's only writer waits for it."""
    with_grams = has_inverted_index()
    columns = [*COLUMNS, "grams"] if with_grams else COLUMNS
    rows = [
        [cursor, one.seq, _as_stored(one.author_id), one.sent_at, one.kind, one.text]
        + ([grams[one.seq]] if with_grams else [])
        for cursor, entries, grams in some
        for one in entries
    ]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        _insert(columns, rows[start : start + ROWS_AT_ONCE])


@lru_cache(1_000)
def _as_stored(author_id: UUID) -> Any:
    """As this database has it. Django takes ten times as long as the rest of a row, and SQLite's writer would wait."""
    return SearchEntry._meta.get_field("author_id").get_db_prep_value(author_id, connection)


def _insert(columns: Sequence[str], rows: Sequence[Row]) -> None:
    places = ", ".join(["(" + ", ".join(["%s"] * len(columns)) + ")"] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {ENTRY} ({', '.join(columns)}) VALUES {places}", [value for row in rows for value in row]
        )


def change(cursor: int, texts: Mapping[int, str]) -> None:
    """Of a message that is not there any more nothing comes back."""
    if not texts:
        return
    known = _texts(cursor, texts)
    changed = {seq: _with_name_of(before, texts[seq]) for seq, before in known.items()}
    for seq, text in changed.items():
        SearchEntry.objects.filter(cursor_id=cursor, seq=seq).update(text=text)
    if has_inverted_index() and changed:
        with connection.cursor() as asking:
            asking.executemany(
                f"UPDATE {ENTRY} SET grams = %s WHERE cursor_id = %s AND seq = %s",
                [(list(grams), cursor, seq) for seq, grams in _grams_of(changed).items()],
            )


def _with_name_of(before: str, text: str) -> str:
    _, mark, name = before.partition(NAME_MARK)
    return text + mark + name


def remove(cursor: int, seqs: Collection[int]) -> None:
    if seqs:
        SearchEntry.objects.filter(cursor_id=cursor, seq__in=seqs).delete()


def _texts(cursor: int, seqs: Iterable[int]) -> dict[int, str]:
    rows = SearchEntry.objects.filter(cursor_id=cursor, seq__in=list(seqs))
    return dict(rows.values_list("seq", "text"))


def _grams_of(texts: Mapping[int, str]) -> Grams:
    return {seq: sorted(grams_of_text(text)) for seq, text in texts.items()} if has_inverted_index() else {}
