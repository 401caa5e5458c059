"""The wire on one page: commands in, events and changes out, their limits, and how each is decoded and encoded.

Pure: no I/O, no clock, no Django. docs/protocol.md describes it for people; static/js/protocol.js mirrors it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeVar, Union, get_args
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from accounts.errors import InvalidError, RefusalError
from messaging.errors import MalformedError, UnknownTypeError

SUBPROTOCOL = "parley.v1"
BODY_CHARACTERS = 8_000
FRAME_BYTES = 65_536
PAGE_CHANGES = 200
# Whom one socket may watch.
WATCHED_MOST = 500
PEOPLE_A_PAGE = 100
SEQ_MOST = 2**53 - 1
# A user who writes says so once in this time and conversation; for as long it holds.
TYPING_SECONDS = 3
# Of a client's own names we give back no more.
NAMED_CHARACTERS = 64

# What somebody who is connected looks like to others.
Attendance = Literal["online", "away"]
Seq = Annotated[int, Meta(ge=0, le=SEQ_MOST)]
# The seq of a message that a command is about.
Target = Annotated[int, Meta(ge=1, le=SEQ_MOST)]
Ref = Annotated[str, Meta(min_length=1, max_length=NAMED_CHARACTERS)]
# Whether it is an emoji is for messaging.emojis to say.
Emoji = Annotated[str, Meta(min_length=1, max_length=32)]
# PostgreSQL among others cannot keep U+0000.
Body = Annotated[str, Meta(min_length=1, max_length=BODY_CHARACTERS, pattern=r"^[^\x00]*\Z")]


class Command(Struct, tag_field="type", forbid_unknown_fields=True, kw_only=True):
    """What a client asks. `ref` comes back in the answer."""


class Write(Command, kw_only=True):
    """Store a change once under `key`, whatever the number of tries."""

    key: UUID
    conversation_id: UUID


class SendMessage(Write, tag="message.send", kw_only=True):
    """`reply_to` is the seq of the message that this one answers."""

    body: Body
    reply_to: Target | UnsetType = UNSET


class EditMessage(Write, tag="message.edit", kw_only=True):
    """Give a message of one's own another text."""

    target: Target
    body: Body


class DeleteMessage(Write, tag="message.delete", kw_only=True):
    """Take a message's text away for good; that there was one stays."""

    target: Target


class AddReaction(Write, tag="reaction.add", kw_only=True):
    target: Target
    emoji: Emoji


class RemoveReaction(Write, tag="reaction.remove", kw_only=True):
    """Take a reaction of one's own back."""

    target: Target
    emoji: Emoji


class MarkRead(Command, tag="read.mark", kw_only=True):
    """Everything up to `seq` has been seen."""

    conversation_id: UUID
    seq: Seq
    ref: Ref | UnsetType = UNSET


class GetHistory(Command, tag="history.get", kw_only=True):
    """A page of changes: the first after `after`, or the last before `before`, or the newest."""

    ref: Ref
    conversation_id: UUID
    after: Seq | UnsetType = UNSET
    before: Seq | UnsetType = UNSET
    limit: Annotated[int, Meta(ge=1, le=PAGE_CHANGES)] = 50


class GetConversations(Command, tag="conversations.get", kw_only=True):
    """Every conversation's position again, as after connecting."""

    ref: Ref | UnsetType = UNSET


class WatchConversation(Command, tag="conversation.watch", kw_only=True):
    """This socket shows this conversation now, and no other: it is told what only matters to who looks."""

    conversation_id: UUID | None
    ref: Ref | UnsetType = UNSET


class StartTyping(Command, tag="typing.start", kw_only=True):
    """The user is writing. Nothing is answered, and what comes too often is dropped."""

    conversation_id: UUID


class WatchPeople(Command, tag="presence.watch", kw_only=True):
    """Say how these people look now and when it changes, in place of whom the socket watched before."""

    ref: Ref
    user_ids: Annotated[list[UUID], Meta(max_length=WATCHED_MOST)]


class SetPresence(Command, tag="presence.set", kw_only=True):
    """Whether anybody looks at what this socket shows. Not answered."""

    state: Literal["active", "away"]
    ref: Ref | UnsetType = UNSET


class Ping(Command, tag="ping", kw_only=True):
    """Are you there?"""

    ref: Ref | UnsetType = UNSET


