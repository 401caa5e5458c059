"""What one post costs in a channel of many members, beside one whose members are all connected.

    python -m bench.channel [--members 100000] [--connected 1000] [--posts 100] [--rounds 3]

Starts a worker of its own with two channels: one of `members`, of whom `connected` have a socket, and one whose members
are these many and all connected. In turns their owners post, a post at a time: first while all who are connected show
the channel, then, ten a second, while nobody does and they are hinted at. Prints for each the time from a post to the
last who got it, the worker's CPU a post beyond what it needs while nobody posts, and how many rows of memberships the
worker loaded meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import statistics
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.idle import RawSocket, cpu_seconds, open_all, raise_descriptor_limit
from bench.machine import free_port
from bench.processes import Process
from tests.live import Account, LiveServer

HINTED_PACE_SECONDS = 0.1
IDLE_SECONDS = 8.0
MAKE_CHANNEL = """
from accounts.models import Token, User
from groups.models import Conversation, Membership
people = (User(username=f"{name}-{{n}}", password="!") for n in range({members}))
users = User.objects.bulk_create(people, batch_size=2000)
channel = Conversation.objects.create(kind="channel", name="{name}")
roles = ["owner"] + ["member"] * {members}
rows = (Membership(conversation=channel, user=user, role=role) for user, role in zip(users, roles))
Membership.objects.bulk_create(rows, batch_size=2000)
for user in users[:{connected}]:
    print("made", user.pk, Token.objects.create(user=user)[1], channel.pk)
"""


@dataclass
class Channel:
    """The first of its sockets is the owner's. `waiting`: who has not got the post yet."""

    name: str
    id: str
    sockets: list[RawSocket]
    lasts_ms: list[float] = field(default_factory=list)
    shown_us: list[float] = field(default_factory=list)
    hinted_us: list[float] = field(default_factory=list)
    hints: int = 0
    waiting: int = 0
    awaited: bytes = b""
    got_all: asyncio.Event = field(default_factory=asyncio.Event)

    def listen(self) -> None:
        for one in self.sockets:
            one.told = self._hear

    def _hear(self, text: bytes) -> None:
        self.hints += text.startswith(b'{"type":"conversation.hinted"')
        if text.startswith(self.awaited):
            self.waiting -= 1
            if self.waiting == 0:
                self.got_all.set()

    async def look(self, is_shown: bool) -> None:
        """Returns when the worker knows it of all."""
        self._await(b'{"type":"pong"')
        for one in self.sockets:
            one.say(type="conversation.watch", conversation_id=self.id if is_shown else None)
            one.say(type="ping")
        await self._all()

    def _await(self, text: bytes) -> None:
        self.awaited, self.waiting = text, len(self.sockets)
        self.got_all.clear()

    async def _all(self) -> None:
        async with asyncio.timeout(60):
            await self.got_all.wait()

    def say(self) -> None:
        key = str(uuid.uuid4())
        self.sockets[0].say(type="message.send", key=key, conversation_id=self.id, body="hello to everybody")

    async def post_to_all(self) -> None:
        self._await(b'{"type":"message.sent"')
        began = time.perf_counter()
        self.say()
        await self._all()
        self.lasts_ms.append(1e3 * (time.perf_counter() - began))


class Meter:
    """The worker's CPU time since it was made, less what it needs anyway."""

    def __init__(self, pid: int, idle: float) -> None:
        self._pid, self._idle = pid, idle
        self._began, self._cpu = time.monotonic(), cpu_seconds(pid)

    def microseconds(self) -> float:
        seconds = time.monotonic() - self._began
        return 1e6 * (cpu_seconds(self._pid) - self._cpu - self._idle * seconds)


async def idle_share(pid: int) -> float:
    """Of a core, with everybody connected and nobody posting."""
    meter = Meter(pid, 0.0)
    await asyncio.sleep(IDLE_SECONDS)
    return meter.microseconds() / 1e6 / IDLE_SECONDS


