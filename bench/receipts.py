"""What receipts of people who write and read cost one worker beside their messages.

    python -m bench.receipts [--users 1000] [--members 10] [--pace 10] [--seconds 60]

Starts a worker of its own. Everybody is in one group, writes there once each `pace` seconds and marks as read what
comes, as a browser does: first while nobody looks at it, as before there were receipts, then while everybody does.
Prints for each what a message cost of a core, with its marks and its ways to everybody.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
import uuid
from pathlib import Path

from bench.idle import RawSocket, cpu_seconds, open_all, raise_descriptor_limit
from tests.live import Account, LiveServer

MARK_PAUSE_SECONDS = 0.25
MAKE_GROUPS = """
from accounts.models import Token, User
from groups.models import Conversation, Membership
users = User.objects.bulk_create(User(username=f"reader-{{number}}", password="!") for number in range({users}))
for start in range(0, len(users), {members}):
    group = Conversation.objects.create(kind="group", name=f"group {{start}}")
    some = users[start : start + {members}]
    Membership.objects.bulk_create(Membership(conversation=group, user=user) for user in some)
    for user in some:
        print("made", user.pk, Token.objects.create(user=user)[1], group.pk)
"""


class Reader:
    """Writes at its pace, and marks what it hears a moment later, the last of several only."""

    def __init__(self, socket: RawSocket, group: str) -> None:
        self.socket, self.group = socket, group
        self.digests = 0
        self._seq = 0
        self._marking: asyncio.TimerHandle | None = None
        socket.told = self._hear

    async def write(self, pace: float, until: float) -> int:
        sent = 0
        while time.monotonic() < until:
            self.socket.say(type="message.send", key=str(uuid.uuid4()), conversation_id=self.group, body="hello there")
            sent += 1
            await asyncio.sleep(pace)
        return sent

    def look(self) -> None:
        self.socket.say(type="conversation.watch", conversation_id=self.group)

    def _hear(self, text: bytes) -> None:
        if text.startswith(b'{"type":"message.sent"'):
            self._seq = max(self._seq, json.loads(text)["seq"])
            self._marking = self._marking or asyncio.get_running_loop().call_later(MARK_PAUSE_SECONDS, self._mark)
        self.digests += text.startswith(b'{"type":"receipts.changed"')

    def _mark(self) -> None:
        self._marking = None
        self.socket.say(type="read.mark", conversation_id=self.group, seq=self._seq)


async def stage(name: str, server: LiveServer, readers: list[Reader], pace: float, seconds: float) -> float:
    """Everybody at a moment of their own within the pace. Answers microseconds of the worker for each message."""
    cpu, until = cpu_seconds(server.pid), time.monotonic() + seconds

    async def begin(number: int, reader: Reader) -> int:
        await asyncio.sleep(pace * number / len(readers))
        return await reader.write(pace, until)

    sent = sum(await asyncio.gather(*(begin(*item) for item in enumerate(readers))))
    await asyncio.sleep(2)  # for the last marks and digests
    cost = 1e6 * (cpu_seconds(server.pid) - cpu) / sent
    print(f"{name}: {sent} messages, {cost:.0f} microseconds of the worker each", flush=True)
    return cost


async def measure(server: LiveServer, *, users: int, members: int, pace: float, seconds: float) -> None:
    lines = server.manage("shell", "-c", MAKE_GROUPS.format(users=users, members=members)).splitlines()
    made = [line.split()[1:] for line in lines if line.startswith("made ")]
    sockets = await open_all([Account(server, user_id, token, "") for user_id, token, _ in made], users)
    readers = [Reader(socket, group) for socket, (_, _, group) in zip(sockets, made, strict=True)]
    await stage("to warm up", server, readers, pace, pace)
    before = await stage("nobody looks", server, readers, pace, seconds)
    for reader in readers:
        reader.look()
    await asyncio.sleep(3)
    digests = sum(reader.digests for reader in readers)
    after = await stage("everybody looks", server, readers, pace, seconds)
    digests = sum(reader.digests for reader in readers) - digests
    print(f"receipts: {after - before:.0f} microseconds a message, {(after - before) / before:.1%}; {digests} digests")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--members", type=int, default=10)
    parser.add_argument("--pace", type=float, default=10)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    raise_descriptor_limit()
    with tempfile.TemporaryDirectory() as folder:
        server = LiveServer(Path(folder))
        try:
            server.prepare()
            server.start()
            asyncio.run(measure(server, **vars(options)))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
