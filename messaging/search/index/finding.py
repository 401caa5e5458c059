"""Entries that a search wants, newest first. The two databases answer alike; each in the way it can do quickly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Q, QuerySet

from accounts.followers import from_primary
from messaging.models import SearchCursor, SearchEntry
from messaging.search.index.contract import Hit, Place, Wanted
from messaging.search.index.entries import ENTRY, GRAM, has_inverted_index

NEWEST = ("-sent_at", "-cursor_id", "-seq")
# A gram that fewer entries of a conversation have is looked up first; of others one entry after the other is asked.
FEW = 1_000
COUNT_SOME = f"SELECT COUNT(*) FROM (SELECT 1 FROM {GRAM} WHERE cursor_id = %s AND gram = %s LIMIT {FEW}) AS some"

AMONG = f"seq IN (SELECT seq FROM {GRAM} WHERE cursor_id = %s AND gram = %s)"
HAS = f"EXISTS (SELECT 1 FROM {GRAM} g WHERE g.cursor_id = %s AND g.gram = %s AND g.seq = {ENTRY}.seq)"

Rows = QuerySet[SearchEntry]


@from_primary()
def find(wanted: Wanted, limit: int) -> list[Hit]:
    """At most `limit`, newest first."""
    known = SearchCursor.objects.filter(conversation_id__in=wanted.conversation_ids)
    conversations: dict[int, UUID] = dict(known.values_list("pk", "conversation_id"))
    rows = _fitting(SearchEntry.objects.all(), wanted)
    if wanted.grams and not has_inverted_index():
        found = _one_by_one(rows, wanted, conversations, limit)
    else:
        found = _places(_with_grams(rows.filter(cursor__in=list(conversations)), wanted).order_by(*NEWEST)[:limit])
    return [Hit(conversations[place.cursor], place) for place in found]


def _fitting(rows: Rows, wanted: Wanted) -> Rows:
    for term in wanted.terms:
        rows = rows.filter(text__contains=term)
    if wanted.author_ids is not None:
        rows = rows.filter(author_id__in=wanted.author_ids)
    if wanted.kinds:
        rows = rows.filter(kind__in=wanted.kinds)
    if wanted.since:
        rows = rows.filter(sent_at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(sent_at__lt=wanted.until)
    return rows.filter(_below(wanted.below)) if wanted.below else rows


def _below(place: Place) -> Q:
    sent_at, cursor, seq = place
    same_time = Q(sent_at=sent_at) & (Q(cursor__lt=cursor) | Q(cursor=cursor, seq__lt=seq))
    return Q(sent_at__lte=sent_at) & (Q(sent_at__lt=sent_at) | same_time)


def _places(rows: Rows) -> list[Place]:
    return [Place(*row) for row in rows.values_list("sent_at", "cursor_id", "seq")]


def _with_grams(rows: Rows, wanted: Wanted) -> Rows:
    """In PostgreSQL, by its inverted index."""
    return rows.extra(where=["grams @> %s::text[]"], params=[sorted(wanted.grams)]) if wanted.grams else rows


def _one_by_one(rows: Rows, wanted: Wanted, cursors: Iterable[int], limit: int) -> list[Place]:
    """In SQLite conversation by conversation: the key of the grams begins with it, and no more than `limit` are read
    where many would fit. The query is made once; people have hundreds of conversations."""
    sql, parameters = rows.values_list("sent_at", "cursor_id", "seq").query.sql_with_params()
    found: list[Place] = []
    with connection.cursor() as asking:
        for cursor in cursors:
            counts = _counts(asking, cursor, wanted.grams)
            if all(counts.values()):
                more, values = _with_all(cursor, counts)
                asking.execute(f"{sql} AND {more} ORDER BY seq DESC LIMIT {limit}", [*parameters, *values])
                found += [Place(*row) for row in asking.fetchall()]
    return sorted(found, reverse=True)[:limit]


def _counts(asking: CursorWrapper, cursor: int, grams: Iterable[str]) -> dict[str, int]:
    """How many entries of a conversation have each gram, as far as FEW; ends at the first that none has."""
    counts: dict[str, int] = {}
    for gram in grams:
        asking.execute(COUNT_SOME, [cursor, gram])
        counts[gram] = asking.fetchone()[0]
        if not counts[gram]:
            break
    return counts


def _with_all(cursor: int, counts: Mapping[str, int]) -> tuple[str, list[Any]]:
    """Conditions and their values: the rarest gram first."""
    by_count = sorted(counts, key=lambda gram: counts[gram])
    conditions: list[str] = ["cursor_id = %s"]
    values: list[Any] = [cursor]
    for gram in by_count:
        conditions.append(AMONG if gram == by_count[0] and counts[gram] < FEW else HAS)
        values += [cursor, gram]
    return " AND ".join(conditions), values
