"""After the play: every client catches up, reads everything back and asks where it stands. Judges nothing."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import msgspec

from chatproject.replay.check import OWNERS_HISTORY
from chatproject.replay.observed import Marked, Played, Seat
from chatproject.replay.play import Crowd, Stage, for_each
from chatproject.replay.report import Report
from messaging.client import Client
from messaging.protocol import AnyChange

REST_READERS = 3
MARKERS = 10
SETTLE_SECONDS = 60.0


async def inspect(crowd: Crowd, stages: list[Stage], seed: int, report: Report) -> list[Played]:
    """`seed` chooses who marks what as read, and who reads over REST too."""
    chance = random.Random(seed)
    await for_each(crowd.clients(), _catch_up)
    played = [stage.observed() for stage in stages]
    progress = report.bar("reading it all back", sum(seat.stayed for scene in played for seat in scene.seats))
    for stage, scene in zip(stages, played, strict=True):
        await _Inspection(stage, scene, chance, progress).run()
    return played


class _Inspection:
    """Of one conversation. A few read over REST too, and a few mark something as read."""

    def __init__(self, stage: Stage, scene: Played, chance: random.Random, progress: Callable[[], None]) -> None:
        self._stage = stage
        self._clients = {client.account.user_id: client for client in stage.crowd.clients()}
        self._progress = progress
        self._seats = [seat for seat in scene.seats if seat.stayed]
        self._readers = {seat.user_id for seat in chance.sample(self._seats, min(REST_READERS, len(self._seats)))}
        head = self._clients[scene.owner.user_id].timelines[stage.group_id].head
        markers = chance.sample(self._seats, min(MARKERS, len(self._seats)))
        self._marks = {seat.user_id: chance.randint(0, head) for seat in markers}

    async def run(self) -> None:
        await for_each(self._seats, self._look)

    async def _look(self, seat: Seat) -> None:
        client, group_id = self._clients[seat.user_id], self._stage.group_id
        seat.histories[OWNERS_HISTORY] = await client.read_history(group_id)
        if seat.user_id in self._readers:
            results = await self._stage.crowd.rest.changes(client.account, group_id)
            seat.histories["REST"] = [msgspec.convert(result, AnyChange) for result in results]
        if (seq := self._marks.get(seat.user_id)) is not None:
            told = await client.mark_read(group_id, seq)
            seat.marked = Marked(seq, read=told.read, unread=told.unread)
        position = (await client.refresh())[group_id]
        seat.head, seat.read, seat.unread = position.head, position.read, position.unread
        self._progress()


async def _catch_up(client: Client) -> None:
    """Ask where everything stands, and fetch what had not come. What lacks after that is for the checks to say."""
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            await client.refresh()
            await client.settled()
    except TimeoutError:
        return
