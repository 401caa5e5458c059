"""How much text one user writes in a day: in messages, edits and forwards, over the socket and REST alike."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from messaging.allowance import Allowance
from messaging.reckoning import Reckoning
from tests.live import Account, LiveServer

ALICE = uuid.uuid4()
PER_DAY = 20_000
LONG = "x" * 8_000


@pytest.fixture
def strict_server(tmp_path: Any) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path, PARLEY_TEXT_PER_DAY=str(PER_DAY))
    server.prepare()
    server.start()
    yield server
    server.stop()


def post(who: Account, group: str, body: str) -> Any:
    return who.api.post(f"conversations/{group}/messages", json={"key": str(uuid.uuid4()), "body": body})


def test_what_costs_more_waits_longer() -> None:
    allowance = Allowance(burst=1_000, per_second=10, is_shared=True)
    assert [allowance.take(ALICE, 100.0, cost) for cost in (700, 500, 300, 1)] == [0.0, 20.0, 0.0, 0.1]
    assert allowance.hand_over() == {ALICE: 1_000}


@pytest.mark.usefixtures("in_redis")
async def test_workers_share_what_was_written() -> None:
    one, other = (Allowance(burst=PER_DAY, per_second=PER_DAY / 86_400, is_shared=True) for _ in range(2))
    assert one.take(ALICE, time.monotonic(), 15_000) == 0
    await Reckoning({"texts": one}).reckon()
    assert other.take(ALICE, time.monotonic(), 200) == 0
    await Reckoning({"texts": other}).reckon()
    assert other.take(ALICE, time.monotonic(), 8_200) > 3_400 / PER_DAY * 86_400 - 60


@pytest.mark.server
async def test_who_has_written_very_much_goes_on_slowly(strict_server: LiveServer) -> None:
    alice, bob = strict_server.newcomer("alice"), strict_server.newcomer("bob")
    group = alice.make_group(bob)
    first = post(alice, group, LONG)
    assert first.status_code == 201
    edited = alice.api.patch(
        f"conversations/{group}/messages/{first.json()['seq']}", json={"key": str(uuid.uuid4()), "body": LONG}
    )
    assert edited.status_code == 200
    refused = post(alice, group, LONG)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert 0 < int(refused.headers["Retry-After"]) < 86_400
    socket = await alice.connect()
    answer = await socket.say(group, LONG)
    assert (answer["type"], answer.get("code")) == ("error", "rate_limited")
    assert answer["retry_after"] > 10_000
    forward = {"type": "message.forward", "key": str(uuid.uuid4()), "conversation_id": group}
    await socket.send(**forward, source_id=group, source_seq=first.json()["seq"])
    answer = await socket.expect("error")
    assert answer["code"] == "rate_limited"
    assert "very much" in answer["message"]
    assert (await socket.say(group, "short"))["type"] == "ack"
    assert post(bob, group, LONG).status_code == 201
    await socket.close()
