"""What was said and is not in the index yet, found by reading it: a bounded number of the newest changes, so that no
search waits for the indexer. Belongs to one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from messaging.history import History, Page
from messaging.protocol import MessageEdited, MessageSent
from messaging.search import index
from messaging.search.index import Place, Standing, Wanted
from messaging.search.matching import MAX_CHARACTERS, Budget, Conversation, Match, match_message
from messaging.search.threads import ANSWERING, MATCHING, on_thread

MAX_CONVERSATIONS = 16
MAX_CHANGES = 400
# Older messages that were edited since, and so have to be read by themselves.
MAX_EDITED = 20


class Recent(NamedTuple):
    """Newest first. `behind`: the conversations that wait to be indexed; `is_complete`: all of it was looked at."""

    matches: list[Match]
    behind: list[UUID]
    is_complete: bool


class Unindexed(NamedTuple):
    """Of a conversation: where the index stands, the newest changes above, and older messages that they edit."""

    standing: Standing
    pages: list[Page]


async def find_recent(history: History, wanted: Wanted) -> Recent:
    """Everything that the index has not taken in before this began; what it takes in meanwhile may be in both."""
    heads = await history.heads(list(wanted.conversation_ids)) if wanted.conversation_ids else {}
    standings = await on_thread(ANSWERING, index.standings, list(heads))
    lacks = {id_: head - (standings[id_].seq if id_ in standings else 0) for id_, head in heads.items()}
    behind = sorted((id_ for id_, lack in lacks.items() if lack > 0), key=lambda id_: lacks[id_])
    outdated = [id_ for id_, standing in standings.items() if standing.renewed is not None]
    if not behind:
        return Recent([], outdated, not outdated)
    some = await on_thread(ANSWERING, index.begin, behind[:MAX_CONVERSATIONS])
    most = MAX_CHANGES // max(1, len(some))
    read = await asyncio.gather(*(_read(history, id_, one, heads[id_], most) for id_, one in some.items()))
    matches, is_all = await on_thread(MATCHING, _match, read, wanted)
    is_complete = is_all and not outdated and len(some) == len(behind) and all(lacks[id_] <= most for id_ in some)
    return Recent(matches, [*behind, *outdated], is_complete)


async def _read(history: History, conversation_id: UUID, standing: Standing, head: int, most: int) -> Unindexed:
    """The newest part, and each older message that it edits."""
    after = max(standing.seq, head - most)
    page = await history.page(conversation_id, after=after, limit=max(1, head - after))
    older = await on_thread(ANSWERING, _edited, page, after)
    pages = await asyncio.gather(*(history.page(conversation_id, after=seq - 1, limit=1) for seq in older))
    return Unindexed(standing, [*pages, page])


def _edited(page: Page, upto: int) -> list[int]:
    """The messages up to there that the page edits, the last ones."""
    edits = (change for change in Conversation([page]).changes if isinstance(change, MessageEdited))
    return sorted({edit.target for edit in edits if edit.target <= upto})[-MAX_EDITED:]


def _match(read: Sequence[Unindexed], wanted: Wanted) -> tuple[list[Match], bool]:
    """Whether all of it was looked at, too."""
    budget = Budget(MAX_CHARACTERS)
    matches: list[Match] = []
    for one in read:
        conversation = Conversation(one.pages)
        for message in reversed(conversation.messages.values()):
            place = Place(message.sent_at, one.standing.cursor, message.seq)
            if not _fits(message, place, wanted):
                continue
            if budget.is_spent:
                return sorted(matches, key=_place, reverse=True), False
            if match := match_message(conversation, message, place, wanted.terms, budget):
                matches.append(match)
    return sorted(matches, key=_place, reverse=True), True


def _place(match: Match) -> Place:
    return match.place


def _fits(message: MessageSent, place: Place, wanted: Wanted) -> bool:
    return (
        (wanted.author_ids is None or message.author_id in wanted.author_ids)
        and (not wanted.kinds or message.content_type in wanted.kinds)
        and message.sent_at >= wanted.since
        and (not wanted.until or message.sent_at < wanted.until)
        and (wanted.below is None or place < wanted.below)
    )
