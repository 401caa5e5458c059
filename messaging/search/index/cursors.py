"""How far each conversation is in the index, and the steps forward: one transaction for the entries and the cursors."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from groups.models import Conversation
from messaging.models import SearchBlock, SearchCursor, SearchEntry
from messaging.search.index import blocks, entries
from messaging.search.index.contract import Batch, Entry, Standing, Step
from messaging.search.version import INDEX_VERSION

# Deleted in one transaction: SQLite has one writer, and people send meanwhile.
ERASED_AT_ONCE = 500
BLOCKS_ERASED_AT_ONCE = 50


def standings(conversation_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """Where these conversations stand; those that were never indexed are left out."""
    rows = SearchCursor.objects.filter(conversation_id__in=conversation_ids)
    return {
        row.conversation_id: Standing(row.pk, row.seq, None if row.version == INDEX_VERSION else row.renewed)
        for row in rows
    }


def begin(conversation_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """As `standings`, with a cursor for each of these conversations that exists; those that do not are left out."""
    found = existing(conversation_ids)
    known = standings(found)
    if missing := found - set(known):
        SearchCursor.objects.bulk_create(
            [SearchCursor(conversation_id=conversation_id, version=INDEX_VERSION) for conversation_id in missing],
            ignore_conflicts=True,
        )
        known |= standings(missing)
    return known


def existing(conversation_ids: Collection[UUID]) -> set[UUID]:
    """Those of these conversations that were not deleted."""
    return set(Conversation.objects.filter(pk__in=conversation_ids).values_list("pk", flat=True))


def cursor_of(conversation_id: UUID) -> int | None:
    """Up to where a conversation is indexed; None when there is no such conversation, or not any more."""
    standing = begin([conversation_id]).get(conversation_id)
    return standing.seq if standing else None


def advance(conversation_id: UUID, after: int, upto: int, batch: Batch) -> bool:
    """As advance_all, of one conversation."""
    return advance_all([Step(conversation_id, after, upto, batch)]) == {conversation_id}


def advance_all(steps: Sequence[Step]) -> set[UUID]:
    """Take steps of different conversations in, in one transaction and as many statements for many messages as for
    one. Answers for which ones; nothing happens for a conversation that stands elsewhere by now."""
    grams = {step.conversation_id: entries.grams_of(step.batch.entries) for step in steps}
    with transaction.atomic():
        cursors = _locked([step.conversation_id for step in steps])
        taken = [(cursors[step.conversation_id], step) for step in steps if _is_next(cursors, step)]
        entries.put([(cursor.pk, step.batch.entries, grams[step.conversation_id]) for cursor, step in taken])
        for cursor, step in taken:
            _apply_to_older(cursor, step.batch)
            cursor.seq = step.upto
        SearchCursor.objects.bulk_update([cursor for cursor, _ in taken], ["seq"])
    return {step.conversation_id for _, step in taken}


def _is_next(cursors: Mapping[UUID, SearchCursor], step: Step) -> bool:
    cursor = cursors.get(step.conversation_id)
    return cursor is not None and cursor.seq == step.after


def _apply_to_older(cursor: SearchCursor, batch: Batch) -> None:
    entries.change(cursor.pk, batch.texts)
    entries.remove(cursor.pk, batch.gone)
    blocks.spoil(cursor.pk, {*batch.texts, *batch.gone})


def renew(conversation_id: UUID, after: int, upto: int | None, fresh: Sequence[Entry]) -> bool:
    """Replace the entries above `after` up to `upto` (None: all) by these, which the current version made.

    The cursor stays, and searches find the old ones until then. False, and nothing happens, when it stands elsewhere
    by now.
    """
    grams = entries.grams_of(fresh)
    with transaction.atomic():
        cursor = _locked([conversation_id]).get(conversation_id)
        if cursor is None or cursor.version == INDEX_VERSION or cursor.renewed != after:
            return False
        upto = cursor.seq if upto is None else min(upto, cursor.seq)
        SearchEntry.objects.filter(cursor=cursor, seq__gt=after, seq__lte=upto).delete()
        entries.put([(cursor.pk, [one for one in fresh if one.seq <= upto], grams)])
        blocks.spoil_range(cursor.pk, after + 1, upto)
        cursor.renewed = upto
        if upto == cursor.seq:
            cursor.version, cursor.renewed = INDEX_VERSION, 0
        cursor.save(update_fields=["version", "renewed"])
    return True


def make_old(conversation_ids: Collection[UUID]) -> None:
    """The entries of these conversations are to be made anew."""
    SearchCursor.objects.filter(conversation_id__in=conversation_ids).update(version=0, renewed=0)


def behind(heads: Mapping[UUID, int]) -> list[UUID]:
    """Those of these conversations whose head the index has not reached, or whose entries are of an older version."""
    known = standings(heads)
    at_start = Standing(0, 0, None)
    return [
        conversation_id
        for conversation_id, head in heads.items()
        if (standing := known.get(conversation_id, at_start)).seq < head or standing.renewed is not None
    ]


def unsealed(conversation_ids: Collection[UUID]) -> list[UUID]:
    """Those of these conversations that lack a block, or have a stale one. In SQLite only."""
    if entries.has_inverted_index():
        return []
    stale = Exists(SearchBlock.objects.filter(cursor=OuterRef("pk"), is_stale=True))
    rows = SearchCursor.objects.filter(conversation_id__in=conversation_ids)
    rows = rows.filter(Q(seq__gte=F("sealed") + blocks.BLOCK_CHANGES) | stale)
    return list(rows.values_list("conversation_id", flat=True))


def ahead(heads: Mapping[UUID, int]) -> list[UUID]:
    """Those of these conversations that the index knows further than their heads: what it took in was lost since."""
    rows = SearchCursor.objects.filter(conversation_id__in=list(heads))
    return [
        conversation_id
        for conversation_id, seq in rows.values_list("conversation_id", "seq")
        if seq > heads[conversation_id]
    ]


def conversations_above(conversation_id: UUID | None, most: int) -> list[UUID]:
    """The next conversations in order of their ids."""
    rows = Conversation.objects.order_by("pk")
    if conversation_id is not None:
        rows = rows.filter(pk__gt=conversation_id)
    return list(rows.values_list("pk", flat=True)[:most])


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
        cursor = _locked([conversation_id]).get(conversation_id)
        if cursor is None:
            return False
        sealed = SearchBlock.objects.filter(cursor=cursor).values_list("pk", flat=True)[:BLOCKS_ERASED_AT_ONCE]
        said = SearchEntry.objects.filter(cursor=cursor).values_list("pk", flat=True)[:ERASED_AT_ONCE]
        for model, ids in ((SearchBlock, list(sealed)), (SearchEntry, list(said))):
            if ids:
                model._default_manager.filter(pk__in=ids).delete()
                return True
        SearchCursor.objects.filter(pk=cursor.pk).delete()
        return False


def _locked(conversation_ids: Iterable[UUID]) -> dict[UUID, SearchCursor]:
    """In one order, so that two who index never wait for each other."""
    rows = SearchCursor.objects.select_for_update().filter(conversation_id__in=list(conversation_ids)).order_by("pk")
    return {row.conversation_id: row for row in rows}
