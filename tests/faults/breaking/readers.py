"""Sockets of members who read nothing, or hardly anything, while much is said to them."""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import urlsplit

from messaging.client.framing import new_key, opening_request
from messaging.protocol import SUBPROTOCOL
from tests.faults.breaking.fault import Fault, Stage
from tests.faults.person import Person
from tests.faults.waiting import until

DEAD, SLOW = 6, 3
SLOW_BYTES = 1_000
# For so long a worker lets a socket lag before it lets it go.
LAG_SECONDS_MOST = 10.0
CUT_SECONDS = 60.0
SENDS, TALK_SECONDS = 2_500, 120.0


class Reader:
    """A socket after its opening; what it reads is counted and thrown away."""

    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw

    @classmethod
    async def open(cls, stage: Stage, person: Person) -> Reader:
        parts = urlsplit(stage.stack.url)
        ticket = await stage.crowd.rest.ticket(person.account)
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        raw.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(raw, (parts.hostname, parts.port))
        await loop.sock_sendall(raw, opening_request(parts, "/ws", new_key(), [SUBPROTOCOL, f"ticket.{ticket}"]))
        answer = await loop.sock_recv(raw, 1_000)
        assert b" 101 " in answer, answer
        return cls(raw)

    async def read_slowly(self) -> None:
        loop = asyncio.get_running_loop()
        read = b"something"
        while read:
            read = await loop.sock_recv(self._raw, SLOW_BYTES)
            await asyncio.sleep(1.0)

    async def read_to_the_end(self) -> None:
        """Raises TimeoutError while the socket is still held for it."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CUT_SECONDS):
            try:
                while await loop.sock_recv(self._raw, 65_536):
                    pass
            except ConnectionResetError:
                return

    def close(self) -> None:
        self._raw.close()


async def slow_readers(stage: Stage) -> None:
    """The dead are let go after a while; the slow may be told that they lag, or be let go too."""
    crowd = stage.crowd
    readers = [await Reader.open(stage, person) for person in crowd.largest.people[: DEAD + SLOW]]
    slow = [asyncio.create_task(reader.read_slowly()) for reader in readers[DEAD:]]
    stage.begins()
    try:
        enough = stage.recorder.acked + SENDS
        await until(lambda: stage.recorder.acked >= enough, TALK_SECONDS)
        await asyncio.sleep(LAG_SECONDS_MOST)
        held = sum(stage.stack.sockets().values())
        for reader in readers[:DEAD]:
            await reader.read_to_the_end()
        stage.shows(f"{DEAD} sockets that read nothing were let go, beside {held} that are held")
        stage.heals()
    finally:
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        for reader in readers:
            reader.close()


FAULTS = (Fault("slow_readers", "members who read slowly, and some not at all", slow_readers, padding=6_000),)
