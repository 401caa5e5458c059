"""The contract every history keeps: numbers, keys, pages, positions. Runs against the history the settings choose,
SQLite, PostgreSQL or Cassandra."""

from __future__ import annotations

import asyncio
import uuid

from messaging.errors import KeyReusedError
from messaging.history import Draft, History, Stored
from messaging.protocol import Void, decode_change
from tests.messaging.conftest import commit, join, message, read_all, unread

ALICE, BOB, CAROL = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()


async def test_changes_are_numbered_from_one_without_a_hole(store: History, place: uuid.UUID) -> None:
    for size in (1, 3, 2):
        await commit(store, *(message(place, ALICE) for _ in range(size)))
    changes = await read_all(store, place)
    assert [change.seq for change in changes] == [1, 2, 3, 4, 5, 6]


async def test_each_conversation_has_its_own_numbers(store: History, place: uuid.UUID) -> None:
    other = uuid.uuid4()
    stored = await commit(store, message(place, ALICE), message(other, ALICE), message(place, BOB))
    assert [(item.change.conversation_id, item.change.seq) for item in stored] == [(place, 1), (other, 1), (place, 2)]


async def test_order_of_a_flush_is_the_order_of_the_drafts(store: History, place: uuid.UUID) -> None:
    await commit(store, *(message(place, ALICE, body=str(number)) for number in range(50)))
    assert [change.body for change in await read_all(store, place)] == [str(number) for number in range(50)]  # type: ignore[union-attr]


async def test_what_is_returned_is_what_is_read(store: History, place: uuid.UUID) -> None:
    [stored] = await commit(store, message(place, ALICE, body="naïve 会議 \u202e \x01 🙂"))
    page = await store.page(place, limit=10)
    assert page.changes == [stored.content]
    assert decode_change(stored.content) == stored.change


async def test_a_repeated_key_gives_the_first_result(store: History, place: uuid.UUID) -> None:
    key = uuid.uuid4()
    [first] = await commit(store, message(place, ALICE, "hello", key))
    await commit(store, message(place, BOB, "meanwhile"))
    [again] = await commit(store, message(place, ALICE, "hello", key))
    assert (again.repeated, again.content) == (True, first.content)
    assert len(await read_all(store, place)) == 2


async def test_a_key_twice_in_one_flush_is_stored_once(store: History, place: uuid.UUID) -> None:
    key = uuid.uuid4()
    first, again = await commit(store, message(place, ALICE, "hello", key), message(place, ALICE, "hello", key))
    assert (first.repeated, again.repeated, again.content) == (False, True, first.content)
    assert len(await read_all(store, place)) == 1


async def test_a_key_with_another_body_is_refused_and_changes_nothing(store: History, place: uuid.UUID) -> None:
    key = uuid.uuid4()
    await commit(store, message(place, ALICE, "hello", key))
    [outcome] = await store.commit([message(place, ALICE, "goodbye", key)])
    assert isinstance(outcome, KeyReusedError)
    assert len(await read_all(store, place)) == 1


async def test_a_key_belongs_to_its_author_and_conversation(store: History, place: uuid.UUID) -> None:
    key, other = uuid.uuid4(), uuid.uuid4()
    stored = await commit(
        store, message(place, ALICE, "a", key), message(place, BOB, "b", key), message(other, ALICE, "c", key)
    )
    assert [item.repeated for item in stored] == [False, False, False]


async def test_a_refused_draft_does_not_harm_its_flush(store: History, place: uuid.UUID) -> None:
    key = uuid.uuid4()
    await commit(store, message(place, ALICE, "hello", key))
    before, refused, after = await store.commit(
        [message(place, BOB, "before"), message(place, ALICE, "goodbye", key), message(place, BOB, "after")]
    )
    assert isinstance(refused, KeyReusedError)
    assert isinstance(before, Stored)
    assert isinstance(after, Stored)
    assert (before.change.seq, after.change.seq) == (2, 3)


