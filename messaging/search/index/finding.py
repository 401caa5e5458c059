"""Entries that a search wants, newest first. The two databases answer alike; each in the way it can do quickly."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from messaging.models import SearchCursor, SearchEntry
from messaging.search.index.block_finding import find_in_blocks
from messaging.search.index.contract import Hit, Hits, Place, Wanted
from messaging.search.index.entries import has_inverted_index

NEWEST = ("-sent_at", "-cursor_id", "-seq")

Rows = QuerySet[SearchEntry]


def find(wanted: Wanted, limit: int) -> Hits:
    """At most `limit`. Fewer, with `further` set, when that was enough work for one query."""
    known = SearchCursor.objects.filter(conversation_id__in=wanted.conversation_ids)
    conversations: dict[int, UUID] = dict(known.values_list("pk", "conversation_id"))
    if wanted.terms and not has_inverted_index():
        places, further = find_in_blocks(wanted, list(conversations), limit)
    else:
        places, further = _find_in_rows(wanted, list(conversations), limit)
    found = Hits(Hit(conversations[place.cursor], place) for place in places)
    found.further = further
    return found


def _find_in_rows(wanted: Wanted, cursors: list[int], limit: int) -> tuple[list[Place], Place | None]:
    rows = _with_grams(_fitting(SearchEntry.objects.filter(cursor__in=cursors), wanted), wanted)
    found = [Place(*row) for row in rows.order_by(*NEWEST).values_list("sent_at", "cursor_id", "seq")[: limit + 1]]
    return found[:limit], found[limit - 1] if len(found) > limit else None


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


def _with_grams(rows: Rows, wanted: Wanted) -> Rows:
    """In PostgreSQL, by its inverted index."""
    parameters: list[Any] = [sorted(wanted.grams)]
    return rows.extra(where=["grams @> %s::text[]"], params=parameters) if wanted.grams else rows
