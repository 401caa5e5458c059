"""What people and programs do in conversations: check, store, announce, always in this order.

The socket, REST and the pages call these and nothing below. Every action takes who does it first.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from msgspec import UNSET

from accounts.errors import InvalidError, NotAllowedError, NotFoundError, RateLimitedError, RefusalError
from accounts.models import new_id
from accounts.tickets import tickets
from groups.models import Kind
from messaging import markup
from messaging.attached import expect_deletion, file_of, holds_file
from messaging.emojis import one_emoji, takes_reaction
from messaging.errors import (
    PINS_MOST,
    MessageDeletedError,
    NotAMessageError,
    OnlyAdminsPostError,
    SlowModeError,
    TooManyPinsError,
    TooManyReactionsError,
    TooManySocketsError,
)
from messaging.files.facts import FileFacts
from messaging.fold import Annotations, Shown
from messaging.history import Draft, Mark, Page, Stored
from messaging.members import ALL, Roster
from messaging.protocol import (
    AddReaction,
    AnyChange,
    AnyWrite,
    Attention,
    AttentionChanged,
    DeleteMessage,
    DraftChanged,
    EditMessage,
    ForwardMessage,
    MemberJoined,
    MessageDeleted,
    MessageEdited,
    MessagePinned,
    MessageSent,
    MessageUnpinned,
    Origin,
    PersonSeen,
    PinMessage,
    Position,
    QuietHoursChanged,
    ReactionAdded,
    ReactionRemoved,
    ReadMarked,
    ReceiptsChanged,
    RemoveReaction,
    SavedChanged,
    SendMessage,
    UnpinMessage,
    decode_change,
    encode,
)
from messaging.quoting import read_previews
from messaging.room import Connection
from messaging.search import FoundPage, Wanted
from messaging.slowness import take_turn
from messaging.worker import current_worker

# Longer texts are parsed on a thread, so that a hostile one delays only its author.
RENDER_INLINE_CHARACTERS = 500
QUOTED_MOST = 20


async def access_conversation(user_id: UUID, conversation_id: UUID, *, field: str = "conversation_id") -> Roster:
    """The only way from an id to a conversation; absent and not the user's raise the same NotFoundError."""
    roster = await current_worker().members.roster_for(user_id, conversation_id)
    if user_id not in roster.roles:
        raise NotFoundError("There is no such conversation.", field=field)
    return roster


async def access_message(user_id: UUID, conversation_id: UUID, seq: int, *, field: str = "target") -> MessageSent:
    """A message of a conversation of the user's, as it was sent. Raises NotFoundError for the conversation, and
    NotAMessageError when the number is that of something else or of nothing."""
    message, _ = await _access_message(user_id, conversation_id, seq, field)
    return message


async def _access_message(
    user_id: UUID, conversation_id: UUID, seq: int, field: str = "target"
) -> tuple[MessageSent, Annotations]:
    """And what concerns it. Never from a cache: that it was deleted must be known at once."""
    await access_conversation(user_id, conversation_id)
    page = await current_worker().history.page(conversation_id, after=seq - 1, limit=1)
    message = decode_change(page.changes[0]) if page.changes else None
    if not isinstance(message, MessageSent):
        raise NotAMessageError(field=field)
    return message, Annotations(map(decode_change, page.later))


async def begin_write(user_id: UUID, command: AnyWrite) -> asyncio.Future[Stored]:
    """Check and hand to the history; the future tells when it is durable. Writes begun in order are stored in order."""
    if wait := current_worker().sends.take(user_id, time.monotonic()):
        raise RateLimitedError(wait)
    match command:
        case SendMessage():
            return await _begin_send(user_id, command)
        case ForwardMessage():
            return await _begin_forward(user_id, command)
        case EditMessage():
            return await _begin_edit(user_id, command)
        case DeleteMessage():
            return await _begin_deletion(user_id, command)
        case AddReaction() | RemoveReaction():
            return await _begin_reaction(user_id, command)
        case PinMessage() | UnpinMessage():
            return await _begin_pin(user_id, command)


async def write(user_id: UUID, command: AnyWrite) -> Stored:
    """Store a change and announce it. Raises a RefusalError; UnavailableError means that the outcome is unknown."""
    return await (await begin_write(user_id, command))


