"""One key at several workers at once: one message, and the same answer for everybody."""

from __future__ import annotations

import asyncio
import uuid

import httpx
import pytest

from tests.cluster.whole import Cluster, ClusterServer
from tests.live import Account

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]
AT_ONCE = 20
# Of one person; together they may send so many at once.
ROUNDS = 4
PEOPLE = 6


async def test_twenty_tries_with_one_key_at_once_get_one_answer(cluster: Cluster) -> None:
    for _ in range(PEOPLE):
        alice = await asyncio.to_thread(ClusterServer(cluster).newcomer, "alice")
        await send_at_once(cluster, alice, await asyncio.to_thread(alice.make_group))


async def send_at_once(cluster: Cluster, alice: Account, group: str) -> None:
    headers = {"Authorization": f"Bearer {alice.token}"}
    limits = httpx.Limits(max_connections=AT_ONCE)
    address = f"{cluster.url}/api/v1/conversations/{group}/messages"
    async with httpx.AsyncClient(headers=headers, limits=limits, timeout=30) as client:
        for number in range(ROUNDS):
            message = {"key": str(uuid.uuid4()), "body": f"number {number}"}
            answers = await asyncio.gather(*(client.post(address, json=message) for _ in range(AT_ONCE)))
            # A second message would be worse than a second answer that says it is the first.
            assert len({answer.json()["seq"] for answer in answers}) == 1
            assert sorted(answer.status_code for answer in answers) == [200] * (AT_ONCE - 1) + [201]
        page = (await client.get(address, params={"limit": 100})).json()["results"]
    assert sum(change["type"] == "message.sent" for change in page) == ROUNDS
