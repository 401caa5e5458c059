"""How much a user may send: at one worker, and at several together through a real Redis."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from uuid import UUID

import pytest

from messaging.allowance import Allowance
from messaging.reckoning import USERS_AT_ONCE, Reckoning
from tests.live import two_workers
from tests.live_redis import LiveRedis

ALICE = uuid.uuid4()
BURST, PER_SECOND = 10, 0.5


class OfWorker:
    """One worker's count of sends."""

    def __init__(self) -> None:
        self.allowance = Allowance(burst=BURST, per_second=PER_SECOND, is_shared=True)
        self.reckon = Reckoning({"sends": self.allowance}).reckon

    def take(self, tries: int, user_id: UUID = ALICE) -> int:
        """How many were allowed."""
        return sum(not self.allowance.take(user_id, time.monotonic()) for _ in range(tries))


def test_a_burst_then_the_steady_rate() -> None:
    allowance = Allowance(burst=3, per_second=2)
    assert [allowance.take(ALICE, 100.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert allowance.take(uuid.uuid4(), 100.0) == 0.0
    assert [allowance.take(ALICE, 100.5) for _ in range(2)] == [0.0, 0.5]
    assert sum(not allowance.take(ALICE, 1_000.0) for _ in range(10)) == 3


def test_what_was_taken_while_others_added_up_is_not_forgotten() -> None:
    allowance = Allowance(burst=10, per_second=1, is_shared=True)
    for _ in range(4):
        allowance.take(ALICE, 100.0)
    assert allowance.hand_over() == {ALICE: 4}
    allowance.take(ALICE, 100.0)
    allowance.settle(ALICE, 3, 100.0)
    assert sum(not allowance.take(ALICE, 100.0) for _ in range(10)) == 2
    assert allowance.hand_over() == {ALICE: 3}


def test_a_worker_alone_remembers_nothing_for_others() -> None:
    allowance = Allowance(burst=10, per_second=1)
    allowance.take(ALICE, 100.0)
    assert allowance.hand_over() == {}


@pytest.mark.usefixtures("in_redis")
async def test_what_one_worker_gave_the_other_does_not_give_again() -> None:
    one, other = OfWorker(), OfWorker()
    assert one.take(8) == 8
    await one.reckon()
    assert other.take(1) == 1
    await other.reckon()
    assert other.take(BURST) == 1
    await other.reckon()
    assert one.take(BURST) == 2  # until it has asked again
    await one.reckon()
    assert one.take(BURST) == other.take(BURST) == 0


@pytest.mark.usefixtures("in_redis")
async def test_between_two_reckonings_each_worker_gives_one_burst_at_most_and_the_rest_is_a_debt() -> None:
    workers = [OfWorker() for _ in range(3)]
    assert [worker.take(100) for worker in workers] == [BURST] * 3
    for worker in workers:
        await worker.reckon()
    waits = [worker.allowance.take(ALICE, time.monotonic()) for worker in workers]
    owed = 2 * BURST
    assert waits[-1] == pytest.approx((owed + 1) / PER_SECOND, abs=1)


@pytest.mark.usefixtures("in_redis")
async def test_over_time_all_workers_together_give_the_steady_rate() -> None:
    burst, per_second = 10, 20.0  # a burst is what half a second refills: a slow round forgoes nothing
    allowances = [Allowance(burst=burst, per_second=per_second, is_shared=True) for _ in range(3)]
    reckonings = [Reckoning({"sends": allowance}) for allowance in allowances]
    began, given = time.monotonic(), 0
    while time.monotonic() < began + 1.5:
        for allowance, reckoning in zip(allowances, reckonings, strict=True):
            given += sum(not allowance.take(ALICE, time.monotonic()) for _ in range(burst))
            await reckoning.reckon()
    allowed = burst + per_second * (time.monotonic() - began)
    assert 0.8 * allowed < given < allowed + 3 * burst


@pytest.mark.usefixtures("in_redis")
async def test_users_do_not_pay_for_each_other_and_many_are_added_up_at_once() -> None:
    one, other = OfWorker(), OfWorker()
    crowd = [uuid.uuid4() for _ in range(USERS_AT_ONCE + 50)]
    for number, user_id in enumerate(crowd):
        one.take(number % 3 + 1, user_id)
    await one.reckon()
    for number, user_id in enumerate(crowd):
        other.take(1, user_id)
        await other.reckon() if number in (0, len(crowd) - 1) else None
    left = [other.take(BURST, user_id) for user_id in crowd]
    assert left == [BURST - 2 - number % 3 for number in range(len(crowd))]


@pytest.mark.usefixtures("in_redis")
async def test_while_redis_is_away_each_worker_counts_for_itself(redis_server: LiveRedis) -> None:
    one, other = OfWorker(), OfWorker()
    redis_server.kill()
    try:
        for worker in (one, other):
            assert worker.take(BURST + 5) == BURST
            await worker.reckon()
            assert worker.take(1) == 0
    finally:
        redis_server.start()
    await one.reckon()
    carol = uuid.uuid4()
    assert one.take(3, carol) == 3
    await one.reckon()
    assert one.take(BURST, carol) == BURST - 3


@pytest.mark.server
async def test_two_workers_share_a_users_limit(redis_server: LiveRedis, tmp_path: Path) -> None:
    limits = {"PARLEY_SEND_BURST": str(BURST), "PARLEY_SEND_PER_SECOND": str(PER_SECOND)}
    with two_workers(tmp_path, REDIS_URL=redis_server.url, **limits) as (one, other):
        alice = one.sign_up("alice")
        group = alice.make_group()
        here, there = await alice.connect(), await alice.at(other).connect()
        for _ in range(BURST):
            assert (await here.say(group, "here"))["type"] == "ack"
        allowed, deadline = 0, time.monotonic() + 10
        # At a worker that counts alone nobody ever waits longer than for one refill.
        while (answer := await there.say(group, "there")).get("retry_after", 0) <= 1 / PER_SECOND + 0.1:
            allowed += answer["type"] == "ack"
            assert time.monotonic() < deadline, "the other worker's messages were never counted here"
        assert allowed <= BURST + 1
