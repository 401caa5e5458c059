"""A user's conversations, as the list beside every page and the API show them. Reads only, and
never from a follower: the page goes on from here with live events."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from asgiref.sync import async_to_sync
from django.db.models import Q

from accounts.called import Called, call
from accounts.followers import from_primary
from accounts.labels import label
from accounts.models import Contact, User
from groups.models import Conversation, Kind, Level, Membership, Role
from messaging import actions
from messaging.members import ALL, attention_of, wire_time
from messaging.overview import Key, Overview, Wanted
from messaging.protocol import Attention, Position

GONE = "Someone who left Parley"


@dataclass(slots=True)
class ConversationRow:
    """One conversation as its member sees it. `face_id` decides the face: the other person's id, or the group's.

    `own_name` is the group's, or what its member calls the other person; `other_username` is theirs where somebody else
    goes by that name too. `last_at`: when it was last spoken in. Who edits, reacts or joins lifts no conversation above
    others.
    """

    id: uuid.UUID
    kind: str
    own_name: str
    other_username: str
    description: str
    is_public: bool
    role: str
    slow_seconds: int
    other_id: uuid.UUID | None
    last_at: str
    position: Position

    @property
    def name(self) -> str:
        """As it is shown."""
        return label(self.own_name, self.other_username)

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


SHOWN = ("all", "unread", "people", "groups")


@dataclass(slots=True)
class Listed:
    """A page of a user's list. `last`: the key of its last row where there are more below."""

    rows: list[ConversationRow]
    last: Key | None
    overview: Overview


@from_primary()
def list_conversations(
    user: User, *, limit: int, below: Key | None = None, shown: str = "all", words: str = ""
) -> Listed:
    """The user's conversations, where somebody spoke last first. `shown`: one of SHOWN; `words`: a part of the name."""
    overview = Overview(async_to_sync(actions.read_glances)(user.pk), _attention(user))
    among = _among(user, shown, words)
    ids, last = overview.page(Wanted(limit, below, among, is_unread=shown == "unread"))
    return Listed(conversation_rows(user, ids), last, overview)


def _attention(user: User) -> dict[str, Attention]:
    hushed = user.memberships.exclude(level=Level.ALL, is_muted=False)
    return {membership.conversation_id.hex: attention_of(membership) for membership in hushed}


def _among(user: User, shown: str, words: str) -> set[str] | None:
    """The ids of the conversations that are of this kind and called so; None for all."""
    own = Conversation.objects.visible_to(user)
    fitting = []
    if shown in ("people", "groups"):
        ids = (own.filter(kind=Kind.DIRECT) if shown == "people" else own.groups()).values_list("pk", flat=True)
        fitting.append({conversation_id.hex for conversation_id in ids})
    if words:
        fitting.append(_called(user, words))
    return set.intersection(*fitting) if fitting else None


def _called(user: User, words: str) -> set[str]:
    """Of the user's conversations those whose name contains the words: a group's own, or what the user calls the other
    person of a direct one."""
    groups = Conversation.objects.visible_to(user).groups().filter(name__icontains=words)
    nicknamed = Contact.objects.filter(owner=user, nickname__icontains=words).values("contact_id")
    own = Membership.objects.filter(user=user, conversation__kind=Kind.DIRECT).values("conversation_id")
    others = Membership.objects.filter(conversation_id__in=own).exclude(user=user)
    called = Q(user__username__icontains=words) | Q(user__display_name__icontains=words) | Q(user_id__in=nicknamed)
    people = others.filter(called).values_list("conversation_id", flat=True)
    return {id_.hex for ids in (groups.values_list("pk", flat=True), people) for id_ in ids}


@from_primary()
def conversation_rows(user: User, conversation_ids: Iterable[uuid.UUID]) -> list[ConversationRow]:
    """Those of these that are the user's, in the same order."""
    ids = list(conversation_ids)
    found = {one.id: one for one in Conversation.objects.visible_to(user).filter(pk__in=ids)}
    return _rows(user, [found[conversation_id] for conversation_id in ids if conversation_id in found])


@from_primary()
def conversation_row(user: User, conversation: Conversation) -> ConversationRow:
    """One of them."""
    return _rows(user, [conversation])[0]


def _rows(user: User, conversations: Sequence[Conversation]) -> list[ConversationRow]:
    ids = [conversation.id for conversation in conversations]
    positions = async_to_sync(actions.positions_of)(user.pk, ids)
    people = _others(user, conversations)
    own = {membership.conversation_id: membership for membership in user.memberships.filter(conversation__in=ids)}
    return [
        _row(conversation, people.get(conversation.id), own[conversation.id], positions[conversation.id])
        for conversation in conversations
        if conversation.id in own
    ]


def _row(
    conversation: Conversation, other: tuple[uuid.UUID, Called] | None, membership: Membership, position: Position
) -> ConversationRow:
    actions.note_attention(position, attention_of(membership))
    is_direct = conversation.kind == Kind.DIRECT
    other_id, called = other or (None, Called(GONE))
    created_at = wire_time(conversation.created_at)
    return ConversationRow(
        id=conversation.id,
        kind=conversation.kind,
        own_name=called.name if is_direct else conversation.name,
        other_username=called.username if is_direct else "",
        description=conversation.description,
        is_public=conversation.is_public,
        role=membership.role,
        slow_seconds=conversation.slow_seconds,
        other_id=other_id if is_direct else None,
        last_at=position.preview.sent_at if position.preview else position.last_at or created_at,
        position=position,
    )


def _others(user: User, conversations: Sequence[Conversation]) -> dict[uuid.UUID, tuple[uuid.UUID, Called]]:
    """The other person of each direct conversation: their id and what this user calls them."""
    direct = [conversation.id for conversation in conversations if conversation.kind == Kind.DIRECT]
    found = Membership.objects.filter(conversation_id__in=direct).exclude(user=user).select_related("user")
    members = list(found)
    called = call(user, [member.user for member in members])
    return {member.conversation_id: (member.user_id, called[member.user_id]) for member in members}
