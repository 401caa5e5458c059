"""Entries that a search wants, newest first. The two databases answer alike; each in the way it can do quickly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.followers import from_primary
from messaging.models import SearchCursor, SearchEntry, SearchGram
from messaging.search.index.contract import Hit, Place, Wanted
from messaging.search.index.entries import GRAM, has_inverted_index

NEWEST = ("-sent_at", "-cursor_id", "-seq")
# A gram that fewer entries of a conversation have is looked up first; of others one entry after the other is asked.
FEW = 1_000
COUNT_SOME = f"SELECT COUNT(*) FROM (SELECT 1 FROM {GRAM} WHERE cursor_id = %s AND gram = %s LIMIT {FEW}) AS some"

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
    where many would fit."""
    found: list[Place] = []
    for cursor in cursors:
        counts = _counts(cursor, wanted.grams)
        if all(counts.values()):
            fitting = _with_all(rows.filter(cursor=cursor), cursor, counts)
            found += _places(fitting.order_by("-seq")[:limit])
    return sorted(found, key=attrgetter("sent_at", "cursor", "seq"), reverse=True)[:limit]


def _counts(cursor: int, grams: Iterable[str]) -> dict[str, int]:
    """How many entries of a conversation have each gram, as far as FEW; ends at the first that none has."""
    counts: dict[str, int] = {}
    with connection.cursor() as asking:
        for gram in grams:
            asking.execute(COUNT_SOME, [cursor, gram])
            counts[gram] = asking.fetchone()[0]
            if not counts[gram]:
                break
    return counts


def _with_all(rows: Rows, cursor: int, counts: dict[str, int]) -> Rows:
    by_count: Sequence[str] = sorted(counts, key=lambda gram: counts[gram])
    grams = SearchGram.objects.filter(cursor_id=cursor)
    if counts[by_count[0]] < FEW:
        rows = rows.filter(seq__in=grams.filter(gram=by_count[0]).values("seq"))
        by_count = by_count[1:]
    for gram in by_count:
        rows = rows.filter(Exists(grams.filter(gram=gram, seq=OuterRef("seq"))))
    return rows
