"""All conversations of a user at one look: the contract every history keeps, and what a list makes of it."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.models import User
from groups.models import Conversation, Membership
from messaging.history import Glance, History
from messaging.overview import Overview, Wanted, read_cursor, write_cursor
from messaging.protocol import Attention
from tests.messaging.conftest import commit, deletion, message, reaction

ALICE, BOB = uuid.uuid4(), uuid.uuid4()


async def look(store: History, user: User) -> dict[str, Glance]:
    async def own() -> Collection[uuid.UUID]:
        rows = Membership.objects.filter(user=user).values_list("conversation_id", flat=True)
        return await sync_to_async(list)(rows)

    return {glance.id: glance for glance in await store.overview(user.pk, own)}


async def make_places(user: User, count: int) -> list[uuid.UUID]:
    def make() -> list[uuid.UUID]:
        places = [Conversation.objects.create(kind="group", name=f"Place {number}") for number in range(count)]
        for place in places:
            Membership.objects.create(conversation=place, user=user)
        return [place.pk for place in places]

    return await sync_to_async(make)()


async def test_it_agrees_with_the_positions(store: History) -> None:
    user = await sync_to_async(User.objects.create_user)("carol")
    first, second, silent, elsewhere = [*await make_places(user, 3), uuid.uuid4()]
    said = await commit(store, *(message(first, BOB, mentions=[user.pk]) for _ in range(3)))
    await commit(store, message(second, user.pk), message(second, BOB, mentions_all=True), message(elsewhere, BOB))
    await store.mark_read([(user.pk, first, 1)])
    for _ in range(2):  # what is remembered of the first look says the same
        seen = await look(store, user)
        positions = {one.conversation_id.hex: one for one in await store.positions(user.pk, [first, second, silent])}
        assert seen.keys() == positions.keys()
        for id_, glance in seen.items():
            position = positions[id_]
            assert (glance.unread, glance.mentions) == (position.unread, position.mentions)
            assert glance.spoken_at == (position.preview.sent_at if position.preview else "")
    assert (seen[first.hex].unread, seen[first.hex].mentions) == (2, 2)
    # What is no message lifts nothing, and counts as nothing unread.
    await commit(store, reaction(said[0], BOB), deletion(said[2]))
    assert await look(store, user) == seen
    await store.mark_unread(user.pk, first, 1)
    await commit(store, message(second, BOB))
    later = await look(store, user)
    assert (later[first.hex].unread, later[second.hex].unread) == (3, 2)
    assert later[second.hex].spoken_at > later[first.hex].spoken_at


def glance(number: int, spoken_at: str, unread: int = 0, mentions: int = 0) -> Glance:
    return Glance(uuid.UUID(int=number).hex, spoken_at, unread, mentions)


def test_pages_meet_without_a_gap_and_say_where_the_next_begins() -> None:
    overview = Overview([glance(n, f"2026-01-0{1 + n % 3}") for n in range(9)], {})
    below, numbers = None, []
    while True:
        ids, below = overview.page(Wanted(4, below))
        numbers += [id_.int for id_ in ids]
        if below is None:
            break
        assert read_cursor(write_cursor(below)) == below
    assert numbers == [8, 5, 2, 7, 4, 1, 6, 3, 0]
    assert overview.page(Wanted(9)) == ([uuid.UUID(int=n) for n in numbers], None)


def test_what_is_unread_is_counted_below_a_key_without_what_is_known_and_by_what_is_heard() -> None:
    glances = [glance(n, f"2026-01-0{n}", unread=n, mentions=1) for n in range(1, 7)] + [glance(7, "2026-01-07")]
    now = timezone.now().isoformat()
    attention = {
        glances[1].id: Attention(is_muted=True),
        glances[2].id: Attention(level="mentions"),
        glances[3].id: Attention(level="nothing"),
        glances[4].id: Attention(is_muted=True, muted_until="2020-01-01T00:00:00Z"),
        glances[5].id: Attention(is_muted=True, muted_until=f"2{now}"),
    }
    overview = Overview(glances, attention)
    whole = overview.count()
    assert (whole.conversations, whole.messages, whole.mentions) == (6, 21, 6)
    assert (whole.heard, whole.heard_mentions) == (1 + 1 + 5, 3)
    part = overview.count(("2026-01-05", ""), known=[uuid.UUID(int=2)])
    assert (part.conversations, part.messages) == (3, 1 + 3 + 4)
