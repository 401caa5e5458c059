"""An account with any number of conversations, made in bulk. Tests and bench/large_account.py use it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

from asgiref.sync import async_to_sync
from django.utils import timezone

from accounts.models import User, new_id
from groups.models import Conversation, Kind, Membership, Role, direct_pair
from messaging import markup
from messaging.history import Draft, history
from messaging.protocol import MessageSent

OTHERS = 40
# Of ten conversations: one is a channel, three are groups, the rest are direct.
GROUPS_OF_TEN, CHANNELS_OF_TEN = 3, 1
GROUP_MEMBERS = 4
AT_ONCE = 500


def make_conversations(user: User, count: int, *, unread_each: int = 3) -> list[Conversation]:
    """`count` conversations of the user's with two messages each. Of every `unread_each` of them one is unread, and of
    ten of those one mentions the user."""
    groups = [_group(number) for number in range(count) if _is_group(number)]
    directs = [number for number in range(count) if not _is_group(number)]
    people = [User(username=f"m{new_id().hex}", display_name=f"Person {number}", password="!") for number in directs]
    people = User.objects.bulk_create(people, batch_size=AT_ONCE)
    places = dict(zip((n for n in range(count) if _is_group(n)), groups, strict=True))
    others = dict(zip(directs, people, strict=True))
    for number, other in others.items():
        places[number] = Conversation(kind=Kind.DIRECT, direct_pair=direct_pair(user.pk, other.pk))
    ordered = [places[number] for number in range(count)]
    Conversation.objects.bulk_create(ordered, batch_size=AT_ONCE)
    crowd = (people or [user])[:GROUP_MEMBERS]
    Membership.objects.bulk_create(_memberships(user, ordered, others, crowd), batch_size=AT_ONCE)
    _talk(user, ordered, others, crowd, unread_each)
    return ordered


def _is_group(number: int) -> bool:
    return number % 10 < GROUPS_OF_TEN + CHANNELS_OF_TEN


def _group(number: int) -> Conversation:
    kind = Kind.CHANNEL if number % 10 < CHANNELS_OF_TEN else Kind.GROUP
    return Conversation(kind=kind, name=f"Group {number}", created_at=timezone.now() - timedelta(days=1))


def _memberships(
    user: User, places: list[Conversation], others: dict[int, User], crowd: list[User]
) -> Iterator[Membership]:
    for number, place in enumerate(places):
        yield Membership(conversation=place, user=user)
        for index, other in enumerate([others[number]] if number in others else crowd):
            is_owner = place.kind != Kind.DIRECT and index == 0
            yield Membership(conversation=place, user=other, role=Role.OWNER if is_owner else Role.MEMBER)


def _talk(user: User, places: list[Conversation], others: dict[int, User], crowd: list[User], unread_each: int) -> None:
    for start in range(0, len(places), AT_ONCE):
        numbers = range(start, min(len(places), start + AT_ONCE))
        drafts = [
            _draft(places[number], others.get(number, crowd[0]), user, number, is_second)
            for number in numbers
            for is_second in (False, True)
        ]
        stored = async_to_sync(history().commit)(drafts)
        read = [(user.pk, places[number].pk, 2) for number in numbers if number % unread_each]
        assert not any(isinstance(one, Exception) for one in [*stored, *async_to_sync(history().mark_read)(read)])


def _draft(place: Conversation, author: User, user: User, number: int, is_second: bool) -> Draft:
    body = f"Message {1 + is_second} in conversation {number}, about as long as the messages that people write"
    change = MessageSent(conversation_id=place.pk, id=new_id(), key=uuid.uuid4(), author_id=author.pk, body=body)
    if number % 30 == 0:
        change.mentions = [user.pk]
    return Draft(change, preview=markup.preview(body, None))