async def _begin_send(user_id: UUID, command: SendMessage) -> asyncio.Future[Stored]:
    file = file_of(user_id, command)
    if file is None:
        _check_body(command.body)
    roster = await _check_may_post(user_id, command.conversation_id)
    named = await _named(user_id, command.conversation_id, roster, command.body)
    html = await _render(command.body, named)
    # Again, since a long text takes a while and its author may have been removed meanwhile.
    roster = await _check_may_post(user_id, command.conversation_id)
    change = MessageSent(**_signed(user_id, command), body=command.body, html=html, reply_to=command.reply_to or None)
    if named:
        _set_mentions(change)
    if file:
        change.file, change.content_type = file, "image" if file.is_picture else "file"
    draft = Draft(change, preview=markup.preview(command.body, html, file))
    if not change.reply_to:
        return await _begin_post(draft, roster)
    answered = await access_message(user_id, command.conversation_id, change.reply_to, field="reply_to")
    return await _begin_post(draft, roster, MessageDeletedError(field="reply_to") if answered.deleted else None)


async def _begin_forward(user_id: UUID, command: ForwardMessage) -> asyncio.Future[Stored]:
    """As it is shown now, and where it was said first. It mentions nobody."""
    await access_conversation(user_id, command.source_id, field="source_id")
    source, annotations = await _access_message(user_id, command.source_id, command.source_seq, "source_seq")
    await _check_may_post(user_id, command.conversation_id)
    shown = annotations.shown(source)
    html = await _render(shown.body, {})
    change = MessageSent(**_signed(user_id, command), body=shown.body, html=html, file=shown.file)
    change.content_type = source.content_type
    change.forwarded = source.forwarded or Origin(source.author_id, source.conversation_id, source.seq)
    is_there = not shown.is_deleted and await holds_file(change)
    # Again, since the file's other use takes a while to note.
    roster = await _check_may_post(user_id, command.conversation_id)
    draft = Draft(change, preview=markup.preview(shown.body, html, shown.file))
    return await _begin_post(draft, roster, None if is_there else MessageDeletedError(field="source_seq"))


async def _begin_edit(user_id: UUID, command: EditMessage) -> asyncio.Future[Stored]:
    message = await access_message(user_id, command.conversation_id, command.target)
    if message.content_type == "text":
        _check_body(command.body)
    if message.author_id != user_id:
        raise NotAllowedError("Only its author can edit a message.", field="target")
    roster = await access_conversation(user_id, command.conversation_id)
    html = await _render(command.body, await _named(user_id, command.conversation_id, roster, command.body))
    await _check_may_post(user_id, command.conversation_id)
    change = MessageEdited(**_signed(user_id, command), target=command.target, body=command.body, html=html)
    return await _begin(Draft(change, preview=markup.preview(command.body, html, message.file), message=message))


async def _begin_deletion(user_id: UUID, command: DeleteMessage) -> asyncio.Future[Stored]:
    message = await access_message(user_id, command.conversation_id, command.target)
    roster = await access_conversation(user_id, command.conversation_id)
    if message.author_id != user_id and not roster.may_moderate(user_id):
        raise NotAllowedError("Only its author, the owner and the admins can delete a message.", field="target")
    await expect_deletion(message)
    change = MessageDeleted(**_signed(user_id, command), target=command.target)
    return await _begin(Draft(change, message=message))


async def _begin_reaction(user_id: UUID, command: AddReaction | RemoveReaction) -> asyncio.Future[Stored]:
    emoji = one_emoji(command.emoji)
    if emoji is None:
        raise InvalidError("A reaction is one emoji.", field="emoji")
    message, annotations = await _access_message(user_id, command.conversation_id, command.target)
    if not (await access_conversation(user_id, command.conversation_id)).may_react():
        raise NotAllowedError("You cannot react here.")
    kind = ReactionAdded if isinstance(command, AddReaction) else ReactionRemoved
    change = kind(**_signed(user_id, command), target=command.target, emoji=emoji)
    takes = takes_reaction(annotations.reactions_to(command.target), change)
    return await _begin(Draft(change, message=message), None if takes else TooManyReactionsError())


async def _begin_pin(user_id: UUID, command: PinMessage | UnpinMessage) -> asyncio.Future[Stored]:
    message = await access_message(user_id, command.conversation_id, command.target)
    if not (await access_conversation(user_id, command.conversation_id)).may_pin(user_id):
        raise NotAllowedError("Only the owner and the admins pin messages here.")
    kind = MessagePinned if isinstance(command, PinMessage) else MessageUnpinned
    draft = Draft(kind(**_signed(user_id, command), target=command.target), message=message)
    is_full = isinstance(command, PinMessage) and await _is_full(command)
    return await _begin(draft, TooManyPinsError() if is_full else None)


