"""What a user saved for themselves: a number each, never a text. Their own devices are told, nobody else. Gone with the
message, and with the membership."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db.models import QuerySet

from accounts.errors import NotFoundError
from accounts.models import User
from messaging import actions
from messaging.errors import SAVED_MOST, MessageDeletedError, TooManySavedError
from messaging.models import SavedMessage
from messaging.protocol import Preview, SavedChanged
from messaging.quoting import read_previews


def save_message(user: User, *, conversation_id: UUID, seq: int) -> tuple[SavedMessage, bool]:
    """The saved message, and whether it is new. Raises as actions.access_message does, MessageDeletedError and
    TooManySavedError."""
    message = async_to_sync(actions.access_message)(user.pk, conversation_id, seq, field="seq")
    if message.deleted:
        raise MessageDeletedError(field="seq")
    own = SavedMessage.objects.filter(user=user)
    if own.count() >= SAVED_MOST and not own.filter(conversation_id=conversation_id, seq=seq).exists():
        raise TooManySavedError
    row, is_new = SavedMessage.objects.get_or_create(user=user, conversation_id=conversation_id, seq=seq)
    if is_new:
        _tell(user, conversation_id, seq, is_saved=True)
    return row, is_new


def unsave_message(user: User, *, conversation_id: UUID, seq: int) -> None:
    """Raises NotFoundError when it is not saved."""
    deleted, _ = SavedMessage.objects.filter(user=user, conversation_id=conversation_id, seq=seq).delete()
    if not deleted:
        raise NotFoundError("This message is not saved.", field="seq")
    _tell(user, conversation_id, seq, is_saved=False)


def _tell(user: User, conversation_id: UUID, seq: int, *, is_saved: bool) -> None:
    event = SavedChanged(conversation_id=conversation_id, seq=seq, is_saved=is_saved)
    async_to_sync(actions.tell_own)(user.pk, event)


def saved_messages(user: User) -> QuerySet[SavedMessage]:
    """Of conversations the user is a member of now."""
    return SavedMessage.objects.filter(user=user, conversation__memberships__user=user)


def with_previews(rows: Iterable[SavedMessage]) -> list[tuple[SavedMessage, Preview]]:
    """What they say now; rows of messages that were deleted meanwhile go for good."""
    kept = {(row.conversation_id, row.seq): row for row in rows}
    previews = async_to_sync(read_previews)(kept)
    gone = [row.pk for place, row in kept.items() if place not in previews]
    SavedMessage.objects.filter(pk__in=gone).delete()
    return [(row, previews[place]) for place, row in kept.items() if place in previews]


def forget_saved(conversation_id: UUID, user_ids: Iterable[UUID]) -> None:
    """These are no members any more."""
    SavedMessage.objects.filter(conversation_id=conversation_id, user_id__in=list(user_ids)).delete()
