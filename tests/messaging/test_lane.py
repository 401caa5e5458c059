from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from accounts.errors import UnavailableError
from messaging.errors import InProgressError, KeyReusedError
from messaging.history import lane as lane_module
from messaging.history.lane import Lane


class Store:
    """Commits when told to."""

    def __init__(self) -> None:
        self.flushes: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def commit(self, items: Sequence[int]) -> list[int | Exception]:
        self.flushes.append(list(items))
        await self.gate.wait()
        return [KeyReusedError() if item < 0 else item * 10 for item in items]


async def test_an_idle_lane_flushes_at_once() -> None:
    store = Store()
    lane: Lane[int, int] = Lane(store.commit)
    assert await lane.put(1) == 10
    assert store.flushes == [[1]]


async def test_what_arrives_during_a_flush_leaves_as_the_next_one() -> None:
    store = Store()
    store.gate.clear()
    lane: Lane[int, int] = Lane(store.commit)
    first = lane.put(1)
    await asyncio.sleep(0)
    rest = [lane.put(number) for number in (2, 3, 4)]
    store.gate.set()
    assert await asyncio.gather(first, *rest) == [10, 20, 30, 40]
    assert store.flushes == [[1], [2, 3, 4]]


async def test_a_refused_item_fails_alone() -> None:
    lane: Lane[int, int] = Lane(Store().commit)
    outcomes = await asyncio.gather(lane.put(1), lane.put(-1), lane.put(2), return_exceptions=True)
    assert outcomes[0] == 10
    assert isinstance(outcomes[1], KeyReusedError)
    assert outcomes[2] == 20


async def test_a_flush_that_fails_tells_every_waiter_and_the_next_one_works() -> None:
    calls = 0

    async def commit(items: Sequence[int]) -> list[int | Exception]:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise UnavailableError
        return list(items)

    lane: Lane[int, int] = Lane(commit)
    outcomes = await asyncio.gather(lane.put(1), lane.put(2), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [UnavailableError, UnavailableError]
    assert await lane.put(3) == 3


async def test_a_waiter_that_gave_up_does_not_harm_the_others() -> None:
    store = Store()
    store.gate.clear()
    lane: Lane[int, int] = Lane(store.commit)
    gone, stays = lane.put(1), lane.put(2)
    await asyncio.sleep(0)
    gone.cancel()
    store.gate.set()
    assert await stays == 20


async def test_a_full_lane_refuses_instead_of_growing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_module, "WAITING_MOST", 2)
    store = Store()
    store.gate.clear()
    lane: Lane[int, int] = Lane(store.commit)
    waiting = [lane.put(1)]
    await asyncio.sleep(0)
    waiting += [lane.put(2), lane.put(3)]
    with pytest.raises(UnavailableError):
        lane.put(4)
    store.gate.set()
    await asyncio.gather(*waiting)


async def test_then_sees_outcomes_in_the_order_of_the_flush() -> None:
    seen: list[object] = []
    lane: Lane[int, int] = Lane(Store().commit, seen.extend)
    await asyncio.gather(lane.put(1), lane.put(2))
    assert seen == [10, 20]


class Elsewhere:
    """A store where another worker is at it with the same keys, for so many commits."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.commits = 0

    async def commit(self, items: Sequence[int]) -> list[int | Exception]:
        self.commits += 1
        return [item if item > 0 or self.commits > self.times else InProgressError() for item in items]


async def test_what_is_in_progress_elsewhere_is_found_out_and_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    store, seen = Elsewhere(3), []
    lane: Lane[int, int] = Lane(store.commit, lambda outcomes: seen.append(list(outcomes)))
    retry = lane.put(0)
    assert await lane.put(1) == 1
    assert not retry.done()
    assert await retry == 0
    await lane.drained()
    assert seen[-1] == [0]
    assert not lane._patience


async def test_what_stays_in_progress_for_too_long_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_module, "PATIENCE_SECONDS", 0.12)
    lane: Lane[int, int] = Lane(Elsewhere(1_000).commit)
    with pytest.raises(UnavailableError):
        await lane.put(0)
    assert not lane._patience
    assert not lane._pausing


async def test_a_worker_that_stops_waits_for_nobody_elsewhere() -> None:
    lane: Lane[int, int] = Lane(Elsewhere(1_000).commit)
    retry = lane.put(0)
    await asyncio.sleep(0)
    await lane.drained()
    with pytest.raises(UnavailableError):
        await retry


async def test_whoever_gave_up_is_not_tried_for() -> None:
    store = Elsewhere(1)
    lane: Lane[int, int] = Lane(store.commit)
    retry = lane.put(0)
    for _ in range(5):
        await asyncio.sleep(0)
    retry.cancel()
    lane._pausing[retry].cancel()
    lane._resume(0, retry)
    assert store.commits == 1
    assert not lane._patience