async def _is_full(command: PinMessage) -> bool:
    """Whether others take up all the room; those that were deleted do not."""
    pins = await list_pins(command.conversation_id)
    others = [pin.target for pin in pins if pin.target != command.target]
    if len(others) < PINS_MOST:
        return False
    return len(await read_previews((command.conversation_id, target) for target in others)) >= PINS_MOST


async def list_pins(conversation_id: UUID) -> list[MessagePinned]:
    """The pinning of each message that is pinned now, in order of time, of deleted ones too. Who asks has checked the
    access."""
    pins = [decode_change(content) for content in await current_worker().history.pins(conversation_id)]
    return [pin for pin in pins if isinstance(pin, MessagePinned)]


async def _begin_post(draft: Draft, roster: Roster, refusal: RefusalError | None = None) -> asyncio.Future[Stored]:
    """A message. In slow mode its author may have to wait, but not for another try of one that is stored."""
    worker, change = current_worker(), draft.change
    must_wait = refusal is None and roster.must_wait(change.author_id)
    if must_wait and await worker.history.recall(change) is None:
        place = change.conversation_id, change.author_id
        if wait := await take_turn(place, change.key, roster.slow_seconds):
            refusal = SlowModeError(wait)
    return await _begin(draft, refusal)


async def _begin(draft: Draft, refusal: RefusalError | None = None) -> asyncio.Future[Stored]:
    """Of a deleted message, or where there is a refusal, only what an earlier try had stored is told: that may be the
    very reason, the deletion itself for instance."""
    worker = current_worker()
    if draft.message and draft.message.deleted:
        refusal = MessageDeletedError(field="target")
    if refusal is None:
        draft.not_before = worker.keys.not_before(draft.change.key)
        return worker.drafts.put(draft)
    stored = await worker.history.recall(draft.change)
    if stored is None:
        raise refusal
    future: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
    future.set_result(stored)
    return future


def _check_body(body: str) -> None:
    if markup.is_blank(body):
        raise InvalidError("There is nothing to see in this message.", field="body")


async def _check_may_post(user_id: UUID, conversation_id: UUID) -> Roster:
    roster = await access_conversation(user_id, conversation_id)
    if not roster.may_post(user_id):
        raise OnlyAdminsPostError if roster.kind == Kind.CHANNEL else NotAllowedError("You cannot write here.")
    return roster


async def _named(user_id: UUID, conversation_id: UUID, roster: Roster, body: str) -> dict[str, UUID]:
    """Which members the names in a text mean, and whether "all" may mean everybody. Nearly always nothing is asked."""
    if "@" not in body:
        return {}
    names = markup.names_in(body)
    members = current_worker().members
    ids = await asyncio.gather(*map(members.usernames.get, names))
    among = await members.among(ids, conversation_id, roster)
    named = {name: found_id for name, found_id in zip(names, ids, strict=True) if found_id in among}
    if "all" in names and roster.may_name_all(user_id):
        named["all"] = markup.EVERYBODY
    return named


def _set_mentions(change: MessageSent) -> None:
    named = set(markup.mentioned(change.html))
    change.mentions_all = markup.EVERYBODY in named
    change.mentions = sorted(named - {markup.EVERYBODY, change.author_id})


async def _render(body: str, named: dict[str, UUID]) -> str | None:
    if len(body) <= RENDER_INLINE_CHARACTERS:
        return markup.render(body, named)
    return await asyncio.to_thread(markup.render, body, named)


def _signed(user_id: UUID, command: AnyWrite) -> dict[str, Any]:
    """What every change has, before it has its number."""
    return {"conversation_id": command.conversation_id, "id": new_id(), "key": command.key, "author_id": user_id}


async def mark_read(user_id: UUID, *, conversation_id: UUID, seq: int, ref: str | None = None) -> Mark:
    """The user has read up to seq; all their sockets are told."""
    worker = current_worker()
    await access_conversation(user_id, conversation_id)
    mark = await worker.marks.put((user_id, conversation_id, seq))
    worker.delivery.tell_mark(user_id, _marked(conversation_id, mark, ref))
    return mark