WriteKind = TypeVar("WriteKind", bound=Write)
AnyWrite = Union[SendMessage, EditMessage, DeleteMessage, AddReaction, RemoveReaction]
AnyCommand = Union[
    SendMessage,
    EditMessage,
    DeleteMessage,
    AddReaction,
    RemoveReaction,
    MarkRead,
    GetHistory,
    GetConversations,
    WatchConversation,
    StartTyping,
    WatchPeople,
    SetPresence,
    Ping,
]


class Change(Struct, tag_field="type", kw_only=True, omit_defaults=True):
    """A durable, numbered change of a conversation. The history sets seq and sent_at when it stores it.

    `author_id` is who did it.
    """

    conversation_id: UUID
    seq: int = 0
    id: UUID
    key: UUID
    author_id: UUID
    sent_at: str = ""

    def says_the_same(self, other: Change) -> bool:
        """Whether `other`, under the same key, is another try of this write."""
        return type(self) is type(other)


class Text(Change, kw_only=True):
    """`html` is there when the text has markup; without it the body is shown as it is. `deleted`: both are gone."""

    body: str = ""
    html: str | None = None
    deleted: bool = False

    def says_the_same(self, other: Change) -> bool:
        """What the text of a deleted message was nobody can tell any more."""
        return isinstance(other, Text) and type(self) is type(other) and (self.deleted or self.body == other.body)


TextKind = TypeVar("TextKind", bound=Text)


class MessageSent(Text, tag="message.sent", kw_only=True):
    """`reply_to` is the message that this one answers."""

    reply_to: int | None = None

    def says_the_same(self, other: Change) -> bool:
        return super().says_the_same(other) and isinstance(other, MessageSent) and other.reply_to == self.reply_to


class MessageEdited(Text, tag="message.edited", kw_only=True):
    """The message `target` has this text now."""

    target: int

    def says_the_same(self, other: Change) -> bool:
        return super().says_the_same(other) and target_of(other) == self.target


class MessageDeleted(Change, tag="message.deleted", kw_only=True):
    target: int

    def says_the_same(self, other: Change) -> bool:
        return isinstance(other, MessageDeleted) and other.target == self.target


class Reaction(Change, kw_only=True):
    target: int
    emoji: str

    def says_the_same(self, other: Change) -> bool:
        if not isinstance(other, Reaction) or type(self) is not type(other):
            return False
        return (self.target, self.emoji) == (other.target, other.emoji)


class ReactionAdded(Reaction, tag="reaction.added", kw_only=True):
    """The author reacted to the message `target`."""


class ReactionRemoved(Reaction, tag="reaction.removed", kw_only=True):
    """The author took their reaction back."""


class ConversationCreated(Change, tag="conversation.created", kw_only=True):
    name: str


class ConversationRenamed(Change, tag="conversation.renamed", kw_only=True):
    name: str


class ConversationDescribed(Change, tag="conversation.described", kw_only=True):
    description: str


class MemberJoined(Change, tag="member.joined", kw_only=True):
    """`user_id` became a member: by themselves when they are the author, else added by the author."""

    user_id: UUID
    role: str = "member"


class MemberLeft(Change, tag="member.left", kw_only=True):
    user_id: UUID


class MemberRemoved(Change, tag="member.removed", kw_only=True):
    user_id: UUID


class RoleChanged(Change, tag="member.role_changed", kw_only=True):
    user_id: UUID
    role: str


class Void(Change, tag="void", kw_only=True):
    """A number that was taken and never used. Clients count it and show nothing."""


AnyChange = Union[
    MessageSent,
    MessageEdited,
    MessageDeleted,
    ReactionAdded,
    ReactionRemoved,
    ConversationCreated,
    ConversationRenamed,
    ConversationDescribed,
    MemberJoined,
    MemberLeft,
    MemberRemoved,
    RoleChanged,
    Void,
]


class Event(Struct, tag_field="type", kw_only=True, omit_defaults=True):
    """What a worker tells one client and does not store."""


class Welcome(Event, tag="welcome", kw_only=True):
    """The first frame of a socket. The positions of all conversations follow by themselves."""

    user_id: UUID
    heartbeat_seconds: int
    body_characters: int
    page_changes: int


class Preview(Struct, omit_defaults=True):
    """The newest message, shortened; of a deleted one no text is left. `seq` is its number."""

    author_id: UUID
    text: str
    sent_at: str
    seq: int = 0
    deleted: bool = False


