"""A running worker and a new epoch: its sockets are closed, and whoever comes back is told the number."""

from __future__ import annotations

import pytest

from tests.live import LiveServer

pytestmark = pytest.mark.server


async def test_a_running_worker_closes_its_sockets_and_greets_with_the_new_epoch(own_server: LiveServer) -> None:
    alice = own_server.newcomer("alice")
    group = alice.make_group()
    socket = await alice.connect()
    assert [frame["epoch"] for frame in socket.told if frame["type"] == "welcome"] == [0]
    assert socket.positions[group]["epoch"] == 0
    said = own_server.manage("start_epoch")
    assert await socket.closed() == 4012
    again = await alice.connect()
    [epoch] = [frame["epoch"] for frame in again.told if frame["type"] == "welcome"]
    assert said.startswith(f"Epoch {epoch} begins")
    assert again.positions[group]["epoch"] == epoch
    assert (await again.say(group, "after"))["type"] == "ack"
    await again.close()