async def mark_unread(user_id: UUID, *, conversation_id: UUID, seq: int, ref: str | None = None) -> Mark:
    """The user takes their mark back to before seq; all their sockets are told, and others see nothing of it."""
    worker = current_worker()
    await access_conversation(user_id, conversation_id)
    if seq < 1:
        raise InvalidError("A change has a number from 1 on.", field="seq")
    mark = await worker.history.mark_unread(user_id, conversation_id, seq)
    worker.delivery.tell_mark(user_id, _marked(conversation_id, mark, ref))
    return mark


def _marked(conversation_id: UUID, mark: Mark, ref: str | None) -> ReadMarked:
    return ReadMarked(
        ref=ref,
        conversation_id=conversation_id,
        read=mark.read,
        unread=mark.unread,
        turn=mark.turn,
        mentions=mark.mentions,
    )


async def watch_conversation(connection: Connection, conversation_id: UUID | None) -> None:
    """The connection shows this conversation now; None: none at all."""
    has_receipts = False
    if conversation_id is not None:
        roster = await access_conversation(connection.user_id, conversation_id)
        has_receipts = roster.kind != Kind.CHANNEL
    worker = current_worker()
    worker.hub.watch(connection, conversation_id)
    worker.receipts.watch(connection, conversation_id if has_receipts else None)


async def list_receipts(user_id: UUID, *, conversation_id: UUID) -> ReceiptsChanged:
    """How far the members have come, as the user may know it."""
    await access_conversation(user_id, conversation_id)
    return await current_worker().receipts.whole(user_id, conversation_id)


async def start_typing(user_id: UUID, conversation_id: UUID) -> None:
    """Those who look at the conversation are told; at most once in TYPING_SECONDS, and then it is dropped."""
    await _check_may_post(user_id, conversation_id)
    worker = current_worker()
    if worker.typing.take((user_id, conversation_id), time.monotonic()) == 0:
        worker.delivery.show_typing(conversation_id, user_id)


async def watch_people(connection: Connection, user_ids: Collection[UUID]) -> list[PersonSeen]:
    """How these people look now; from here on the connection is told what changes, of these and nobody else."""
    worker = current_worker()
    if user_ids and (wait := worker.watches.take(connection.user_id, time.monotonic())):
        raise RateLimitedError(wait)
    return await worker.watchers.watch(connection, user_ids)


async def set_presence(connection: Connection, *, is_away: bool) -> None:
    """Whether anybody looks at what the connection's client shows."""
    current_worker().hub.set_away(connection, is_away)


async def change_appearance(user_ids: Collection[UUID]) -> None:
    """What these people let others see, or may see of others, is another now."""
    current_worker().watchers.change(user_ids)


async def read_history(
    user_id: UUID, *, conversation_id: UUID, after: int | None = None, before: int | None = None, limit: int = 50
) -> Page:
    """See History.page."""
    if after is not None and before is not None:
        raise InvalidError("Give after or before, not both.", field="before")
    await access_conversation(user_id, conversation_id)
    return await current_worker().pages.get((conversation_id, after, before, limit))


async def search_messages(wanted: Wanted, limit: int) -> FoundPage:
    """Messages that fit, newest first; who asks has made sure that the conversations are theirs."""
    return await current_worker().search.find(wanted, limit)


async def list_mentions(user_id: UUID, *, conversation_id: UUID, after: int, limit: int) -> list[int]:
    """The first messages above `after` that mention the user, by number."""
    await access_conversation(user_id, conversation_id)
    return await current_worker().history.mentions(user_id, conversation_id, after=after, limit=limit)


async def read_message(user_id: UUID, *, conversation_id: UUID, seq: int) -> tuple[MessageSent, Shown]:
    """A message, and how it is shown now. Raises as access_message does."""
    message, annotations = await _access_message(user_id, conversation_id, seq, "seq")
    return message, annotations.shown(message)


async def read_file(user_id: UUID, *, conversation_id: UUID, seq: int) -> FileFacts:
    """Of the file that a message carries now. Raises as access_message does, and NotFoundError when there is none."""
    message, annotations = await _access_message(user_id, conversation_id, seq)
    file = annotations.shown(message).file
    if file is None:
        raise NotFoundError("This message carries no file.", field="target")
    return file


