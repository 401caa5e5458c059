"""What is written of where a conversation stands: every cell under a timestamp that tells which is newer."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from messaging.history.cassandra import heads as heads_module
from messaging.history.cassandra.annotations import preview_stamp
from messaging.history.cassandra.batches import Write
from messaging.history.cassandra.heads import Heads, Standing, _writes, news_of
from messaging.history.contract import Draft
from messaging.protocol import MessagePinned, MessageSent, Preview

PLACE, ALICE = uuid.uuid4(), uuid.uuid4()
ABOUT = {"conversation_id": PLACE, "author_id": ALICE, "sent_at": "2026-01-02T03:04:05.000006Z"}


def written(standing: Standing) -> dict[str, int]:
    """The timestamp of each row, by statement."""
    return {write.name: write.values[0] for write in _writes(0, PLACE, standing)}


def test_what_one_message_tells_is_one_row() -> None:
    standing = Standing(7, 1_000, 7, b"hello", preview_stamp(7, 7))
    assert written(standing) == {"set_all_of_head": preview_stamp(7, 7)}


@pytest.mark.parametrize(
    ("standing", "names"),
    [
        (Standing(8, 1_000, 8), ["set_head_and_last_at"]),
        (Standing(8), ["set_head"]),
        (Standing(9, 1_000, 8), ["set_head", "set_last_at"]),
        (Standing(8, 1_000, 8, b"edited", preview_stamp(7, 8)), ["set_head_and_last_at", "set_preview"]),
        (Standing(8, 1_000, 8, b"gone", preview_stamp(8, 8, is_final=True)), ["set_head_and_last_at", "set_preview"]),
    ],
)
def test_what_tells_of_more_than_one_change_is_more_rows(standing: Standing, names: list[str]) -> None:
    assert list(written(standing)) == names


def test_a_newer_change_is_above_whatever_was_written_of_an_older() -> None:
    older = Standing(7, 1_000, 7, b"hello", preview_stamp(7, 7))
    newer = Standing(8, 1_000, 8)
    assert min(written(newer).values()) > max(written(older).values())
    assert preview_stamp(7, 8) > preview_stamp(7, 7) < preview_stamp(7, 9, is_final=True) < preview_stamp(8, 8)


def sent(seq: int, body: str) -> Draft:
    change = MessageSent(**ABOUT, id=uuid.uuid4(), key=uuid.uuid4(), seq=seq, body=body)
    return Draft(change, body)


def test_of_several_messages_in_one_flush_the_newest_is_shown() -> None:
    [news] = news_of([sent(5, "one"), sent(6, "two")]).values()
    assert (news.at_seq, news.preview_stamp) == (6, preview_stamp(6, 6))
    assert msgspec.json.decode(news.preview or b"", type=Preview).seq == 6


def test_what_shows_nothing_moves_the_time_and_leaves_the_preview() -> None:
    pinned = MessagePinned(**ABOUT, id=uuid.uuid4(), key=uuid.uuid4(), seq=7, target=6)
    [news] = news_of([sent(6, "two"), Draft(pinned)]).values()
    assert (news.at_seq, news.preview_stamp) == (7, preview_stamp(6, 6))


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> asyncio.Queue[list[int]]:
    """The heads of each batch that was written."""
    batches: asyncio.Queue[list[int]] = asyncio.Queue()

    async def write_all(_: Any, writes: Sequence[Write], items: int) -> list[bool]:
        batches.put_nowait([write.values[1] for write in writes])
        return [True] * items

    monkeypatch.setattr(heads_module, "write_all", write_all)
    monkeypatch.setattr(heads_module, "ROUND_SECONDS", 3_600.0)
    return batches


async def test_after_the_first_write_what_comes_soon_waits_and_is_one(rows: asyncio.Queue[list[int]]) -> None:
    heads = Heads(Any)  # type: ignore[arg-type]  # nothing is sent
    heads.note(PLACE, Standing(1, 1_000, 1))
    async with asyncio.timeout(5):
        assert await rows.get() == [1]
        for seq in (2, 3):
            heads.note(PLACE, Standing(seq, 1_000, seq))
            await asyncio.sleep(0)
        assert rows.empty()
        assert heads.merged(PLACE, Standing()).seq == 3
        await heads.written()
        assert await rows.get() == [3]


async def test_after_a_pause_it_is_written_by_itself(
    rows: asyncio.Queue[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads_module, "ROUND_SECONDS", 0.05)
    heads = Heads(Any)  # type: ignore[arg-type]  # nothing is sent
    async with asyncio.timeout(5):
        for seq in (1, 2):
            heads.note(PLACE, Standing(seq, 1_000, seq))
            assert await rows.get() == [seq]


async def test_many_conversations_are_written_in_parts_each_once_a_round(
    rows: asyncio.Queue[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads_module, "ROUND_SECONDS", 0.05)
    heads = Heads(Any)  # type: ignore[arg-type]  # nothing is sent
    places = [uuid.uuid4() for _ in range(25)]
    for seq, place in enumerate(places, 1):
        heads.note(place, Standing(seq, 1_000, seq))
    async with asyncio.timeout(5):
        first = await rows.get()
        # Its turn is over, so this waits for the next round; the last one's is to come, and it goes with the newest.
        heads.note(places[0], Standing(101, 1_000, 101))
        heads.note(places[-1], Standing(125, 1_000, 125))
        batches = [first] + [await rows.get() for _ in range(8)]
        assert batches == [[1, 2, 3], *([seq, seq + 1, seq + 2] for seq in range(4, 23, 3)), [125]]
        assert await rows.get() == [101]


async def test_what_a_part_could_not_write_and_those_after_it_are_written_again(
    rows: asyncio.Queue[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads_module, "ROUND_SECONDS", 0.05)
    write_all, tries = heads_module.write_all, iter([True, False])

    async def fails_once(connection: Any, writes: Sequence[Write], items: int) -> list[bool]:
        return await write_all(connection, writes, items) if next(tries, True) else [False] * items

    monkeypatch.setattr(heads_module, "write_all", fails_once)
    heads = Heads(Any)  # type: ignore[arg-type]  # nothing is sent
    for seq in range(1, 12):
        heads.note(uuid.uuid4(), Standing(seq, 1_000, seq))
    async with asyncio.timeout(5):
        assert await rows.get() == [1, 2]
        await heads.written()
        assert rows.empty()
        heads.write_again()
        found = [seq for _ in range(9) for seq in await rows.get()]
        assert sorted(found) == list(range(3, 12))
