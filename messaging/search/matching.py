"""Reads found messages as they are now and says which of them still fit, with their snippets. Takes a thread's time:
folding and marking long texts is most of what a search costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from messaging.fold import Annotations
from messaging.history import Page
from messaging.protocol import AnyChange, MessageSent, decode_change
from messaging.search.index import Hit
from messaging.search.snippets import Part, hits, snippet
from messaging.search.texts import visible_text

# One query looks at no more text than this; what is left of it is the next page's.
MAX_CHARACTERS = 400_000
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

    characters: int = MAX_CHARACTERS

    def spend(self, text: str) -> None:
        self.characters -= len(text) * (1 if text.isascii() else WIDE_FACTOR)

    @property
    def is_spent(self) -> bool:
        return self.characters <= 0


@dataclass(slots=True)
class Conversation:
    """Messages of a conversation, by seq, and what later changes make of them."""

    messages: dict[int, MessageSent] = field(default_factory=dict)
    annotations: Annotations = field(default_factory=Annotations)

    def put(self, change: AnyChange) -> None:
        if isinstance(change, MessageSent):
            self.messages[change.seq] = change
        self.annotations.put(change)


def matching(
    found: Sequence[Hit], pages: Mapping[UUID, Sequence[Page]], terms: Sequence[str], budget: Budget
) -> tuple[list[Found], int]:
    """Those of the hits that fit, in order, and how many of the hits were looked at before the budget was spent: at
    least one."""
    conversations = _read(pages)
    matches: list[Found] = []
    for number, hit in enumerate(found, 1):
        if match := _match(hit, conversations[hit.conversation_id], terms, budget):
            matches.append(match)
        if budget.is_spent:
            return matches, number
    return matches, len(found)


def _read(pages: Mapping[UUID, Sequence[Page]]) -> Mapping[UUID, Conversation]:
    conversations: dict[UUID, Conversation] = defaultdict(Conversation)
    for conversation_id, some in pages.items():
        for page in some:
            for content in (*page.changes, *page.later):
                conversations[conversation_id].put(decode_change(content))
    return conversations


def _match(hit: Hit, conversation: Conversation, terms: Sequence[str], budget: Budget) -> Found | None:
    """None when it does not say so any more."""
    message = conversation.messages.get(hit.place.seq)
    if message is None:
        return None
    shown = conversation.annotations.shown(message)
    if shown.is_deleted:
        return None
    name = shown.file.name if shown.file else ""
    text = BEFORE_NAME.join(filter(None, [visible_text(shown.body, shown.html), name]))
    budget.spend(text)
    spans = hits(terms, text)
    if spans is None:
        return None
    return Found(
        conversation_id=hit.conversation_id,
        seq=message.seq,
        author_id=message.author_id,
        sent_at=message.sent_at,
        content_type=message.content_type,
        snippet=snippet(text, spans),
    )
