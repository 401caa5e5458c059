"""What a user has written and not sent, the same on all their devices: the later of two wins. Nobody else knows; gone
with the membership."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.errors import InvalidError, NotFoundError
from accounts.followers import from_primary
from accounts.models import User
from groups.models import Membership
from messaging import actions
from messaging.models import KeptDraft
from messaging.protocol import BODY_CHARACTERS, DraftChanged


def keep_draft(user: User, *, conversation_id: UUID, text: str, written_at: datetime | None = None) -> KeptDraft:
    """What is kept now: this, or what was written later. A clock that is ahead counts as now. If it is this, all of the
    user's sockets are told."""
    if len(text) > BODY_CHARACTERS:
        raise InvalidError(f"Use at most {BODY_CHARACTERS} characters.", field="text")
    now = timezone.now()
    with transaction.atomic():
        _hold_membership(user, conversation_id)
        kept, is_news = _store(user, conversation_id, text, min(written_at or now, now))
    if is_news:
        async_to_sync(actions.tell_own)(user.pk, told_of(kept))
    return kept


def _hold_membership(user: User, conversation_id: UUID) -> None:
    """Whoever is removed meanwhile is removed after this, and their draft with them."""
    own = Membership.objects.select_for_update().filter(user=user, conversation_id=conversation_id)
    if own.first() is None:
        raise NotFoundError("There is no such conversation.", field="conversation_id")


def _store(user: User, conversation_id: UUID, text: str, written_at: datetime) -> tuple[KeptDraft, bool]:
    said = {"text": text, "written_at": written_at}
    place = {"user": user, "conversation_id": conversation_id}
    kept, is_news = KeptDraft.objects.select_for_update().get_or_create(**place, defaults=said)
    if not is_news and kept.written_at < written_at:
        kept.text, kept.written_at, is_news = text, written_at, True
        kept.save(update_fields=["text", "written_at"])
    return kept, is_news


def told_of(kept: KeptDraft) -> DraftChanged:
    written_at = kept.written_at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return DraftChanged(conversation_id=kept.conversation_id, text=kept.text, written_at=written_at)


@from_primary()
def drafts_of(user: User) -> QuerySet[KeptDraft]:
    """Also empty ones, in conversations the user is a member of now."""
    return KeptDraft.objects.filter(user=user, conversation__memberships__user=user)


@from_primary()
def read_drafts(user: User, conversation_ids: Collection[UUID]) -> dict[UUID, DraftChanged]:
    """Those in these conversations."""
    kept = drafts_of(user).filter(conversation_id__in=conversation_ids)
    return {one.conversation_id: told_of(one) for one in kept}


def forget_sent(user: User, conversation_id: UUID) -> None:
    """A form sent it."""
    if KeptDraft.objects.filter(user=user, conversation_id=conversation_id).exclude(text="").exists():
        keep_draft(user, conversation_id=conversation_id, text="")


def forget_drafts(conversation_id: UUID, user_ids: Iterable[UUID]) -> None:
    """These are no members any more."""
    KeptDraft.objects.filter(conversation_id=conversation_id, user_id__in=list(user_ids)).delete()