async def list_versions(user_id: UUID, *, conversation_id: UUID, seq: int) -> list[bytes]:
    """A message and its edits as stored, oldest first; of many edits the last ones. Raises as access_message does."""
    message = await access_message(user_id, conversation_id, seq)
    return [encode(message), *await current_worker().history.edits(conversation_id, seq)]


async def read_quoted(
    user_id: UUID, *, conversation_id: UUID, changes: Sequence[AnyChange]
) -> tuple[list[AnyChange], list[AnyChange]]:
    """The messages that these answer and that are not among them, QUOTED_MOST at most; and what concerns those."""
    await access_conversation(user_id, conversation_id)
    held = {change.seq for change in changes}
    wanted = {change.reply_to for change in changes if isinstance(change, MessageSent) and change.reply_to} - held
    read = current_worker().history.page
    seqs = sorted(wanted)[-QUOTED_MOST:]
    pages = await asyncio.gather(*(read(conversation_id, after=seq - 1, limit=1) for seq in seqs))
    quoted = [decode_change(content) for page in pages for content in page.changes]
    return quoted, [decode_change(content) for page in pages for content in page.later]


async def list_positions(user_id: UUID) -> list[Position]:
    """Where the user stands in each of their conversations, newest activity first.

    The hub learns the heads too: from here on it knows what must come next, and holds back what comes too early.
    """
    worker = current_worker()
    positions = await worker.history.positions(user_id, list(await worker.members.conversations.get(user_id)))
    wanted = await worker.members.conversations.current(user_id)
    for position in positions:
        if place := wanted.get(position.conversation_id):
            note_attention(position, place.attention)
        worker.hub.notice_head(position.conversation_id, position.head)
    return positions


def note_attention(position: Position, attention: Attention) -> None:
    """What is not said on the wire is the usual."""
    position.attention = attention if attention != ALL else UNSET


async def tell_attention(user_id: UUID, event: AttentionChanged | QuietHoursChanged) -> None:
    """A user wants to hear more or less now: all their sockets are told."""
    current_worker().delivery.tell_attention(user_id, event)


async def tell_own(user_id: UUID, event: DraftChanged | SavedChanged) -> None:
    """What concerns a user alone is another now: all their sockets are told."""
    current_worker().delivery.tell_own(user_id, event)


async def positions_of(user_id: UUID, conversation_ids: Sequence[UUID]) -> dict[UUID, Position]:
    """As list_positions, of conversations the caller has made sure are the user's."""
    positions = await current_worker().history.positions(user_id, conversation_ids)
    return {position.conversation_id: position for position in positions}


async def enter(connection: Connection) -> None:
    """From here on the connection gets every change of its user's conversations, of channels hints.

    Raises TooManySocketsError.
    """
    worker = current_worker()
    if len(worker.hub.of_user(connection.user_id)) >= settings.SOCKETS_PER_USER:
        raise TooManySocketsError
    worker.hub.enter(connection, ())
    known = await worker.members.conversations.current(connection.user_id)
    # No await since then: a membership that changes later finds the connection in the hub.
    worker.hub.enter(connection, known)
    for conversation_id, place in known.items():
        if place.is_channel:
            worker.hub.make_channel(conversation_id)
    await worker.delivery.relay.follow(known)


async def append_changes(changes: Iterable[AnyChange]) -> None:
    """Store and announce what groups decided, in order. Repeating it is harmless: each change has its key."""
    for change in changes:
        reads = (change.user_id,) if isinstance(change, MemberJoined) else ()
        await current_worker().drafts.put(Draft(change, reads=reads))


async def change_members(
    conversation_id: UUID, *, added: Iterable[UUID] = (), removed: Iterable[UUID] = (), deleted: bool = False
) -> None:
    """Members, roles or blocks of a conversation are others now."""
    current_worker().delivery.members_changed(conversation_id, added=added, removed=removed, deleted=deleted)


async def erase_conversation(conversation_id: UUID) -> None:
    """Remove the messages of a conversation that was deleted."""
    await current_worker().history.erase(conversation_id)
    await current_worker().search.indexer.erase(conversation_id)


async def revoke_access(*, user_id: UUID | None, session_id: str | None) -> None:
    """A session ended, or with no session named a user may not come in any more: no ticket, and their sockets close."""
    await tickets().revoke(user_id=user_id, session_id=session_id)
    await current_worker().delivery.revoke(user_id=user_id, session_id=session_id)
