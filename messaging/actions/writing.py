"""What stores a change: check it and hand it to the history; the worker announces what is stored."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import UUID

from accounts.errors import InvalidError, NotAllowedError, RateLimitedError, RefusalError
from accounts.models import new_id
from messaging import markup
from messaging.actions.access import access_conversation, access_message, access_message_now, check_may_post
from messaging.actions.reading import list_pins
from messaging.actions.texts import named_in, render_text, set_mentions, with_unresolved
from messaging.attached import expect_deletion, file_of, holds_file
from messaging.emojis import one_emoji, takes_reaction
from messaging.errors import (
    PINS_MOST,
    InProgressError,
    MessageDeletedError,
    SlowModeError,
    TextLimitError,
    TooManyPinsError,
    TooManyReactionsError,
)
from messaging.history import Draft, Stored
from messaging.history.lane import PATIENCE_SECONDS, PAUSE_SECONDS
from messaging.members import Roster
from messaging.protocol import (
    AddReaction,
    AnyWrite,
    DeleteMessage,
    EditMessage,
    ForwardMessage,
    MessageDeleted,
    MessageEdited,
    MessagePinned,
    MessageSent,
    MessageUnpinned,
    Origin,
    PinMessage,
    ReactionAdded,
    ReactionRemoved,
    RemoveReaction,
    SendMessage,
    UnpinMessage,
)
from messaging.quoting import read_previews
from messaging.slowness import take_turn
from messaging.worker import current_worker

# What every write counts as, besides its text, of a day's text.
WRITE_CHARACTERS = 200


async def begin_write(user_id: UUID, command: AnyWrite) -> asyncio.Future[Stored]:
    """Check and hand to the history; the future tells when it is durable. Writes begun in order are stored in order."""
    if wait := current_worker().sends.take(user_id, time.monotonic()):
        raise RateLimitedError(wait)
    _count_text(user_id, WRITE_CHARACTERS + len(getattr(command, "body", "")))
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


def _count_text(user_id: UUID, characters: int) -> None:
    """Raise TextLimitError when it is more than the user may write now."""
    if wait := current_worker().texts.take(user_id, time.monotonic(), characters):
        raise TextLimitError(wait)


async def _begin_send(user_id: UUID, command: SendMessage) -> asyncio.Future[Stored]:
    file = file_of(user_id, command)
    roster = await check_may_post(user_id, command.conversation_id)
    named = await named_in(user_id, command.conversation_id, roster, command.body)
    made = await render_text(command.body, named)
    # Again, since a long text takes a while and its author may have been removed meanwhile.
    roster = await check_may_post(user_id, command.conversation_id)
    change = MessageSent(
        **_signed(user_id, command), body=command.body, html=made.html, reply_to=command.reply_to or None
    )
    if named:
        set_mentions(change)
    if file:
        change.file, change.content_type = file, "image" if file.is_picture else "file"
    draft = Draft(change, preview=markup.preview(command.body, made.html, file))
    refusal: RefusalError | None = None if file else made.emptiness
    if change.reply_to and refusal is None:
        answered = await access_message(user_id, command.conversation_id, change.reply_to, field="reply_to")
        refusal = MessageDeletedError(field="reply_to") if answered.deleted else None
    return with_unresolved(await _begin_post(draft, roster, refusal), made.unresolved)


async def _begin_forward(user_id: UUID, command: ForwardMessage) -> asyncio.Future[Stored]:
    """As it is shown now, and where it was said first. It mentions nobody."""
    await access_conversation(user_id, command.source_id, field="source_id")
    source, annotations = await access_message_now(user_id, command.source_id, command.source_seq, "source_seq")
    await check_may_post(user_id, command.conversation_id)
    shown = annotations.shown(source)
    _count_text(user_id, len(shown.body))
    html = (await render_text(shown.body, {})).html
    change = MessageSent(**_signed(user_id, command), body=shown.body, html=html, file=shown.file)
    change.content_type = source.content_type
    change.forwarded = source.forwarded or Origin(source.author_id, source.conversation_id, source.seq)
    is_there = not shown.is_deleted and await holds_file(change)
    # Again, since the file's other use takes a while to note.
    roster = await check_may_post(user_id, command.conversation_id)
    draft = Draft(change, preview=markup.preview(shown.body, html, shown.file))
    return await _begin_post(draft, roster, None if is_there else MessageDeletedError(field="source_seq"))


async def _begin_edit(user_id: UUID, command: EditMessage) -> asyncio.Future[Stored]:
    message = await access_message(user_id, command.conversation_id, command.target)
    if message.author_id != user_id:
        raise NotAllowedError("Only its author can edit a message.", field="target")
    roster = await access_conversation(user_id, command.conversation_id)
    named = await named_in(user_id, command.conversation_id, roster, command.body)
    made = await render_text(command.body, named)
    await check_may_post(user_id, command.conversation_id)
    change = MessageEdited(**_signed(user_id, command), target=command.target, body=command.body, html=made.html)
    draft = Draft(change, preview=markup.preview(command.body, made.html, message.file), message=message)
    refusal = made.emptiness if message.content_type == "text" else None
    return with_unresolved(await _begin(draft, refusal), made.unresolved)


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
    message, annotations = await access_message_now(user_id, command.conversation_id, command.target)
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


async def _begin_post(draft: Draft, roster: Roster, refusal: RefusalError | None = None) -> asyncio.Future[Stored]:
    """A message. In slow mode its author may have to wait, but not for another try of one that is stored."""
    worker, change = current_worker(), draft.change
    must_wait = refusal is None and roster.must_wait(change.author_id)
    if must_wait and await _recalled(draft) is None:
        place = change.conversation_id, change.author_id
        if wait := await take_turn(place, change.key, roster.slow_seconds, worker.history):
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
    stored = await _recalled(draft)
    if stored is None:
        raise refusal
    future: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
    future.set_result(stored)
    return future


async def _recalled(draft: Draft) -> Stored | None:
    """What an earlier try stored; one that is in progress is waited for, within a bound."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return await current_worker().history.recall(draft.change)
        except InProgressError:
            if time.monotonic() >= until:
                raise
            await asyncio.sleep(PAUSE_SECONDS)


def _signed(user_id: UUID, command: AnyWrite) -> dict[str, Any]:
    """What every change has, before it has its number."""
    return {"conversation_id": command.conversation_id, "id": new_id(), "key": command.key, "author_id": user_id}
