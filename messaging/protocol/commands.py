"""What a client may ask on the socket; REST takes the writes in the same words."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar, Union
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from messaging.protocol.fields import (
    CURSOR_CHARACTERS,
    PAGE_CHANGES,
    POSITIONS_A_PAGE,
    WATCHED_MOST,
    Caption,
    Emoji,
    FileId,
    Ref,
    Seq,
    Target,
)


class Command(Struct, tag_field="type", forbid_unknown_fields=True, kw_only=True):
    """What a client asks. `ref` comes back in the answer."""


class Write(Command, kw_only=True):
    """Store a change once under `key`, whatever the number of tries."""

    key: UUID
    conversation_id: UUID


class SendMessage(Write, tag="message.send", kw_only=True):
    """`reply_to` is the seq of the message that this one answers. With `file_id` the message carries that upload."""

    body: Caption = ""
    reply_to: Target | UnsetType = UNSET
    file_id: FileId | UnsetType = UNSET


class ForwardMessage(Write, tag="message.forward", kw_only=True):
    """Send what the message `source_seq` of the conversation `source_id` says and carries now."""

    source_id: UUID
    source_seq: Target


class EditMessage(Write, tag="message.edit", kw_only=True):
    """Give a message of one's own another text."""

    target: Target
    body: Caption


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


class PinMessage(Write, tag="message.pin", kw_only=True):
    """Put a message among those that everybody finds at once."""

    target: Target


class UnpinMessage(Write, tag="message.unpin", kw_only=True):
    target: Target


class MarkRead(Command, tag="read.mark", kw_only=True):
    """Everything up to `seq` has been seen."""

    conversation_id: UUID
    seq: Seq
    ref: Ref | UnsetType = UNSET


class MarkUnread(Command, tag="unread.mark", kw_only=True):
    """From the change `seq` on nothing has been read, as the user wants to see it."""

    conversation_id: UUID
    seq: Target
    ref: Ref | UnsetType = UNSET


class GetHistory(Command, tag="history.get", kw_only=True):
    """A page of changes: the first after `after`, or the last before `before`, or the newest."""

    ref: Ref
    conversation_id: UUID
    after: Seq | UnsetType = UNSET
    before: Seq | UnsetType = UNSET
    limit: Annotated[int, Meta(ge=1, le=PAGE_CHANGES)] = 50


Cursor = Annotated[str, Meta(max_length=CURSOR_CHARACTERS)]
SomeIds = Annotated[list[UUID], Meta(max_length=POSITIONS_A_PAGE)]


class GetConversations(Command, tag="conversations.get", kw_only=True):
    """Every conversation's position again, as after connecting; with `limit` one page, below the `cursor` that the page
    before ended with; with `ids` those, as far as they are the user's."""

    ref: Ref | UnsetType = UNSET
    limit: Annotated[int, Meta(ge=1, le=POSITIONS_A_PAGE)] | UnsetType = UNSET
    cursor: Cursor | UnsetType = UNSET
    ids: SomeIds | UnsetType = UNSET


class CountUnread(Command, tag="unread.count", kw_only=True):
    """What is unread in all conversations; of those below `cursor` only, and without those in `known`."""

    ref: Ref
    cursor: Cursor | UnsetType = UNSET
    known: SomeIds | UnsetType = UNSET


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
AnyWrite = Union[
    SendMessage, ForwardMessage, EditMessage, DeleteMessage, AddReaction, RemoveReaction, PinMessage, UnpinMessage
]
AnyCommand = Union[
    SendMessage,
    ForwardMessage,
    EditMessage,
    DeleteMessage,
    AddReaction,
    RemoveReaction,
    PinMessage,
    UnpinMessage,
    MarkRead,
    MarkUnread,
    GetHistory,
    GetConversations,
    CountUnread,
    WatchConversation,
    StartTyping,
    WatchPeople,
    SetPresence,
    Ping,
]
