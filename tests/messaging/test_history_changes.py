"""Changes that concern a message, and pages with them: the contract every history keeps."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from channels.db import database_sync_to_async

from messaging.errors import KeyReusedError
from messaging.history import Draft, History
from messaging.history.pages import PAGE_BYTES
from messaging.models import Annotation
from messaging.protocol import MessageSent, Pin, decode_change
from tests.messaging.conftest import commit, deletion, edit, message, pin, reaction, read_all, unread

ALICE, BOB, CAROL = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()


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
