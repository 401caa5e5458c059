"""How far members have read, and what is unread: the contract every history keeps."""

from __future__ import annotations

import uuid

import pytest

from messaging.errors import SeqAboveHeadError
from messaging.history import History, Mark
from messaging.protocol import MemberJoined
from tests.messaging.conftest import commit, deletion, join, message, read_all, unread

ALICE, BOB, CAROL = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()


async def test_how_far_members_have_read_is_read_for_all_at_once(store: History, place: uuid.UUID) -> None:
    other = uuid.uuid4()
    await commit(store, *(message(place, ALICE) for _ in range(3)), *(message(other, ALICE) for _ in range(5)))
    await store.mark_read([(BOB, place, 2), (CAROL, place, 3), (BOB, other, 5)])
    everybody = [ALICE, BOB, CAROL, *(uuid.uuid4() for _ in range(450))]
    reached = await store.reached(place, everybody)
    assert {user_id: seq for user_id, seq in reached.items() if seq} == {BOB: 2, CAROL: 3}
    assert await store.reached(uuid.uuid4(), everybody) == {}
    assert await store.reached(place, []) == {}


async def test_a_mark_is_taken_back_by_its_user_alone_and_everything_counts_as_before(
    store: History, place: uuid.UUID
) -> None:
    await commit(store, *(message(place, author) for author in (ALICE, BOB, ALICE, ALICE, BOB, ALICE)))

    async def stands(user_id: uuid.UUID) -> tuple[int, int, int]:
        [position] = await store.positions(user_id, [place])
        return position.read, position.unread, position.turn

    await store.mark_read([(BOB, place, 6), (CAROL, place, 5)])
    assert await store.mark_unread(BOB, place, 3) == Mark(read=2, unread=3, turn=1)
    assert (await stands(BOB), await stands(CAROL)) == ((2, 3, 1), (5, 1, 0))
    # What is unread already stays as it is.
    assert await store.mark_unread(BOB, place, 4) == Mark(read=2, unread=3, turn=1)
    assert await store.mark_read([(BOB, place, 2)]) == [Mark(read=2, unread=3, turn=1)]
    await commit(store, message(place, ALICE), message(place, BOB))
    assert await stands(BOB) == (2, 4, 1)
    # Forward again, and all the way back.
    assert await store.mark_read([(BOB, place, 4)]) == [Mark(read=4, unread=2, turn=1)]
    assert await store.mark_read([(BOB, place, 3)]) == [Mark(read=4, unread=2, turn=1)]
    assert await store.mark_unread(BOB, place, 1) == Mark(read=0, unread=5, turn=2)
    assert await stands(BOB) == (0, 5, 2)
    assert await store.mark_read([(BOB, place, 8)]) == [Mark(read=8, unread=0, turn=2)]
    with pytest.raises(SeqAboveHeadError):
        await store.mark_unread(BOB, place, 9)
    assert await store.mark_unread(uuid.uuid4(), place, 1) == Mark(read=0, unread=8)


async def test_others_see_how_far_somebody_ever_read_whatever_they_take_back(store: History, place: uuid.UUID) -> None:
    await commit(store, *(message(place, ALICE) for _ in range(6)))
    await store.mark_read([(BOB, place, 6)])
    await store.mark_unread(BOB, place, 5)
    await store.mark_unread(BOB, place, 2)
    assert await store.reached(place, [BOB]) == {BOB: 6}
    await store.mark_read([(BOB, place, 3)])
    assert await store.reached(place, [BOB]) == {BOB: 6}
    await commit(store, message(place, ALICE))
    await store.mark_read([(BOB, place, 7)])
    assert await store.reached(place, [BOB]) == {BOB: 7}


async def test_who_comes_again_has_nothing_unread_though_they_had_taken_their_mark_back(
    store: History, place: uuid.UUID
) -> None:
    await commit(store, join(place, BOB), *(message(place, ALICE) for _ in range(3)))
    await store.mark_read([(BOB, place, 4)])
    await store.mark_unread(BOB, place, 2)
    await commit(store, message(place, ALICE), join(place, BOB), message(place, ALICE))
    assert await unread(store, BOB, place) == 1


