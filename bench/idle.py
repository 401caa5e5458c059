"""How many signed-in sockets one worker holds, and what they cost it while nothing happens.

    python -m bench.idle [--sockets 2000] [--accounts 20] [--seconds 10]

Starts a worker of its own on an empty data folder, opens the sockets with tickets, waits, then lets one member speak
and checks that every socket heard it. Prints accepts a second, memory a socket and the share of a core used while idle.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import resource
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.live import Account, LiveServer

OPENING_AT_ONCE = 64
PING, PONG = 0x89, 0x8A


def raise_descriptor_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def resident_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise ProcessLookupError(pid)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class RawSocket:
    """A socket with as little as possible around it: it shakes hands, answers pings, remembers the last text and tells
    of each."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.text = b""
        self.told: Callable[[bytes], None] = lambda text: None
        self.heard = asyncio.Event()
        self.listening = asyncio.create_task(self._listen())

    @classmethod
    async def open(cls, port: int, ticket: str) -> RawSocket:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: parley.v1, ticket.{ticket}\r\n\r\n".encode()
        )
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
        assert head.startswith(b"HTTP/1.1 101"), head
        return cls(reader, writer)

    async def _listen(self) -> None:
        while True:
            first, size = await self.reader.readexactly(2)
            if size > 125:
                size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
            payload = await self.reader.readexactly(size)
            if first == PING:
                # Masked with zeros, which leave the payload as it is.
                self.writer.write(bytes((PONG, 0x80 | size)) + b"\0\0\0\0" + payload)
            else:
                self.text = payload
                self.told(payload)
                self.heard.set()

    def say(self, **command: object) -> None:
        text = json.dumps(command).encode()
        size = bytes((0x80 | len(text),)) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2, "big")
        # Masked with zeros, which leave the text as it is.
        self.writer.write(b"\x81" + size + b"\0\0\0\0" + text)

    async def hears(self, text: bytes) -> None:
        """Returns when a text that holds this one has come."""
        async with asyncio.timeout(60):
            while text not in self.text:
                self.heard.clear()
                await self.heard.wait()


async def open_all(accounts: list[Account], sockets: int) -> list[RawSocket]:
    opening = asyncio.Semaphore(OPENING_AT_ONCE)

    async def one(api: httpx.AsyncClient, account: Account) -> RawSocket:
        async with opening:
            answer = await api.post("/api/v1/ticket", headers={"Authorization": f"Bearer {account.token}"})
            answer.raise_for_status()
            socket = await RawSocket.open(account.server.port, answer.json()["ticket"])
            await socket.hears(b'"more":false}')
            return socket

    async with httpx.AsyncClient(base_url=accounts[0].server.url, timeout=60) as api:
        return await asyncio.gather(*(one(api, accounts[number % len(accounts)]) for number in range(sockets)))


async def measure(server: LiveServer, *, sockets: int, accounts: int, seconds: float) -> None:
    people = [server.sign_up(f"person-{number}") for number in range(accounts)]
    group = people[0].make_group(*people[1:])
    warm = await open_all(people, accounts)
    before, began = resident_kib(server.pid), time.monotonic()
    held = warm + await open_all(people, sockets - accounts)
    took = time.monotonic() - began
    grown = resident_kib(server.pid) - before
    cpu, since = cpu_seconds(server.pid), time.monotonic()
    await asyncio.sleep(seconds)
    idle = (cpu_seconds(server.pid) - cpu) / (time.monotonic() - since)
    body = uuid.uuid4().hex
    said = people[0].api.post(f"conversations/{group}/messages", json={"key": str(uuid.uuid4()), "body": body})
    assert said.status_code == 201, said.text
    await asyncio.gather(*(socket.hears(body.encode()) for socket in held))
    print(f"{len(held)} signed-in sockets held, and every one heard the message")
    print(f"{(sockets - accounts) / took:.0f} tickets and accepts a second")
    print(f"{grown / (sockets - accounts):.1f} KiB of the worker's memory a socket")
    print(f"{idle:.1%} of a core while idle")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sockets", type=int, default=2000)
    parser.add_argument("--accounts", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    raise_descriptor_limit()
    with tempfile.TemporaryDirectory() as folder:
        server = LiveServer(Path(folder))
        server.prepare()
        server.start()
        try:
            asyncio.run(measure(server, **vars(options)))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
