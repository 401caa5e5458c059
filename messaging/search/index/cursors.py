"""How far each conversation is in the index, and the steps forward: one transaction for the entries and the cursor."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.followers import from_primary
from groups.models import Conversation
from messaging.models import SearchCursor, SearchEntry
from messaging.search.index import entries
from messaging.search.index.contract import Batch

# Deleted in one transaction: SQLite has one writer, and people send meanwhile.
ERASED_AT_ONCE = 500


@from_primary()
def cursor_of(conversation_id: UUID) -> int | None:
    """Up to where a conversation is indexed; None when there is no such conversation, or not any more."""
    found = SearchCursor.objects.filter(conversation_id=conversation_id).values_list("seq", flat=True).first()
    if not Conversation.objects.filter(pk=conversation_id).exists():
        return None
    if found is None:
        SearchCursor.objects.bulk_create([SearchCursor(conversation_id=conversation_id)], ignore_conflicts=True)
    return found or 0


def advance(conversation_id: UUID, after: int, upto: int, batch: Batch) -> bool:
    """Take the changes above `after` up to `upto` in. False, and nothing happens, when it stands elsewhere by now."""
    grams = entries.grams_of(batch.entries)
    with transaction.atomic():
        cursor = _locked(conversation_id)
        if cursor is None or cursor.seq != after:
            return False
        entries.put(cursor.pk, batch.entries, grams)
        entries.change(cursor.pk, batch.texts)
        entries.remove(cursor.pk, batch.gone)
        SearchCursor.objects.filter(pk=cursor.pk).update(seq=upto)
    return True


@from_primary()
def behind(heads: Mapping[UUID, int]) -> list[UUID]:
    """Those of these conversations whose head the index has not reached."""
    rows = SearchCursor.objects.filter(conversation_id__in=list(heads))
    known = dict(rows.values_list("conversation_id", "seq"))
    return [conversation_id for conversation_id, head in heads.items() if known.get(conversation_id, 0) < head]


@from_primary()
def ahead(heads: Mapping[UUID, int]) -> list[UUID]:
    """Those of these conversations that the index knows further than their heads: what it took in was lost since."""
    rows = SearchCursor.objects.filter(conversation_id__in=list(heads))
    return [
        conversation_id
        for conversation_id, seq in rows.values_list("conversation_id", "seq")
        if seq > heads[conversation_id]
    ]


@from_primary()
def conversations_above(conversation_id: UUID | None, most: int) -> list[UUID]:
    """The next conversations in order of their ids."""
    rows = Conversation.objects.order_by("pk")
    if conversation_id is not None:
        rows = rows.filter(pk__gt=conversation_id)
    return list(rows.values_list("pk", flat=True)[:most])


@from_primary()
def left_behind(most: int) -> list[UUID]:
    """Conversations that are indexed and do not exist any more."""
    exists = Exists(Conversation.objects.filter(pk=OuterRef("conversation_id")))
    return list(SearchCursor.objects.exclude(exists).values_list("conversation_id", flat=True)[:most])


def erase(conversation_id: UUID) -> None:
    """Everything of a conversation, bit by bit; whoever indexes it meanwhile begins anew, if it still exists."""
    while _erase_some(conversation_id):
        pass


def _erase_some(conversation_id: UUID) -> bool:
    """Whether there may be more."""
    with transaction.atomic():
        cursor = _locked(conversation_id)
        if cursor is None:
            return False
        seqs = set(SearchEntry.objects.filter(cursor=cursor).values_list("seq", flat=True)[:ERASED_AT_ONCE])
        entries.remove(cursor.pk, seqs)
        if len(seqs) < ERASED_AT_ONCE:
            SearchCursor.objects.filter(pk=cursor.pk).delete()
            return False
    return True


def _locked(conversation_id: UUID) -> SearchCursor | None:
    return SearchCursor.objects.select_for_update().filter(conversation_id=conversation_id).first()
