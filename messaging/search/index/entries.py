"""Entries and their grams: written, changed and taken away, inside the transaction that moves their cursor.

The two databases keep grams each in the way it searches best: PostgreSQL as an array in the entry, under an inverted
index; SQLite as rows that are nothing but their key. What is deleted is deleted there and then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from messaging.models import SearchEntry, SearchGram
from messaging.search.grams import grams_of_text
from messaging.search.index.contract import NAME_MARK, Entry

ENTRY = SearchEntry._meta.db_table
GRAM = SearchGram._meta.db_table

ADD_GRAM = f"INSERT INTO {GRAM} (cursor_id, gram, seq) VALUES (%s, %s, %s)"
DROP_GRAM = f"DELETE FROM {GRAM} WHERE cursor_id = %s AND gram = %s AND seq = %s"
SET_GRAMS = f"UPDATE {ENTRY} SET grams = %s WHERE cursor_id = %s AND seq = %s"


def has_inverted_index() -> bool:
    return connection.vendor == "postgresql"


def changes_at_once() -> int:
    """What one transaction may take in. SQLite has one writer, and people send meanwhile: a message of 200 letters has
    150 grams and keeps them waiting for half a millisecond. PostgreSQL lets both write."""
    return 50 if has_inverted_index() else 10


def put(cursor: int, entries: Sequence[Entry]) -> None:
    SearchEntry.objects.bulk_create(
        SearchEntry(
            cursor_id=cursor, seq=one.seq, author_id=one.author_id, sent_at=one.sent_at, kind=one.kind, text=one.text
        )
        for one in entries
    )
    _add_grams(cursor, {one.seq: one.text for one in entries})


def change(cursor: int, texts: Mapping[int, str]) -> None:
    """Of a message that is not there any more nothing comes back."""
    known = _texts(cursor, texts)
    _drop_grams(cursor, known)
    changed = {seq: _with_name_of(before, texts[seq]) for seq, before in known.items()}
    for seq, text in changed.items():
        SearchEntry.objects.filter(cursor_id=cursor, seq=seq).update(text=text)
    _add_grams(cursor, changed)


def _with_name_of(before: str, text: str) -> str:
    _, mark, name = before.partition(NAME_MARK)
    return text + mark + name


def remove(cursor: int, seqs: Collection[int]) -> None:
    if not seqs:
        return
    _drop_grams(cursor, _texts(cursor, seqs))
    SearchEntry.objects.filter(cursor_id=cursor, seq__in=seqs).delete()


def _texts(cursor: int, seqs: Iterable[int]) -> dict[int, str]:
    rows = SearchEntry.objects.filter(cursor_id=cursor, seq__in=list(seqs))
    return dict(rows.values_list("seq", "text"))


def _add_grams(cursor: int, texts: Mapping[int, str]) -> None:
    if has_inverted_index():
        _write(SET_GRAMS, ((sorted(grams_of_text(text)), cursor, seq) for seq, text in texts.items()))
    else:
        _write(ADD_GRAM, _gram_rows(cursor, texts))


def _drop_grams(cursor: int, texts: Mapping[int, str]) -> None:
    """In PostgreSQL they go with the entry, or are replaced in it."""
    if not has_inverted_index():
        _write(DROP_GRAM, _gram_rows(cursor, texts))


def _gram_rows(cursor: int, texts: Mapping[int, str]) -> list[tuple[int, str, int]]:
    """In the order of the key, so that neighbours are written together."""
    return sorted((cursor, gram, seq) for seq, text in texts.items() for gram in grams_of_text(text))


def _write(sql: str, rows: Iterable[Sequence[Any]]) -> None:
    if rows := list(rows):
        with connection.cursor() as cursor:
            cursor.executemany(sql, rows)