async def test_commits_at_once_give_one_order_and_lose_nothing(store: History, place: uuid.UUID) -> None:
    await asyncio.gather(*(commit(store, message(place, ALICE, str(number))) for number in range(40)))
    changes = await read_all(store, place)
    assert [change.seq for change in changes] == list(range(1, 41))
    assert {change.body for change in changes} == {str(number) for number in range(40)}  # type: ignore[union-attr]


async def test_pages_go_both_ways_and_say_when_they_are_complete(store: History, place: uuid.UUID) -> None:
    await commit(store, *(message(place, ALICE) for _ in range(10)))

    async def seqs(**bounds: int) -> tuple[list[int], bool]:
        page = await store.page(place, limit=4, **bounds)
        assert page.head == 10
        return [decode_change(content).seq for content in page.changes], page.complete

    assert await seqs() == ([7, 8, 9, 10], False)
    assert await seqs(before=7) == ([3, 4, 5, 6], False)
    assert await seqs(before=3) == ([1, 2], True)
    assert await seqs(after=0) == ([1, 2, 3, 4], False)
    assert await seqs(after=6) == ([7, 8, 9, 10], True)
    assert await seqs(after=10) == ([], True)
    assert await seqs(before=1) == ([], True)


async def test_a_page_of_huge_messages_ends_early(store: History, place: uuid.UUID) -> None:
    await commit(store, *(message(place, ALICE, "x" * 8000) for _ in range(100)))
    forward = await store.page(place, after=0, limit=100)
    assert 1 < len(forward.changes) < 100
    assert not forward.complete
    assert decode_change(forward.changes[0]).seq == 1
    newest = await store.page(place, limit=100)
    assert decode_change(newest.changes[-1]).seq == 100


async def test_an_empty_conversation_has_an_empty_complete_page(store: History, place: uuid.UUID) -> None:
    page = await store.page(place, limit=10)
    assert (page.changes, page.head, page.complete) == ([], 0, True)
    [position] = await store.positions(ALICE, [place])
    assert (position.head, position.read, position.unread, position.preview) == (0, 0, 0, None)


async def test_positions_come_newest_first_with_a_preview(store: History, place: uuid.UUID) -> None:
    other = uuid.uuid4()
    await commit(store, message(place, ALICE, "older"))
    await commit(store, message(other, BOB, "newer"), join(other, CAROL))
    first, second = await store.positions(ALICE, [place, other])
    assert (first.conversation_id, second.conversation_id) == (other, place)
    assert first.preview
    assert (first.preview.text, first.preview.author_id, first.head) == ("newer", BOB, 2)


async def test_times_never_go_back_within_a_conversation(store: History, place: uuid.UUID) -> None:
    for _ in range(5):
        await commit(store, message(place, ALICE), message(place, BOB))
    times = [change.sent_at for change in await read_all(store, place)]
    assert times == sorted(times)


async def test_heads_tell_of_conversations_that_have_changes(store: History, place: uuid.UUID) -> None:
    await commit(store, message(place, ALICE), message(place, ALICE))
    assert await store.heads([place, uuid.uuid4()]) == {place: 2}


async def test_more_conversations_than_one_query_takes(store: History) -> None:
    places = [uuid.uuid4() for _ in range(950)]
    await commit(store, *(message(place, ALICE) for place in places))
    assert len(await store.heads(places)) == 950
    assert sum(position.unread for position in await store.positions(BOB, places)) == 950


async def test_an_erased_conversation_leaves_nothing(store: History, place: uuid.UUID) -> None:
    other = uuid.uuid4()
    await commit(store, message(place, ALICE), message(other, ALICE))
    await store.mark_read([(BOB, place, 1)])
    await store.erase(place)
    assert (await store.page(place, limit=5)).changes == []
    assert await store.heads([place, other]) == {other: 1}


async def test_a_void_is_a_change_and_no_message(store: History, place: uuid.UUID) -> None:
    void = Void(conversation_id=place, id=uuid.uuid4(), key=uuid.uuid4(), author_id=ALICE)
    await commit(store, message(place, ALICE), Draft(void), message(place, ALICE))
    assert [type(change).__name__ for change in await read_all(store, place)] == ["MessageSent", "Void", "MessageSent"]
    assert await unread(store, BOB, place) == 2
