"""Two ordinary users who chat at a steady pace over sockets of their own while something else goes on.

    async with chatting(server, "hostile pictures") as bystanders:
        await asyncio.to_thread(attack, ...)

At the end each of their messages must have been acknowledged and have reached the other; what was refused, lost or
closed fails the test. How long each took from send to the other's socket is printed, beside that of a
quiet while.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

from tests.live import DEADLINE_SECONDS, Account, LiveServer, Socket

PACE_SECONDS = 0.05
IDLE_MESSAGES = 40
MIN_MESSAGES = 20


class Bystander:
    """One of the two: writes, and reads what the other writes."""

    def __init__(self, socket: Socket, group: str) -> None:
        self._socket = socket
        self._group = group
        self.sent: dict[str, float] = {}
        self.acknowledged: set[str] = set()
        self.received: dict[str, float] = {}
        self.troubles: list[dict[str, Any]] = []

    async def say(self) -> None:
        key = str(uuid.uuid4())
        self.sent[key] = time.monotonic()
        await self._socket.send(type="message.send", key=key, conversation_id=self._group, body=f"{len(self.sent)}")

    async def read(self) -> None:
        """Until it is cancelled, or the server ends the connection, which fails the test."""
        async for text in self._socket.connection:
            frame = json.loads(text)
            if frame["type"] == "ack":
                self.acknowledged.add(frame["key"])
            elif frame["type"] == "message.sent":
                self.received[frame["key"]] = time.monotonic()
            elif frame["type"] == "error":
                self.troubles.append(frame)


class Bystanders:
    """Both, and what they saw. `people`: their accounts, for what ordinary users do beside chatting."""

    def __init__(self, pair: tuple[Bystander, Bystander], people: tuple[Account, Account], group: str) -> None:
        self._pair = pair
        self.people = people
        self.group = group

    async def chat(self, until: asyncio.Event | None = None, messages: int = 0) -> list[float]:
        """By turns, so many messages at least and until the event; how long each took, in milliseconds, sorted."""
        begun = [len(one.sent) for one in self._pair]
        number = 0
        while number < messages or (until and not until.is_set()):
            await self._pair[number % 2].say()
            number += 1
            await asyncio.sleep(PACE_SECONDS)  # their pace, not a wait
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not self._is_complete():  # noqa: ASYNC110  # the readers are tasks of their own
                await asyncio.sleep(PACE_SECONDS)
        assert [one.troubles for one in self._pair] == [[], []]
        return sorted(
            1_000 * (other.received[key] - at)
            for one, other, before in zip(self._pair, reversed(self._pair), begun, strict=True)
            for key, at in list(one.sent.items())[before:]
        )

    def _is_complete(self) -> bool:
        one, other = self._pair
        return all(a.sent.keys() <= a.acknowledged & b.received.keys() for a, b in ((one, other), (other, one)))


@contextlib.asynccontextmanager
async def chatting(server: LiveServer, attack: str) -> AsyncIterator[Bystanders]:
    """They chat for a while alone, then while the block runs; fails when a message was lost, refused or cut off."""
    ann, ben = [await asyncio.to_thread(server.newcomer, name) for name in ("ann", "ben")]
    group = await asyncio.to_thread(ann.make_group, ben)
    sockets = [await person.connect() for person in (ann, ben)]
    pair = Bystander(sockets[0], group), Bystander(sockets[1], group)
    readers = [asyncio.create_task(one.read()) for one in pair]
    bystanders, over = Bystanders(pair, (ann, ben), group), asyncio.Event()
    try:
        idle = await bystanders.chat(messages=IDLE_MESSAGES)
        chat = asyncio.create_task(bystanders.chat(until=over, messages=MIN_MESSAGES))
        try:
            yield bystanders
        finally:
            over.set()
            beside = await chat
        print(f"\n{attack}: idle {_words(idle)}; beside it {_words(beside)}")
    finally:
        for reader in readers:
            reader.cancel()
        ended = await asyncio.gather(*readers, return_exceptions=True)
        for socket in sockets:
            await socket.close()
    assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended


def _words(latencies: list[float]) -> str:
    p50, p99 = statistics.median(latencies), latencies[int(0.99 * (len(latencies) - 1))]
    return f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, most {latencies[-1]:.0f} ms of {len(latencies)}"
