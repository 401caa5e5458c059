"""Searches that are made to cost much: twelve terms of one letter over long messages, in loops."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.attacks.bystanders import chatting
from tests.live import Account, LiveServer

pytestmark = pytest.mark.server
LETTERS = "a b c d e f g h i j k l"
LONG = [f"{number} {LETTERS} {'é' if number % 2 else 'e'} " * 250 for number in range(60)]
LOOPS = 4
SEARCHES = 30
UNLIMITED = "1000000/minute"


@pytest.fixture
def unlimited_server(tmp_path: Path) -> Iterator[LiveServer]:
    """What one search costs is bounded even where nobody bounds how many there are."""
    server = LiveServer(tmp_path, PARLEY_LIMIT_SEARCH=UNLIMITED, PARLEY_LIMIT_API=UNLIMITED)
    server.prepare()
    server.start()
    yield server
    server.stop()


def write_long(server: LiveServer) -> Account:
    mallory = server.newcomer("mallory")
    group = mallory.make_group()
    for text in LONG:
        body = {"key": str(uuid.uuid4()), "body": text[:8_000]}
        answer = mallory.api.post(f"conversations/{group}/messages", json=body)
        assert answer.status_code == 201, answer.text
    return mallory


def search(who: Account) -> Counter[int]:
    """The statuses of SEARCHES searches, one after the other."""
    answers = [who.api.get("search", params={"q": LETTERS, "limit": 50}) for _ in range(SEARCHES)]
    for answer in answers:
        if answer.status_code == 200:
            assert answer.json()["results"]
    return Counter(answer.status_code for answer in answers)


async def attack(who: Account) -> Counter[int]:
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(LOOPS) as threads:
        found = await asyncio.gather(*(loop.run_in_executor(threads, search, who) for _ in range(LOOPS)))
    return sum(found, Counter[int]())


async def test_nobody_waits_for_searches_in_a_loop(unlimited_server: LiveServer) -> None:
    mallory = await asyncio.to_thread(write_long, unlimited_server)
    async with chatting(unlimited_server, f"{LOOPS} loops of searches without a limit"):
        statuses = await attack(mallory)
    assert statuses == {200: LOOPS * SEARCHES}
    assert unlimited_server.troubles() == []


async def test_who_searches_too_often_is_refused_and_others_search_on(own_server: LiveServer) -> None:
    mallory = await asyncio.to_thread(write_long, own_server)
    async with chatting(own_server, f"{LOOPS} loops of searches") as bystanders:
        statuses = await attack(mallory) + await attack(mallory)
        ann = bystanders.people[0]
        answer = await asyncio.to_thread(ann.api.get, "search", params={"q": "1"})
    assert set(statuses) == {200, 429}
    assert answer.status_code == 200
    assert answer.json()["results"]
    assert own_server.troubles() == []
