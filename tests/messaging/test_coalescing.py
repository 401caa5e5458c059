"""A thousand readers of one page are two reads at most, and nobody is told less than was stored when they asked."""

from __future__ import annotations

import asyncio

import pytest

from accounts.errors import UnavailableError
from messaging.history.coalescing import Coalesced


class Store:
    """Answers with what it held when it was asked, once the gate is open."""

    def __init__(self) -> None:
        self.held = 0
        self.asked: list[str] = []
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def ask(self, question: str) -> int:
        self.asked.append(question)
        found = self.held
        await self.gate.wait()
        if self.error:
            raise self.error
        return found


async def asked(store: Store, times: int) -> None:
    async with asyncio.timeout(5):
        while len(store.asked) < times:  # noqa: ASYNC110  # the list is the event
            await asyncio.sleep(0)


async def test_a_thousand_equal_questions_at_once_are_asked_once() -> None:
    store = Store()
    store.gate.set()
    pages = Coalesced(store.ask)
    assert await asyncio.gather(*(pages.get("newest") for _ in range(1000))) == [0] * 1000
    assert store.asked == ["newest"]


async def test_questions_that_come_while_it_is_asked_share_one_more_and_get_what_is_stored_by_then() -> None:
    store = Store()
    pages = Coalesced(store.ask)
    early = [asyncio.create_task(pages.get("newest")) for _ in range(500)]
    await asked(store, 1)
    store.held = 7
    late = [asyncio.create_task(pages.get("newest")) for _ in range(500)]
    await asyncio.sleep(0)
    store.gate.set()
    assert await asyncio.gather(*early) == [0] * 500
    assert await asyncio.gather(*late) == [7] * 500
    assert store.asked == ["newest"] * 2


async def test_other_questions_do_not_wait() -> None:
    store = Store()
    pages = Coalesced(store.ask)
    both = [asyncio.create_task(pages.get(question)) for question in ("one", "other")]
    await asked(store, 2)
    store.gate.set()
    assert await asyncio.gather(*both) == [0, 0]


async def test_a_store_that_fails_is_told_to_all_who_asked_and_asked_anew_by_the_next() -> None:
    store = Store()
    store.error = UnavailableError()
    store.gate.set()
    pages = Coalesced(store.ask)
    outcomes = await asyncio.gather(*(pages.get("newest") for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [UnavailableError] * 3
    store.error = None
    assert await pages.get("newest") == 0


async def test_who_gives_up_takes_the_answer_from_nobody() -> None:
    store = Store()
    pages = Coalesced(store.ask)
    gone, stays = (asyncio.create_task(pages.get("newest")) for _ in range(2))
    await asked(store, 1)
    gone.cancel()
    store.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert await stays == 0


async def test_nothing_is_kept_once_all_is_answered() -> None:
    store = Store()
    pages = Coalesced(store.ask)
    first = asyncio.create_task(pages.get("newest"))
    await asked(store, 1)
    second = asyncio.create_task(pages.get("newest"))
    store.gate.set()
    await asyncio.gather(first, second)
    assert (pages._asking, pages._next) == ({}, {})
