"""A short cut of the whole suite, with the history in PostgreSQL: a worker and Redis are killed while people talk.

With a deliberate defect in the workers the same must not come out clean.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.breaking import FAULTS, Fault, Stage
from tests.faults.checks import unseen
from tests.faults.crowd import Crowd
from tests.faults.run import Verdict, live_through
from tests.faults.stack import Stack

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(400)]

PEOPLE = 12
SENDS = 400
# More of them than in the whole suite, which sends more.
DEEDS_SHARE = 0.25
SECONDS = 6.0
AWAY_SECONDS = 1.0
# How soon people have everything is for the whole suite to judge, on a machine that does nothing else.
HEAL_SECONDS = 60.0


async def worker_and_redis_killed(stage: Stage) -> None:
    stage.begins()
    for name in ("worker1", "redis"):
        await stage.kill(name)
        await asyncio.sleep(AWAY_SECONDS)
        await stage.start_again(name)
    stage.heals()


KILLED = Fault("short", "a worker and Redis killed", worker_and_redis_killed)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unseen, "HEAL_SECONDS", HEAL_SECONDS)


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    stack = Stack("postgres")
    try:
        stack.start()
        yield stack
    finally:
        stack.remove()


async def live(stack: Stack, fault: Fault, folder: Path, *, fetches: bool = True) -> Verdict:
    crowd = Crowd(stack.url, fetches=fetches, deeds_share=DEEDS_SHARE)
    try:
        await crowd.sign_up(PEOPLE)
        return await live_through(stack, crowd, fault, sends=SENDS, folder=folder, seconds=SECONDS)
    finally:
        await crowd.close()


async def test_a_worker_and_redis_are_killed_and_every_promise_holds(stack: Stack, tmp_path: Path) -> None:
    verdict = await live(stack, KILLED, tmp_path)
    assert (verdict.invalid, verdict.found) == ([], [])
    assert len(verdict.shown) == 2


@pytest.mark.parametrize(("defect", "fault"), [("no_key_check", FAULTS["calm"]), ("no_gap_fetch", KILLED)])
async def test_a_deliberate_defect_is_found(stack: Stack, tmp_path: Path, defect: str, fault: Fault) -> None:
    stack.sabotage = defect
    await asyncio.to_thread(stack.restart_workers_at_once)
    verdict = await live(stack, fault, tmp_path, fetches=defect != "no_gap_fetch")
    assert verdict.found