async def measure_shown(channel: Channel, pid: int, posts: int, idle: float) -> None:
    await channel.look(True)
    await channel.post_to_all()
    channel.lasts_ms.pop()
    meter = Meter(pid, idle)
    for _ in range(posts):
        await channel.post_to_all()
    channel.shown_us.append(meter.microseconds() / posts)
    await channel.look(False)


async def measure_hinted(channel: Channel, pid: int, posts: int, idle: float) -> None:
    meter = Meter(pid, idle)
    for _ in range(posts):
        channel.say()
        await asyncio.sleep(HINTED_PACE_SECONDS)
    await asyncio.sleep(1.5)
    channel.hinted_us.append(meter.microseconds() / posts)


def make(server: LiveServer, name: str, members: int, connected: int) -> list[list[str]]:
    code = MAKE_CHANNEL.format(name=name, members=members, connected=connected)
    lines = server.manage("shell", "--no-imports", "-c", code).splitlines()
    return [line.split()[1:] for line in lines if line.startswith("made ")]


async def open_channel(server: LiveServer, name: str, made: list[list[str]]) -> Channel:
    accounts = [Account(server, user_id, token, "") for user_id, token, _ in made]
    channel = Channel(name, made[0][2], await open_all(accounts, len(accounts)))
    channel.listen()
    return channel


def memberships_loaded(door: int) -> int:
    with socket.create_connection(("127.0.0.1", door)) as asked:
        asked.sendall(b'{"memberships": true}\n')
        return int(json.loads(asked.makefile().readline()))


def report(channel: Channel, posts: int, loaded: int) -> dict[str, float]:
    last, worst = statistics.median(channel.lasts_ms), statistics.quantiles(channel.lasts_ms, n=100)[98]
    shown, hinted = statistics.median(channel.shown_us), statistics.median(channel.hinted_us)
    print(f"{channel.name}: to the last {last:.1f} ms (p99 {worst:.1f}); {shown:.0f} us of the worker a post that")
    print(f"    {len(channel.sockets)} show, {hinted:.0f} us one they are hinted at, {channel.hints} hints;", end=" ")
    print(f"{loaded} memberships loaded", flush=True)
    return {"to the last": last, "CPU, shown": shown, "CPU, hinted": hinted}


async def measure(server: LiveServer, pid: int, door: int, options: Any) -> None:
    figures = {}
    made = {
        "many": make(server, "many", options.members, options.connected),
        "here": make(server, "here", options.connected, options.connected),
    }
    loaded = dict.fromkeys(made, 0)
    channels = []
    for name, rows in made.items():
        before = memberships_loaded(door)
        channels.append(await open_channel(server, name, rows))
        loaded[name] += memberships_loaded(door) - before
    idle = await idle_share(pid)
    print(f"{idle:.1%} of a core while nobody posts", flush=True)
    for _ in range(options.rounds):
        for channel in channels:
            before = memberships_loaded(door)
            await measure_shown(channel, pid, options.posts, idle)
            await measure_hinted(channel, pid, options.posts, idle)
            loaded[channel.name] += memberships_loaded(door) - before
    for channel in channels:
        figures[channel.name] = report(channel, options.posts, loaded[channel.name])
    for name, value in figures["many"].items():
        print(f"{name}: {value / figures['here'][name]:.2f} of that where all members are connected")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--connected", type=int, default=1_000)
    parser.add_argument("--posts", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    raise_descriptor_limit()
    with tempfile.TemporaryDirectory() as folder:
        server, door = LiveServer(Path(folder)), free_port()
        server.prepare()
        command = [sys.executable, "-m", "bench.worker", str(server.port), str(door)]
        limits = {"PARLEY_SEND_BURST": "100000", "PARLEY_SEND_PER_SECOND": "100000"}
        limits["PARLEY_TEXT_PER_DAY"] = "100000000000"
        environment = {"PARLEY_DATA": folder, **limits}
        worker = Process(command, server.port, Path(folder) / "serve.log", core=None, environment=environment)
        try:
            worker.await_listening()
            asyncio.run(measure(server, worker.pid, door, options))
        finally:
            worker.stop()


if __name__ == "__main__":
    main()
