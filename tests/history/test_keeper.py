"""The scripts in Redis and the ledger in Python are the same keeper: random steps get the same answers."""

from __future__ import annotations

import random
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from accounts.errors import UnavailableError
from messaging.history.sequencing.ledger import Ledger
from messaging.history.sequencing.ports import FencedError, Plan, Row, Standing, Tenure
from messaging.history.sequencing.redis import RedisKeeper

NOBODY = uuid.UUID(int=0)
PLACES = [uuid.uuid4() for _ in range(3)]


@pytest.fixture
async def keeper(redis_url: str) -> AsyncIterator[RedisKeeper]:
    keeper = RedisKeeper(redis_url)
    await keeper._client().flushall()
    yield keeper
    await keeper.rest()


async def twin_of(keeper: RedisKeeper, epoch: int = 7) -> tuple[Ledger, Tenure]:
    ledger = Ledger(lambda: 0.0)
    ledger.run_id, _ = await keeper.identity()
    tenure = Tenure(epoch, ledger.run_id)
    await keeper.install(tenure)
    ledger.install(tenure)
    return ledger, tenure


def row(chance: random.Random) -> Row:
    record = b"" if chance.random() < 0.4 else chance.randbytes(16)
    return Row(7, record, NOBODY, bool(record), chance.randint(0, 2**50), chance.randbytes(chance.randint(0, 400)))


def step(chance: random.Random, every: dict[uuid.UUID, list[bytes]]) -> tuple[str, list[Any]]:
    """A step of the keeper and what it is asked."""
    place, seq = chance.choice(PLACES), chance.randint(1, 30)
    places = [(chance.choice(PLACES), chance.randint(1, 30)) for _ in range(chance.randint(1, 4))]
    records = every[place]
    head = chance.randint(0, 5)
    base = head + chance.randint(0, 4)
    plan = Plan(head, base, chance.randint(0, 2**50), {seq: row(chance) for seq in range(head + 1, base + 1)})
    wanted = [(place, chance.sample(every[place], 3)) for place in chance.sample(PLACES, 2)]
    steps: list[tuple[str, list[Any]]] = [
        ("takeovers", [PLACES]),
        ("plan", [{place: plan}]),
        ("open", [{place: head} if chance.random() < 0.3 else {place: base}]),
        *[("open", [{place: number}]) for number in range(10)],
        *[("reserve", [wanted, chance.randint(0, 2**50)])] * 8,
        *[("settle", [[(place, seq, chance.choice(records)), (place, seq + 1, chance.choice(records))]])] * 8,
        *[("standings", [places, 0.0])] * 4,
        *[("judge", [[(place, seq, row(chance))]])] * 6,
        *[("close", [places])] * 6,
        ("heads", [PLACES]),
    ]
    return chance.choice(steps)


@pytest.mark.parametrize("seed", range(8))
async def test_scripts_and_ledger_give_the_same_answers(keeper: RedisKeeper, seed: int) -> None:
    chance = random.Random(seed)
    ledger, tenure = await twin_of(keeper)
    records = {place: [chance.randbytes(16) for _ in range(25)] for place in PLACES}
    for _ in range(400):
        name, ask = step(chance, records)
        expected = getattr(ledger, name)(tenure, *ask)
        assert await getattr(keeper, name)(tenure, *ask) == expected, name
    overdue = await keeper.overdue(tenure, 0.0, 1000)
    assert sorted(overdue) == sorted(ledger.overdue(tenure, 0.0, 1000))


async def test_numbers_and_times_stay_whole_up_to_the_wires_limit(keeper: RedisKeeper) -> None:
    _, tenure = await twin_of(keeper)
    great = 2**53 - 10
    await keeper.plan(tenure, {PLACES[0]: Plan(great, great, great, {})})
    await keeper.open(tenure, {PLACES[0]: great})
    [reserved] = await keeper.reserve(tenure, [(PLACES[0], [b"one"])], 0)
    assert reserved
    assert (reserved.numbers, reserved.at) == ([(great + 1, Standing.NEW)], great)


@pytest.mark.parametrize("wrong", ["another epoch", "another run"])
async def test_a_step_of_another_tenure_is_fenced(keeper: RedisKeeper, wrong: str) -> None:
    _, tenure = await twin_of(keeper)
    other = Tenure(8, tenure.run_id) if wrong == "another epoch" else Tenure(7, "0" * 40)
    for name, ask in [("reserve", [[(PLACES[0], [b"a"])], 1]), ("heads", [PLACES]), ("close", [[(PLACES[0], 1)]])]:
        with pytest.raises(FencedError):
            await getattr(keeper, name)(other, *ask)


async def test_an_epoch_never_goes_back_and_begins_with_nothing(keeper: RedisKeeper) -> None:
    _, tenure = await twin_of(keeper)
    await keeper.plan(tenure, {PLACES[0]: Plan(3, 3, 0, {})})
    later = Tenure(9, tenure.run_id)
    await keeper.install(later)
    await keeper.install(tenure)
    assert await keeper.identity() == (tenure.run_id, 9)
    assert await keeper.heads(later, PLACES) == [None, None, None]


async def test_a_forgotten_conversation_has_to_be_taken_over_again(keeper: RedisKeeper) -> None:
    ledger, tenure = await twin_of(keeper)
    plan = {PLACES[0]: Plan(0, 1, 0, {1: row(random.Random(1))})}
    await keeper.plan(tenure, plan)
    ledger.plan(tenure, plan)
    await keeper.forget([PLACES[0]])
    ledger.forget([PLACES[0]])
    for kept in (await keeper.takeovers(tenure, PLACES), ledger.takeovers(tenure, PLACES)):
        assert kept == [None, None, None]
    assert await keeper.overdue(tenure, 0.0, 10) == ledger.overdue(tenure, 0.0, 10) == []


async def test_without_an_answer_the_step_is_unavailable() -> None:
    keeper = RedisKeeper("redis://127.0.0.1:1/0")
    with pytest.raises(UnavailableError):
        await keeper.identity()
    await keeper.rest()
