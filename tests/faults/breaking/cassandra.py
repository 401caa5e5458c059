"""Nodes of Cassandra die or stand still; with two of three away nothing may be acknowledged."""

from __future__ import annotations

import asyncio

from tests.faults.breaking.fault import Fault, Stage, standing_still
from tests.faults.waiting import until_still

AWAY_SECONDS = 5.0
FROZEN_SECONDS = 15.0
SECOND_SECONDS = 6.0
STILL_SECONDS = 1.0
ON_THE_WAY_SECONDS = 10.0


async def node_killed(stage: Stage) -> None:
    stage.begins()
    await stage.kill("node3")
    await asyncio.sleep(AWAY_SECONDS)
    await stage.start_again("node3")
    stage.heals()


async def two_down(stage: Stage) -> None:
    """What still comes at first was on its way."""
    stage.begins()
    await stage.kill("node3")
    await asyncio.sleep(AWAY_SECONDS)
    await stage.kill("node4")
    is_still = await until_still(lambda: stage.recorder.acked_writes, STILL_SECONDS, ON_THE_WAY_SECONDS)
    assert is_still, "one node of three goes on acknowledging"
    before = stage.recorder.acked_writes
    await asyncio.sleep(SECOND_SECONDS)
    acked = stage.recorder.acked_writes - before
    assert acked == 0, f"{acked} writes were acknowledged by one node of three"
    stage.shows(f"nothing was acknowledged for {SECOND_SECONDS:g} s")
    await stage.start_again("node3", "node4")
    stage.heals()


FAULTS = (
    Fault("cassandra_node_killed", "one of three Cassandra nodes killed", node_killed, needs_cassandra=True),
    Fault(
        "cassandra_node_frozen",
        "one of three Cassandra nodes frozen for 15 s",
        standing_still("node3", FROZEN_SECONDS),
        needs_cassandra=True,
    ),
    Fault("cassandra_two_down", "a second Cassandra node killed", two_down, needs_cassandra=True),
)
