"""What a worker tells one client and stores nowhere."""

from __future__ import annotations

from typing import Literal, Union
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct, UnsetType


class Event(Struct, tag_field="type", kw_only=True, omit_defaults=True):
    """What a worker tells one client and does not store."""


class Welcome(Event, tag="welcome", kw_only=True):
    """The first frame of a socket. The positions of all conversations follow by themselves, or with `positions` none: a
    client that can do without says so in the address, and asks for those it shows. Another `epoch` than on the last
    socket: the store was restored, and what the client remembers by number counts no more."""

    user_id: UUID
    epoch: int
    heartbeat_seconds: int
    body_characters: int
    page_changes: int
    positions: Literal["asked"] | None = None


class KeysIssued(Event, tag="keys.issued", kw_only=True):
    """From now on the socket's client best makes its keys of `prefix`, 24 characters, and 12 hexadecimal digits that
    count upwards: then nobody need look whether they were stored long ago. Other keys are as good, and dearer."""

    prefix: str


class Preview(Struct, omit_defaults=True):
    """The newest message, shortened; of a deleted one no text is left. `seq` is its number."""

    author_id: UUID
    text: str
    sent_at: str
    seq: int = 0
    deleted: bool = False


class Attention(Struct, omit_defaults=True, frozen=True):
    """Of which messages of a conversation its member wants to hear. Muted, of none: until then, or until undone."""

    level: Literal["all", "mentions", "nothing"] = "all"
    is_muted: bool = False
    muted_until: str | None = None


class QuietHours(Struct, frozen=True, rename={"begins": "from", "ends": "to"}):
    """Every day between these, "22:00" to "07:00", in that zone, the user wants to hear nothing."""

    begins: str
    ends: str
    time_zone: str


class Position(Struct, kw_only=True):
    """Where a conversation and this user stand in it. `epoch` is the history's, added by the worker; `turn`: how often
    they took their read mark back; `mentions`: how many of the unread messages mention them. Without `attention` they
    want to hear of all messages."""

    conversation_id: UUID
    epoch: int = 0
    head: int
    read: int
    unread: int
    last_at: str | None = None
    preview: Preview | None = None
    turn: int = 0
    mentions: int = 0
    attention: Attention | UnsetType = UNSET


class Positions(Event, tag="conversations.page", kw_only=True):
    """Newest activity first; `more` says that another page follows by itself. `next`: of a page that was asked for, the
    cursor to ask for the one below with; None where there is none."""

    ref: str | None = None
    conversations: list[Position]
    more: bool
    next: str | None = None


class UnreadCounted(Event, tag="unread.counted", kw_only=True):
    """In how many conversations something is unread, how many messages and how many of these mention the user; and the
    same of what the user wants to hear of, whatever the hour."""

    ref: str | None = None
    conversations: int
    messages: int
    mentions: int
    heard: int
    heard_mentions: int


class Ack(Event, tag="ack", kw_only=True):
    """The change is stored for good. `repeated`: it was stored by an earlier try. `unresolved`: names in its text that
    mention nobody."""

    key: UUID
    conversation_id: UUID
    seq: int
    id: UUID
    sent_at: str
    repeated: bool = False
    unresolved: list[str] = []


class HistoryPage(Event, tag="history.page", kw_only=True):
    """`changes` ascend by seq. `head` is the last seq there is; `complete` says that nothing lies further that way.

    `later` are the newest changes, outside the page, that concern messages of the page; they ascend too.
    """

    ref: str
    conversation_id: UUID
    head: int
    complete: bool
    changes: list[msgspec.Raw]
    later: list[msgspec.Raw]


class ReadMarked(Event, tag="read.marked", kw_only=True):
    """This user's mark, told to all their sockets. Of two the one with the higher `turn` counts, else the further."""

    ref: str | None = None
    conversation_id: UUID
    read: int
    unread: int
    turn: int = 0
    mentions: int = 0


class AttentionChanged(Event, tag="attention.changed", kw_only=True):
    """What this user wants to hear of a conversation now, told to all their sockets."""

    conversation_id: UUID
    attention: Attention


class QuietHoursChanged(Event, tag="quiet_hours.changed", kw_only=True):
    """When this user wants to hear nothing, told to all their sockets; None: never."""

    quiet_hours: QuietHours | None = None