class Position(Struct):
    """Where a conversation and this user stand in it."""

    conversation_id: UUID
    epoch: int
    head: int
    read: int
    unread: int
    last_at: str | None = None
    preview: Preview | None = None


class Positions(Event, tag="conversations.page", kw_only=True):
    """Newest activity first; `more` says that another page follows by itself."""

    ref: str | None = None
    conversations: list[Position]
    more: bool


class Ack(Event, tag="ack", kw_only=True):
    """The change is stored for good. `repeated`: it was stored by an earlier try."""

    key: UUID
    conversation_id: UUID
    seq: int
    id: UUID
    sent_at: str
    repeated: bool = False


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
    """This user's mark, told to all their sockets."""

    ref: str | None = None
    conversation_id: UUID
    read: int
    unread: int


class ConversationAdded(Event, tag="conversation.added", kw_only=True):
    """You are a member now; ask REST for the conversation."""

    conversation_id: UUID


class ConversationRemoved(Event, tag="conversation.removed", kw_only=True):
    """You are no member any more, or the conversation is gone."""

    conversation_id: UUID


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
    Ack,
    HistoryPage,
    ReadMarked,
    ConversationAdded,
    ConversationRemoved,
    TypingStarted,
    PresencePage,
    PresenceChanged,
    Pong,
    Lagging,
    Error,
]

CHANGES: dict[str, type[AnyChange]] = {str(kind.__struct_config__.tag): kind for kind in get_args(AnyChange)}


class _Names(Struct):
    key: Any = None
    ref: Any = None


_commands: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)
_names: msgspec.json.Decoder[_Names] = msgspec.json.Decoder(_Names)
_changes: msgspec.json.Decoder[AnyChange] = msgspec.json.Decoder(AnyChange)
_encoder = msgspec.json.Encoder()


def encode(item: Change | Event) -> bytes:
    """UTF-8 JSON, one frame."""
    return _encoder.encode(item)


def raw(contents: Iterable[bytes]) -> list[msgspec.Raw]:
    """Changes as stored, to be put into a page as they are."""
    return [msgspec.Raw(content) for content in contents]


def target_of(change: Change) -> int:
    """The number of the message that the change concerns; 0: it concerns none."""
    target: int = getattr(change, "target", 0)
    return target


def without_text(change: TextKind) -> TextKind:
    """What stays of a text when its message has been deleted."""
    return msgspec.structs.replace(change, body="", html=None, deleted=True)


def decode_change(content: bytes) -> AnyChange:
    """A change as it was stored. Raises msgspec.ValidationError when the content is none."""
    return _changes.decode(content)


def decode_command(text: str) -> AnyCommand:
    """A client's frame. Raises MalformedError, UnknownTypeError, or InvalidError with the field."""
    try:
        return _commands.decode(text)
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from None
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise MalformedError from None


def read_write(data: object, kind: type[WriteKind], **address: object) -> WriteKind:
    """A write as REST takes it: what its address says, the rest in the body. Raises InvalidError with the field."""
    if not isinstance(data, dict):
        raise MalformedError("The body is one JSON object.")
    if extra := sorted(str(name) for name in data.keys() - (set(kind.__struct_fields__) - address.keys())):
        raise InvalidError("There is no such field.", field=extra[0][:64])
    try:
        return msgspec.convert(data | address | {"type": kind.__struct_config__.tag}, kind)
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from None


def named(text: str) -> dict[str, str]:
    """The `key` and `ref` of a refused frame, so that its error can name them."""
    try:
        names = _names.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return {}
    return {
        name: value
        for name in ("key", "ref")
        if isinstance(value := getattr(names, name), str) and len(value) <= NAMED_CHARACTERS
    }


def _refusal(reason: str) -> RefusalError:
    """msgspec's words, "Expected `int` >= 0 - at `$.seq`", as an error of ours."""
    what, _, place = reason.partition(" - at `$")
    field = place.rstrip("`").lstrip(".") or None
    if field == "type" or "missing required field `type`" in what:
        return UnknownTypeError(field="type")
    if what.startswith("Expected `object`"):
        return MalformedError()
    if match := re.search(r"(?:missing required|unknown) field `([^`]+)`", what):
        field = match[1][:NAMED_CHARACTERS]
        what = what.replace(match[1], field)
    if "matching regex" in what:
        what = "Expected text without U+0000"
    return InvalidError(what.replace("`", "'") + ".", field=field)
