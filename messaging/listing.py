"""A user's conversations, as the list beside every page and the API show them. Reads only, and
never from a follower: the page goes on from here with live events."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from asgiref.sync import async_to_sync

from accounts.followers import from_primary
from accounts.models import Contact, User
from groups.models import Conversation, Kind, Membership, Role
from messaging import actions
from messaging.members import ALL, attention_of
from messaging.protocol import Attention, Position

GONE = "Someone who left Parley"


@dataclass(slots=True)
class ConversationRow:
    """One conversation as its member sees it. `face_id` decides the face: the other person's id, or the group's.

    `last_at`: when it was last spoken in. Who edits, reacts or joins lifts no conversation above others.
    """

    id: uuid.UUID
    kind: str
    name: str
    description: str
    is_public: bool
    role: str
    slow_seconds: int
    other_id: uuid.UUID | None
    last_at: str
    position: Position

    @property
    def attention(self) -> Attention:
        return self.position.attention or ALL

    @property
    def is_hushed(self) -> bool:
        """Not each of its messages makes itself heard."""
        return self.attention.is_muted or self.attention.level != "all"

    @property
    def is_quiet(self) -> bool:
        """Nothing unread of it makes itself heard."""
        hears_mentions = self.attention.level == "mentions" and not self.attention.is_muted
        return self.is_hushed and not (hears_mentions and self.position.mentions)

    @property
    def may_post(self) -> bool:
        """In a channel its owner and admins; whether a block is in the way is not known here."""
        return self.kind != Kind.CHANNEL or self.role in (Role.OWNER, Role.ADMIN)

    @property
    def face_id(self) -> uuid.UUID:
        return self.other_id or self.id


@from_primary()
def conversation_rows(user: User) -> list[ConversationRow]:
    """The user's conversations, where somebody spoke last first."""
    rows = _rows(user, list(Conversation.objects.visible_to(user)))
    return sorted(rows, key=lambda row: (row.last_at, str(row.id)), reverse=True)


@from_primary()
def conversation_row(user: User, conversation: Conversation) -> ConversationRow:
    """One of them."""
    return _rows(user, [conversation])[0]


def _rows(user: User, conversations: Sequence[Conversation]) -> list[ConversationRow]:
    positions = async_to_sync(actions.positions_of)(user.id, [conversation.id for conversation in conversations])
    people = _others(user, conversations)
    own = {membership.conversation_id: membership for membership in user.memberships.all()}
    return [
        _row(conversation, people.get(conversation.id), own[conversation.id], positions[conversation.id])
        for conversation in conversations
        if conversation.id in own
    ]


def _row(
    conversation: Conversation, other: tuple[uuid.UUID, str] | None, membership: Membership, position: Position
) -> ConversationRow:
    actions.note_attention(position, attention_of(membership))
    is_direct = conversation.kind == Kind.DIRECT
    other_id, other_name = other or (None, GONE)
    created_at = conversation.created_at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return ConversationRow(
        id=conversation.id,
        kind=conversation.kind,
        name=other_name if is_direct else conversation.name,
        description=conversation.description,
        is_public=conversation.is_public,
        role=membership.role,
        slow_seconds=conversation.slow_seconds,
        other_id=other_id if is_direct else None,
        last_at=position.preview.sent_at if position.preview else position.last_at or created_at,
        position=position,
    )


def _others(user: User, conversations: Sequence[Conversation]) -> dict[uuid.UUID, tuple[uuid.UUID, str]]:
    """The other person of each direct conversation: their id and the name this user knows them by."""
    direct = [conversation.id for conversation in conversations if conversation.kind == Kind.DIRECT]
    nicknames = dict(Contact.objects.filter(owner=user).exclude(nickname="").values_list("contact_id", "nickname"))
    members = Membership.objects.filter(conversation_id__in=direct).exclude(user=user).select_related("user")
    return {
        member.conversation_id: (member.user_id, nicknames.get(member.user_id) or member.user.name)
        for member in members
    }