class DraftChanged(Event, tag="draft.changed", kw_only=True):
    """What this user has written in a conversation and not sent, told to all their sockets; empty: nothing. Of two the
    one that was written later counts."""

    conversation_id: UUID
    text: str
    written_at: str


class SavedChanged(Event, tag="saved.changed", kw_only=True):
    """Whether this user has saved a message, told to all their sockets."""

    conversation_id: UUID
    seq: int
    is_saved: bool


class ReportsChanged(Event, tag="reports.changed", kw_only=True):
    """How many open reports of a group wait for this user, who may settle them; told to all their sockets."""

    conversation_id: UUID
    count: int


class InvitationsChanged(Event, tag="invitations.changed", kw_only=True):
    """How many invitations to groups wait for this user; sent to all their sockets."""

    count: int


class ConversationAdded(Event, tag="conversation.added", kw_only=True):
    """You are a member now; ask REST for the conversation."""

    conversation_id: UUID


class ConversationRemoved(Event, tag="conversation.removed", kw_only=True):
    """You are no member any more, or the conversation is gone."""

    conversation_id: UUID


class HintedMessage(Struct, omit_defaults=True):
    """As much of a message as counts: whose it is, and whom it mentions."""

    seq: int
    author_id: UUID
    mentions: list[UUID] = []
    mentions_all: bool = False


class ConversationHinted(Event, tag="conversation.hinted", kw_only=True):
    """A channel that this socket does not show moved on, from `after` to `head`: its messages on the way, and previews
    of the newest message and of what was edited or deleted. Of a message that is previewed already only `text` and
    `deleted` count."""

    conversation_id: UUID
    after: int
    head: int
    last_at: str
    messages: list[HintedMessage] = []
    previews: list[Preview] = []


class TypingStarted(Event, tag="typing.started", kw_only=True):
    """Somebody is writing; over by itself after TYPING_SECONDS, and with their next message."""

    conversation_id: UUID
    user_id: UUID


class PersonSeen(Struct, omit_defaults=True, frozen=True):
    """How somebody looks to the one who is told."""

    user_id: UUID
    state: Literal["online", "away", "offline"]
    last_seen_at: str | None = None
    status: str | None = None


class PresencePage(Event, tag="presence.page", kw_only=True):
    """Those whom the socket watches now; `more` says that another page follows by itself."""

    ref: str
    people: list[PersonSeen]
    more: bool


class PresenceChanged(Event, tag="presence.changed", kw_only=True):
    """How some of them look now."""

    people: list[PersonSeen]


class Receipt(Struct, omit_defaults=True, frozen=True):
    """How far a member has come, at least: `delivered` is what reached their devices, None while they are connected:
    then everything does. `read` is 0 too of those who do not tell."""

    user_id: UUID
    read: int = 0
    delivered: int | None = None


class ReceiptsChanged(Event, tag="receipts.changed", kw_only=True):
    """Of the conversation that the socket shows: who of the members has come how far.

    `whole`: these and no others, in place of what was told before. In a larger conversation `reads` stands in place of
    people: how far each of the others has read, without names, the furthest first.
    """

    conversation_id: UUID
    people: list[Receipt] = []
    reads: list[int] | None = None
    whole: bool = False


class Pong(Event, tag="pong", kw_only=True):
    ref: str | None = None


class Lagging(Event, tag="lagging", kw_only=True):
    """You read too slowly, events were left out: ask for the positions, then for the ranges you lack."""


class Error(Event, tag="error", kw_only=True):
    """A command was refused. `code` is stable, `message` is for people, `field` names what was wrong."""

    code: str
    message: str
    field: str | None = None
    key: str | None = None
    ref: str | None = None
    retry_after: float | None = None


AnyEvent = Union[
    Welcome,
    Positions,
    UnreadCounted,
    Ack,
    HistoryPage,
    ReadMarked,
    AttentionChanged,
    QuietHoursChanged,
    DraftChanged,
    SavedChanged,
    ReportsChanged,
    InvitationsChanged,
    ConversationAdded,
    ConversationRemoved,
    ConversationHinted,
    TypingStarted,
    PresencePage,
    PresenceChanged,
    ReceiptsChanged,
    Pong,
    KeysIssued,
    Lagging,
    Error,
]
