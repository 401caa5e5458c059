"""The durable, numbered changes of a conversation: what is stored is what goes over the wire."""

from __future__ import annotations

from typing import TypeVar, Union, get_args
from uuid import UUID

import msgspec
from msgspec import Struct

from messaging.files.facts import FileFacts
from messaging.protocol.fields import ContentType


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


class Origin(Struct, frozen=True):
    """Who said first what was forwarded, and where."""

    author_id: UUID
    conversation_id: UUID
    seq: int


class MessageSent(Text, tag="message.sent", kw_only=True):
    """`reply_to` is the message that this one answers. `mentions` are the members whom it names, but for its author;
    `mentions_all`: it names everybody. With a `file` the body is what is said of it, perhaps nothing.

    Of a deleted message the file is gone as the text is; what it was, `content_type`, stays.
    """

    reply_to: int | None = None
    mentions: list[UUID] = []
    mentions_all: bool = False
    content_type: ContentType = "text"
    file: FileFacts | None = None
    forwarded: Origin | None = None

    def says_the_same(self, other: Change) -> bool:
        if not isinstance(other, MessageSent) or (other.reply_to, other.forwarded) != (self.reply_to, self.forwarded):
            return False
        # What is forwarded may have been edited since an earlier try.
        if self.deleted or self.forwarded:
            return True
        return super().says_the_same(other) and _id_of(self.file) == _id_of(other.file)


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


class Pin(Change, kw_only=True):
    target: int

    def says_the_same(self, other: Change) -> bool:
        return isinstance(other, Pin) and type(self) is type(other) and other.target == self.target


class MessagePinned(Pin, tag="message.pinned", kw_only=True):
    """The author put the message `target` among the pinned ones."""


class MessageUnpinned(Pin, tag="message.unpinned", kw_only=True):
    """The author took it from them."""


class ConversationCreated(Change, tag="conversation.created", kw_only=True):
    name: str


class ConversationRenamed(Change, tag="conversation.renamed", kw_only=True):
    name: str


class ConversationDescribed(Change, tag="conversation.described", kw_only=True):
    description: str


class ConversationConverted(Change, tag="conversation.converted", kw_only=True):
    """The conversation is of another kind now: a group that grew became a channel, where its owner and admins post."""

    kind: str


class ConversationSlowed(Change, tag="conversation.slowed", kw_only=True):
    """Members without a role wait that long between two messages now; 0: no time."""

    slow_seconds: int


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
    MessagePinned,
    MessageUnpinned,
    ConversationCreated,
    ConversationRenamed,
    ConversationDescribed,
    ConversationConverted,
    ConversationSlowed,
    MemberJoined,
    MemberLeft,
    MemberRemoved,
    RoleChanged,
    Void,
]

CHANGES: dict[str, type[AnyChange]] = {str(kind.__struct_config__.tag): kind for kind in get_args(AnyChange)}


def target_of(change: Change) -> int:
    """The number of the message that the change concerns; 0: it concerns none."""
    target: int = getattr(change, "target", 0)
    return target


def does_mention(change: Change, user_id: UUID) -> bool:
    """Whether it is somebody else's message that names the user."""
    if not isinstance(change, MessageSent) or change.author_id == user_id:
        return False
    return change.mentions_all or user_id in change.mentions


def without_text(change: TextKind) -> TextKind:
    """What stays of a text, and of a file, when its message has been deleted: whom it mentioned, for it goes on
    counting."""
    bare = msgspec.structs.replace(change, body="", html=None, deleted=True)
    if isinstance(bare, MessageSent):
        bare.file = None
    return bare


def _id_of(file: FileFacts | None) -> UUID | None:
    return file.id if file else None