async def test_unread_mentions_are_counted_exactly_and_found(store: History, place: uuid.UUID) -> None:
    other = uuid.uuid4()
    stored = await commit(
        store,
        message(place, ALICE, mentions=[BOB]),
        message(place, BOB, mentions=[CAROL]),
        message(place, ALICE, mentions_all=True),
        message(place, BOB, mentions_all=True, mentions=[CAROL]),
        message(place, ALICE),
        message(place, ALICE, mentions=[BOB, CAROL]),
        message(other, ALICE, mentions=[BOB]),
    )

    async def mentions(user_id: uuid.UUID) -> list[int]:
        counted = {position.conversation_id: position for position in await store.positions(user_id, [place, other])}
        found = await store.mentions(user_id, place, after=counted[place].read, limit=100)
        assert counted[place].mentions == len(found)
        return found

    assert await mentions(ALICE) == [4]
    assert await mentions(BOB) == [1, 3, 6]
    assert await mentions(CAROL) == [2, 3, 4, 6]
    assert await store.mentions(CAROL, place, after=2, limit=2) == [3, 4]
    # What is deleted goes on counting, as it does in unread.
    await commit(store, deletion(stored[5]))
    assert [mark.mentions for mark in await store.mark_read([(BOB, place, 3), (CAROL, place, 3)])] == [1, 2]  # type: ignore[union-attr]
    assert (await mentions(BOB), await mentions(CAROL)) == ([6], [4, 6])
    assert (await store.mark_unread(BOB, place, 2)).mentions == 2
    assert [mark.mentions for mark in await store.mark_read([(BOB, place, 7)])] == [0]  # type: ignore[union-attr]
    assert await mentions(BOB) == []
    await store.erase(place)
    assert await store.mentions(CAROL, place, after=0, limit=100) == []


async def test_unread_counts_the_messages_of_others_above_the_mark(store: History, place: uuid.UUID) -> None:
    await commit(store, message(place, ALICE), message(place, BOB), join(place, CAROL), message(place, BOB))
    assert [await unread(store, user, place) for user in (ALICE, BOB, CAROL)] == [2, 1, 1]
    [mark] = await store.mark_read([(ALICE, place, 2)])
    assert (mark.read, mark.unread) == (2, 1)  # type: ignore[union-attr]
    assert await unread(store, ALICE, place) == 1


async def test_own_messages_are_never_unread_wherever_the_mark_stands(store: History, place: uuid.UUID) -> None:
    await commit(store, *(message(place, (ALICE, BOB)[number % 2]) for number in range(10)))
    for seq in (1, 4, 5, 10):
        [mark] = await store.mark_read([(ALICE, place, seq)])
        below = sum(1 for number in range(10) if number % 2 and number + 1 <= seq)
        assert mark.unread == 5 - below  # type: ignore[union-attr]
    await commit(store, message(place, ALICE), message(place, BOB), message(place, ALICE))
    assert await unread(store, ALICE, place) == 1


async def test_a_mark_never_goes_back(store: History, place: uuid.UUID) -> None:
    await commit(store, *(message(place, BOB) for _ in range(5)))
    await store.mark_read([(ALICE, place, 4)])
    [mark] = await store.mark_read([(ALICE, place, 2)])
    assert (mark.read, mark.unread) == (4, 1)  # type: ignore[union-attr]


async def test_a_mark_above_the_head_is_refused_beside_good_ones(store: History, place: uuid.UUID) -> None:
    await commit(store, message(place, BOB))
    above, good = await store.mark_read([(ALICE, place, 2), (CAROL, place, 1)])
    assert isinstance(above, SeqAboveHeadError)
    assert good.unread == 0  # type: ignore[union-attr]


async def test_who_joins_has_nothing_unread_even_after_a_stay_before(store: History, place: uuid.UUID) -> None:
    await commit(store, message(place, ALICE), join(place, CAROL), message(place, CAROL), message(place, ALICE))
    assert await unread(store, CAROL, place) == 1
    await commit(store, message(place, ALICE), join(place, CAROL), message(place, CAROL), message(place, ALICE))
    assert await unread(store, CAROL, place) == 1
    [mark] = await store.mark_read([(CAROL, place, 8)])
    assert mark.unread == 0  # type: ignore[union-attr]


async def test_unread_stays_exact_through_a_random_life(store: History, place: uuid.UUID) -> None:
    """Recomputed from the rows after every step, as a sceptic would."""
    import random

    chance = random.Random(7)
    users = [ALICE, BOB, CAROL]
    marks = dict.fromkeys(users, 0)
    for _ in range(60):
        drafts = []
        for _ in range(chance.randint(1, 4)):
            user = chance.choice(users)
            drafts.append(join(place, user) if chance.random() < 0.15 else message(place, user))
        for stored in await commit(store, *drafts):
            if isinstance(stored.change, MemberJoined):
                marks[stored.change.user_id] = stored.change.seq
        user, head = chance.choice(users), (await store.heads([place]))[place]
        seq = chance.randint(0, head)
        marks[user] = max(marks[user], seq)
        await store.mark_read([(user, place, seq)])
        changes = await read_all(store, place)
        for user in users:
            expected = sum(
                change.seq > marks[user] and change.author_id != user and type(change).__name__ == "MessageSent"
                for change in changes
            )
            assert await unread(store, user, place) == expected
