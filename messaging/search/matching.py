"""Reads found messages as they are now and says which of them still fit, with their snippets. Takes a thread's time:
folding and marking long texts is most of what a search costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from messaging.fold import Annotations
from messaging.history import Page
from messaging.protocol import AnyChange, MessageSent, decode_change
from messaging.search.index import Hit, Place
from messaging.search.snippets import Part, hits, snippet
from messaging.search.texts import visible_text

# One query looks at no more text than this; what is left of it is the next page's.
MAX_CHARACTERS = 250_000
# A letter beyond ASCII takes so many times as long to fold.
WIDE_FACTOR = 8
# Between a text and the name of its file; no term of a search goes across.
BEFORE_NAME = "\n· "


@dataclass(slots=True)
class Found:
    """A message that fits."""

    conversation_id: UUID
    seq: int
    author_id: UUID
    sent_at: str
    content_type: str
    snippet: list[Part]


@dataclass(slots=True)
class Budget:
    """What one query may still look at."""

    characters: int

    def spend(self, text: str) -> None:
        self.characters -= len(text) * (1 if text.isascii() else WIDE_FACTOR)

    @property
    def is_spent(self) -> bool:
        return self.characters <= 0


class Match(NamedTuple):
    place: Place
    found: Found


class Conversation:
    """Messages of a conversation, by seq, and what later changes make of them."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self.messages: dict[int, MessageSent] = {}
        self.changes: list[AnyChange] = []
        self._annotations = Annotations()
        for page in pages:
            for change in map(decode_change, page.changes):
                self._put(change)
            for content in page.later:
                self._annotations.put(decode_change(content))

    def _put(self, change: AnyChange) -> None:
        self.changes.append(change)
        self._annotations.put(change)
        if isinstance(change, MessageSent):
            self.messages[change.seq] = change

    def text_of(self, message: MessageSent) -> str | None:
        """What can be found of it now; None when it is deleted."""
        shown = self._annotations.shown(message)
        if shown.is_deleted:
            return None
        name = shown.file.name if shown.file else ""
        return BEFORE_NAME.join(filter(None, [visible_text(shown.body, shown.html), name]))


def matching(
    found: Sequence[Hit], pages: Mapping[UUID, Sequence[Page]], terms: Sequence[str], budget: Budget
) -> tuple[list[Match], int]:
    """Those of the hits that fit, in order, and how many of the hits were looked at before the budget was spent: at
    least one."""
    conversations = {conversation_id: Conversation(some) for conversation_id, some in pages.items()}
    matches: list[Match] = []
    for number, hit in enumerate(found, 1):
        conversation = conversations[hit.conversation_id]
        message = conversation.messages.get(hit.place.seq)
        if message and (match := match_message(conversation, message, hit.place, terms, budget)):
            matches.append(match)
        if budget.is_spent:
            return matches, number
    return matches, len(found)


def match_message(
    conversation: Conversation, message: MessageSent, place: Place, terms: Sequence[str], budget: Budget
) -> Match | None:
    """None when it does not say so, or not any more."""
    text = conversation.text_of(message)
    if text is None:
        return None
    budget.spend(text)
    spans = hits(terms, text)
    if spans is None:
        return None
    found = Found(
        conversation_id=message.conversation_id,
        seq=message.seq,
        author_id=message.author_id,
        sent_at=message.sent_at,
        content_type=message.content_type,
        snippet=snippet(text, spans),
    )
    return Match(place, found)
