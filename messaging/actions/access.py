"""Who may come to what: the only way from an id to a conversation or a message."""

from __future__ import annotations

from uuid import UUID

from accounts.errors import NotAllowedError, NotFoundError
from groups.models import Kind
from messaging.errors import NotAMessageError, OnlyAdminsPostError
from messaging.fold import Annotations
from messaging.members import Roster
from messaging.protocol import MessageSent, decode_change
from messaging.worker import current_worker


async def access_conversation(user_id: UUID, conversation_id: UUID, *, field: str = "conversation_id") -> Roster:
    """The only way from an id to a conversation; absent and not the user's raise the same NotFoundError."""
    roster = await current_worker().members.roster_for(user_id, conversation_id)
    if user_id not in roster.roles:
        raise NotFoundError("There is no such conversation.", field=field)
    return roster


async def access_message(user_id: UUID, conversation_id: UUID, seq: int, *, field: str = "target") -> MessageSent:
    """A message of a conversation of the user's, as it was sent. Raises NotFoundError for the conversation, and
    NotAMessageError when the number is that of something else or of nothing."""
    message, _ = await access_message_now(user_id, conversation_id, seq, field)
    return message


async def access_message_now(
    user_id: UUID, conversation_id: UUID, seq: int, field: str = "target"
) -> tuple[MessageSent, Annotations]:
    """The same, and what concerns it. Never from a cache: that it was deleted must be known at once."""
    await access_conversation(user_id, conversation_id)
    page = await current_worker().history.page(conversation_id, after=seq - 1, limit=1)
    message = decode_change(page.changes[0]) if page.changes else None
    if not isinstance(message, MessageSent):
        raise NotAMessageError(field=field)
    return message, Annotations(map(decode_change, page.later))


async def check_may_post(user_id: UUID, conversation_id: UUID) -> Roster:
    roster = await access_conversation(user_id, conversation_id)
    if not roster.may_post(user_id):
        raise OnlyAdminsPostError if roster.kind == Kind.CHANNEL else NotAllowedError("You cannot write here.")
    return roster
