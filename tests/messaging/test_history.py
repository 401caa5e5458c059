"""The contract every history keeps. Runs against the history the settings choose, SQLite or PostgreSQL."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from channels.db import database_sync_to_async

from messaging.errors import KeyReusedError, SeqAboveHeadError
from messaging.history import Draft, History, Mark, Stored
from messaging.history.pages import PAGE_BYTES
from messaging.models import Annotation
from messaging.protocol import AnyChange, MemberJoined, MessageSent, Pin, Void, decode_change
from tests.messaging.conftest import deletion, edit, join, message, pin, reaction

ALICE, BOB, CAROL = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()


@pytest.fixture
def place() -> uuid.UUID:
    return uuid.uuid4()


async def commit(store: History, *drafts: Draft) -> list[Stored]:
    outcomes = await store.commit(drafts)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
    return [outcome for outcome in outcomes if isinstance(outcome, Stored)]


async def read_all(store: History, place: uuid.UUID) -> list[AnyChange]:
    changes: list[AnyChange] = []
    while True:
        page = await store.page(place, after=changes[-1].seq if changes else 0, limit=7)
        changes += [decode_change(content) for content in page.changes]
        if page.complete:
            return changes


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


async def unread(store: History, user_id: uuid.UUID, place: uuid.UUID) -> int:
    [position] = await store.positions(user_id, [place])
    return position.unread


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


# --- changes that concern a message


async def texts_kept(store: History, place: uuid.UUID, *seqs: int) -> str:
    """Everything a reader can get at, as one text."""
    pages = [await store.page(place, after=0, limit=200), await store.page(place, limit=1)]
    contents = [content for page in pages for content in (*page.changes, *page.later)]
    contents += [content for seq in seqs for content in await store.edits(place, seq)]
    [position] = await store.positions(ALICE, [place])
    return b" ".join(contents).decode() + (position.preview.text if position.preview else "")


async def test_a_page_brings_the_later_changes_of_its_messages(store: History, place: uuid.UUID) -> None:
    first, second, _ = await commit(store, *(message(place, ALICE, str(number)) for number in range(3)))
    await commit(store, edit(second, "second"), edit(first, "first"), edit(first, "first again"))
    page = await store.page(place, after=0, limit=2)
    assert [decode_change(content).seq for content in page.later] == [4, 6]
    assert (await store.page(place, after=2, limit=1)).later == []
    whole = await store.page(place, after=0, limit=10)
    assert (len(whole.changes), whole.later) == (6, [])
    newest = await store.page(place, limit=2)
    assert (len(newest.changes), newest.later) == (2, [])
    middle = await store.page(place, before=3, limit=1)
    assert [decode_change(content).seq for content in middle.later] == [4]


async def test_what_one_reads_with_a_page_is_what_was_told(store: History, place: uuid.UUID) -> None:
    [sent] = await commit(store, message(place, ALICE))
    [edited] = await commit(store, edit(sent))
    assert (await store.page(place, after=0, limit=1)).later == [edited.content]


async def test_a_page_of_huge_edits_ends_early(store: History, place: uuid.UUID) -> None:
    sent = await commit(store, *(message(place, ALICE) for _ in range(100)))
    await commit(store, *(edit(one, "x" * 8000) for one in sent))
    forward = await store.page(place, after=0, limit=100)
    assert 1 < len(forward.changes) == len(forward.later) < 100
    assert not forward.complete
    backward = await store.page(place, before=101, limit=100)
    assert decode_change(backward.changes[-1]).seq == 100
    assert len(backward.changes) == len(backward.later) < 100


async def test_the_edits_of_a_message_stay_in_order(store: History, place: uuid.UUID) -> None:
    sent, other = await commit(store, message(place, ALICE, "one"), message(place, ALICE))
    for body in ("two", "three"):
        await commit(store, edit(sent, body), edit(other))
    edits = [decode_change(content) for content in await store.edits(place, 1)]
    assert [(change.seq, change.body) for change in edits] == [(3, "two"), (5, "three")]  # type: ignore[union-attr]
    assert await store.edits(place, 3) == []


async def test_a_deletion_leaves_no_text_anywhere(store: History, place: uuid.UUID) -> None:
    [sent] = await commit(store, message(place, ALICE, "secret one"))
    await commit(store, edit(sent, "secret two"), edit(sent, "secret three"), message(place, BOB, "after"))
    assert (await texts_kept(store, place, 1)).count("secret") > 3
    await commit(store, deletion(sent))
    assert "secret" not in await texts_kept(store, place, 1)
    first, *edits, _, gone = await read_all(store, place)
    assert (first.deleted, first.key, first.id) == (True, sent.change.key, sent.change.id)  # type: ignore[union-attr]
    assert [change.deleted for change in edits] == [True, True]  # type: ignore[union-attr]
    assert (type(gone).__name__, gone.target) == ("MessageDeleted", 1)  # type: ignore[union-attr]


async def test_what_a_key_stored_is_found_as_it_is_now(store: History, place: uuid.UUID) -> None:
    [sent] = await commit(store, message(place, ALICE, "secret"))
    key = sent.change.key
    assert await store.find(place, ALICE, key) == sent.change
    for stranger in ((place, BOB, key), (uuid.uuid4(), ALICE, key), (place, ALICE, uuid.uuid4())):
        assert await store.find(*stranger) is None
    await commit(store, deletion(sent))
    gone = await store.find(place, ALICE, key)
    assert isinstance(gone, MessageSent)
    assert (gone.seq, gone.deleted, gone.body) == (1, True, "")


async def test_a_deleted_message_still_counts(store: History, place: uuid.UUID) -> None:
    first, _ = await commit(store, message(place, ALICE), message(place, ALICE))
    await commit(store, edit(first), deletion(first))
    assert await unread(store, BOB, place) == 2
    [mark] = await store.mark_read([(BOB, place, 1)])
    assert mark.unread == 1  # type: ignore[union-attr]


async def test_the_preview_follows_the_newest_message(store: History, place: uuid.UUID) -> None:
    async def preview() -> tuple[str, int, bool]:
        [position] = await store.positions(BOB, [place])
        assert position.preview
        return position.preview.text, position.preview.seq, position.preview.deleted

    first, second = await commit(store, message(place, ALICE, "one"), message(place, BOB, "two"))
    await commit(store, edit(first, "uno"))
    assert await preview() == ("two", 2, False)
    await commit(store, edit(second, "due"))
    await commit(store, edit(second, "zwei"))
    assert await preview() == ("zwei", 2, False)
    await commit(store, deletion(first))
    assert await preview() == ("zwei", 2, False)
    await commit(store, deletion(second))
    assert await preview() == ("", 2, True)
    await commit(store, message(place, ALICE, "next"))
    assert await preview() == ("next", 8, False)


async def test_a_retry_of_what_was_deleted_is_a_repeat(store: History, place: uuid.UUID) -> None:
    sent_as, edited_as, deleted_as = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    [sent] = await commit(store, message(place, ALICE, "hello", sent_as))
    [edited] = await commit(store, edit(sent, "better", edited_as))
    [deleted] = await commit(store, deletion(sent, deleted_as))
    again = await commit(
        store,
        message(place, ALICE, "hello", sent_as),
        edit(sent, "better", edited_as),
        deletion(sent, deleted_as),
    )
    assert [item.repeated for item in again] == [True, True, True]
    assert [item.change.seq for item in again] == [1, 2, 3]
    assert len(await read_all(store, place)) == 3
    for item in (sent, edited, deleted):
        recalled = await store.recall(item.change)
        assert recalled
        assert (recalled.repeated, recalled.change.seq) == (True, item.change.seq)
    assert await store.recall(message(place, ALICE).change) is None


async def test_a_key_of_another_kind_of_write_is_refused(store: History, place: uuid.UUID) -> None:
    key = uuid.uuid4()
    first, second = await commit(store, message(place, ALICE, "hello", key), message(place, ALICE))
    edited = uuid.uuid4()
    await commit(store, edit(first, "hello", edited))
    for draft in (
        edit(first, "hello", key),
        deletion(first, key),
        edit(second, "hello", edited),
        edit(first, "x", edited),
    ):
        [outcome] = await store.commit([draft])
        assert isinstance(outcome, KeyReusedError)
    with pytest.raises(KeyReusedError):
        await store.recall(deletion(first, key).change)


async def test_an_edit_that_comes_after_the_deletion_leaves_no_text(store: History, place: uuid.UUID) -> None:
    [sent] = await commit(store, message(place, ALICE))
    await commit(store, deletion(sent), edit(sent, "secret one"))
    await commit(store, edit(sent, "secret two"))
    assert "secret" not in await texts_kept(store, place, 1)
    page = await store.page(place, after=0, limit=1)
    assert [type(decode_change(content)).__name__ for content in page.later] == ["MessageDeleted"]


async def test_edits_and_a_deletion_at_once_leave_no_text(store: History, place: uuid.UUID) -> None:
    [sent] = await commit(store, message(place, ALICE, "secret"))
    await asyncio.gather(
        *(commit(store, edit(sent, f"secret {number}")) for number in range(5)),
        commit(store, deletion(sent)),
        *(commit(store, edit(sent, f"secret {number}")) for number in range(5)),
    )
    assert "secret" not in await texts_kept(store, place, 1)


async def test_erasing_takes_what_concerned_messages_too(store: History, place: uuid.UUID) -> None:
    [sent] = await commit(store, message(place, ALICE))
    await commit(store, edit(sent))
    await store.erase(place)
    assert await store.edits(place, 1) == []
    assert not await database_sync_to_async(Annotation.objects.filter(conversation_id=place).exists)()


async def test_of_each_users_reactions_the_newest_counts(store: History, place: uuid.UUID) -> None:
    [sent] = await commit(store, message(place, ALICE))
    await commit(store, reaction(sent, BOB), reaction(sent, CAROL), reaction(sent, BOB, "🎉"))
    await commit(store, reaction(sent, BOB, removed=True), reaction(sent, CAROL, removed=True), reaction(sent, CAROL))
    page = await store.page(place, after=0, limit=1)
    later = [decode_change(content) for content in page.later]
    assert [(change.seq, type(change).__name__) for change in later] == [
        (4, "ReactionAdded"),
        (5, "ReactionRemoved"),
        (7, "ReactionAdded"),
    ]
    assert await unread(store, BOB, place) == 1
    [position] = await store.positions(BOB, [place])
    assert position.preview
    assert position.preview.text == "hello"


async def test_a_page_of_many_reactions_ends_early_and_is_whole(store: History, place: uuid.UUID) -> None:
    sent = await commit(store, *(message(place, ALICE) for _ in range(12)))
    users = [uuid.uuid4() for _ in range(250)]
    for one in sent:
        await commit(store, *(reaction(one, user) for user in users))
    after = counted = 0
    while after < 12:
        page = await store.page(place, after=after, limit=12 - after)
        assert page.changes
        assert sum(map(len, page.later)) < 2 * PAGE_BYTES
        assert len(page.later) == 250 * len(page.changes)
        counted += len(page.later)
        after = decode_change(page.changes[-1]).seq
    assert counted == 12 * 250
    backward = await store.page(place, before=13, limit=12)
    assert decode_change(backward.changes[-1]).seq == 12
    assert len(backward.later) == 250 * len(backward.changes)


async def test_a_key_belongs_to_what_the_message_answers_too(store: History, place: uuid.UUID) -> None:
    key = uuid.uuid4()

    def answer(to: int | None) -> Draft:
        draft = message(place, ALICE, "yes", key)
        draft.change.reply_to = to  # type: ignore[union-attr]
        return draft

    await commit(store, message(place, BOB), message(place, BOB))
    [first] = await commit(store, answer(1))
    [again] = await commit(store, answer(1))
    assert (again.repeated, again.content) == (True, first.content)
    for other in (2, None):
        [outcome] = await store.commit([answer(other)])
        assert isinstance(outcome, KeyReusedError)


async def test_pins_are_listed_by_what_counts_of_each_message(store: History, place: uuid.UUID) -> None:
    one, two, three = await commit(store, *(message(place, ALICE) for _ in range(3)))
    await commit(store, pin(two, ALICE), pin(one, BOB), pin(two, BOB, removed=True), pin(three, BOB), pin(one, ALICE))
    pins = [decode_change(content) for content in await store.pins(place)]
    assert [(pin.seq, pin.target, type(pin).__name__) for pin in pins if isinstance(pin, Pin)] == [
        (6, 2, "MessageUnpinned"),
        (7, 3, "MessagePinned"),
        (8, 1, "MessagePinned"),
    ]
    page = await store.page(place, after=0, limit=3)
    assert [decode_change(content).seq for content in page.later] == [6, 7, 8]
    assert (await store.page(place, after=2, limit=1)).later == page.later[1:2]
    await store.erase(place)
    assert await store.pins(place) == []
