"""What is shown of a message: it, and the later changes that concern it; and what a conversation is. Pure;
static/js/fold.js folds alike.

Later changes may come in any order, twice, and without those that a newer one replaced: the outcome is the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from messaging.files.facts import FileFacts
from messaging.protocol import (
    Change,
    ConversationConverted,
    ConversationCreated,
    ConversationDescribed,
    ConversationRenamed,
    ConversationSlowed,
    MemberJoined,
    MessageDeleted,
    MessageEdited,
    MessagePinned,
    MessageSent,
    Pin,
    Reaction,
    ReactionAdded,
    ReactionRemoved,
    RoleChanged,
    target_of,
)

TEXT_SLOT = "text"
PIN_SLOT = "pin"
# No message has this number: what counts here belongs to the conversation, its list of pins.
WHOLE = 0


def slot_of(change: Change) -> str | None:
    """Of the changes of one message with the same slot only the newest counts. None: it concerns no message."""
    match change:
        case MessageEdited() | MessageDeleted():
            return TEXT_SLOT
        case ReactionAdded() | ReactionRemoved():
            return f"reaction:{change.author_id}:{change.emoji}"
        case Pin():
            return PIN_SLOT
    return None


def places_of(change: Change) -> list[tuple[int, str]]:
    """Where a history keeps a change that counts: its message and slot; of a pin also a slot of the conversation."""
    slot = slot_of(change)
    if slot is None:
        return []
    own = [(target_of(change), slot)]
    return [*own, (WHOLE, f"{PIN_SLOT}:{target_of(change)}")] if isinstance(change, Pin) else own


def replaces(change: Change, other: Change | None) -> bool:
    """Whether a change counts instead of another of its slot. A deletion is final, whatever comes after it."""
    return other is None or _weight(change) > _weight(other)


def _weight(change: Change) -> tuple[bool, int]:
    return isinstance(change, MessageDeleted), change.seq


@dataclass(slots=True)
class Shown:
    """A message as it is shown. `edited_at` is the time of the last edit; `reactions` tells for each emoji who reacted
    with it, in order of time."""

    body: str
    html: str | None
    edited_at: str | None = None
    is_deleted: bool = False
    is_pinned: bool = False
    file: FileFacts | None = None
    reactions: dict[str, list[UUID]] = field(default_factory=dict)


class Annotations:
    """The changes that count, by the message they concern."""

    def __init__(self, changes: Iterable[Change] = ()) -> None:
        self._slots: dict[int, dict[str, Change]] = {}
        for change in changes:
            self.put(change)

    def put(self, change: Change) -> None:
        """Changes that concern no message are passed over."""
        slot = slot_of(change)
        if slot is None:
            return
        slots = self._slots.setdefault(target_of(change), {})
        if replaces(change, slots.get(slot)):
            slots[slot] = change

    def reactions_to(self, seq: int) -> list[Reaction]:
        """What counts of each user and emoji, also where it was taken back."""
        found = [change for change in self._slots.get(seq, {}).values() if isinstance(change, Reaction)]
        return sorted(found, key=lambda change: change.seq)

    def shown(self, message: MessageSent) -> Shown:
        text = self._slots.get(message.seq, {}).get(TEXT_SLOT)
        # Of an edit whose text is gone the deletion is on its way.
        if message.deleted or isinstance(text, MessageDeleted) or (isinstance(text, MessageEdited) and text.deleted):
            return Shown("", None, is_deleted=True)
        said = text if isinstance(text, MessageEdited) else message
        edited_at = text.sent_at if isinstance(text, MessageEdited) else None
        is_pinned = isinstance(self._slots.get(message.seq, {}).get(PIN_SLOT), MessagePinned)
        return Shown(
            said.body,
            said.html,
            edited_at,
            is_pinned=is_pinned,
            file=message.file,
            reactions=self._reacted(message.seq),
        )

    def _reacted(self, seq: int) -> dict[str, list[UUID]]:
        users: dict[str, list[UUID]] = {}
        for change in self.reactions_to(seq):
            if isinstance(change, ReactionAdded):
                users.setdefault(change.emoji, []).append(change.author_id)
        return users


def fact_of(change: Change) -> tuple[str, str | int] | None:
    """What a change says of the conversation itself, and of what: name, description, kind, how slow it is, a member's
    role."""
    match change:
        case ConversationCreated() | ConversationRenamed():
            return "name", change.name
        case ConversationDescribed():
            return "description", change.description
        case ConversationConverted():
            return "kind", change.kind
        case ConversationSlowed():
            return "slow_seconds", change.slow_seconds
        case MemberJoined() | RoleChanged():
            return f"role:{change.user_id}", change.role
    return None


class Facts:
    """What the conversation is: of changes that say something of the same, the newest counts. `since`: what came up to
    there is known from elsewhere."""

    def __init__(self, since: int = 0) -> None:
        self.since = since
        self.said: dict[str, str | int] = {}
        self._seqs: dict[str, int] = {}

    def put(self, change: Change) -> None:
        if fact := fact_of(change):
            about, said = fact
            if change.seq > self._seqs.get(about, self.since):
                self.said[about], self._seqs[about] = said, change.seq
