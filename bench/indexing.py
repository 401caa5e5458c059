"""How fast the process that indexes takes messages in beside live traffic, and how soon it has caught up.

    python -m bench.indexing [--messages 133000] [--conversations 100] [--beside 10]

Starts a worker of its own on SQLite. Two people talk all the time, so many messages a second each: alone, then while
others send the messages as fast as they are acknowledged, then while it catches up; somebody searches each
second.
Prints for each part how long it took, what was indexed, and the latencies of the two from send to screen.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sqlite3
import statistics
import tempfile
import time
import uuid
from pathlib import Path

import httpx

from bench.caused import index_process
from bench.idle import RawSocket, cpu_seconds, open_all, raise_descriptor_limit, resident_kib
from bench.search import LOGS, bodies
from tests.live import Account, LiveServer

IN_FLIGHT = 32
ALONE_SECONDS = 5
PEOPLE = """
from accounts.models import Token, User
from groups.models import Conversation, Membership
for number in range({groups}):
    users = User.objects.bulk_create(User(username=f"person-{{number}}-{{n}}", password="!") for n in range(2))
    group = Conversation.objects.create(kind="group", name=f"group {{number}}")
    Membership.objects.bulk_create(Membership(conversation=group, user=user) for user in users)
    for user in users:
        print("made", user.pk, Token.objects.create(user=user)[1], group.pk)
"""


class Index:
    """How much is said and indexed, read from the worker's file."""

    def __init__(self, data: Path) -> None:
        self._database = sqlite3.connect(f"file:{data / 'parley.sqlite3'}?mode=ro", uri=True)

    def indexed(self) -> int:
        return self._sum("messaging_searchcursor")

    def behind(self) -> int:
        return self._sum("messaging_head") - self.indexed()

    def _sum(self, table: str) -> int:
        return int(self._database.execute(f"SELECT COALESCE(SUM(seq), 0) FROM {table}").fetchone()[0])


class Pair:
    """Two who talk at a steady pace; how long each message took to the other's screen."""

    def __init__(self, sockets: list[RawSocket], group: str) -> None:
        self._sockets, self._group = sockets, group
        self._sent: dict[str, float] = {}
        self.took: list[float] = []
        self.refused = 0
        for socket in sockets:
            socket.told = self._hear

    async def talk(self, pace: float) -> None:
        number = 0
        while True:
            body = uuid.uuid4().hex
            self._sent[body] = time.monotonic()
            speaker = self._sockets[number % 2]
            speaker.say(type="message.send", key=str(uuid.uuid4()), conversation_id=self._group, body=body)
            number += 1
            await asyncio.sleep(1 / (2 * pace))

    def _hear(self, text: bytes) -> None:
        told = json.loads(text)
        self.refused += told["type"] == "error"
        if told["type"] == "message.sent" and (since := self._sent.pop(told["body"], None)):
            self.took.append(1e3 * (time.monotonic() - since))

    def part(self) -> str:
        """Of the messages since the last call."""
        took, self.took = sorted(self.took), []
        if not took:
            return "nothing"
        return (
            f"{len(took)} messages of the two, p50 {statistics.median(took):.1f} ms, p99"
            f" {took[int(0.99 * (len(took) - 1))]:.1f} ms, {len(self._sent)} under way, {self.refused} refused"
        )


class Sender:
    """Says so much, IN_FLIGHT at one time."""

    def __init__(self, socket: RawSocket, group: str, texts: list[str]) -> None:
        self._socket, self._group = socket, group
        self._texts = iter(texts)
        self._waits = len(texts)
        self._done = asyncio.Event()
        socket.told = self._hear

    async def say_all(self) -> None:
        for _ in range(IN_FLIGHT):
            self._say()
        await self._done.wait()

    def _say(self) -> None:
        if text := next(self._texts, None):
            self._socket.say(type="message.send", key=str(uuid.uuid4()), conversation_id=self._group, body=text)

    def _hear(self, text: bytes) -> None:
        if text.startswith(b'{"type":"ack"'):
            self._waits -= 1
            self._say()
            if not self._waits:
                self._done.set()


class Searcher:
    """Searches each second."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.took: list[float] = []

    async def search(self) -> None:
        headers = {"Authorization": f"Bearer {self._account.token}"}
        async with httpx.AsyncClient(base_url=self._account.server.url, headers=headers, timeout=60) as api:
            while True:
                began = time.monotonic()
                answer = await api.get("/api/v1/search", params={"q": "the install"})
                assert answer.status_code == 200, answer.text
                self.took.append(1e3 * (time.monotonic() - began))
                await asyncio.sleep(1)

    def part(self) -> str:
        took, self.took = self.took, []
        return f"{len(took)} searches, p50 {statistics.median(took):.0f} ms, longest {max(took):.0f} ms" if took else ""


async def measure(server: LiveServer, *, messages: int, conversations: int, beside: float) -> None:
    lines = server.manage("shell", "-c", PEOPLE.format(groups=conversations + 1)).splitlines()
    made = [line.split()[1:] for line in lines if line.startswith("made ")]
    accounts = [Account(server, user_id, token, "") for user_id, token, _ in made]
    sockets = await open_all(accounts, len(accounts))
    pair, searcher = Pair(sockets[:2], made[0][2]), Searcher(accounts[2])
    texts = [text[:2_000] for log in LOGS for text in bodies(log)]
    share = messages // conversations
    senders = [
        Sender(sockets[2 + 2 * n], made[2 + 2 * n][2], [texts[(n * share + k) % len(texts)] for k in range(share)])
        for n in range(conversations)
    ]
    index, indexer = Index(server.data), index_process(server.pid)
    others = [asyncio.create_task(pair.talk(beside)), asyncio.create_task(searcher.search())]
    await asyncio.sleep(ALONE_SECONDS)
    print(f"alone: {pair.part()}; {searcher.part()}", flush=True)
    before, cpu, began = index.indexed(), cpu_seconds(server.pid), time.monotonic()
    await asyncio.gather(*(sender.say_all() for sender in senders))
    took, cpu = time.monotonic() - began, cpu_seconds(server.pid) - cpu
    said = share * conversations
    print(f"sent: {said} messages in {took:.1f} s, {said / took:.0f} a second, worker {1e6 * cpu / said:.0f} us each")
    print(f"  meanwhile {(index.indexed() - before) / took:.0f} a second indexed; {pair.part()}; {searcher.part()}")
    before, cpu, began, ours = index.behind(), cpu_seconds(indexer), time.monotonic(), 2 * beside
    while index.behind() > 4 * ours:  # noqa: ASYNC110  # another process sets no event
        await asyncio.sleep(0.2)
    took, cpu = time.monotonic() - began, cpu_seconds(indexer) - cpu
    print(f"caught up: {before} messages in {took:.1f} s, {before / took:.0f} a second beside {ours:.0f} sent")
    print(f"  {100 * cpu / took:.0f} % of a core, {resident_kib(indexer) >> 10} MiB; {pair.part()}; {searcher.part()}")
    for task in others:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=133_000)
    parser.add_argument("--conversations", type=int, default=100)
    parser.add_argument("--beside", type=float, default=10)
    options = parser.parse_args()
    raise_descriptor_limit()
    with tempfile.TemporaryDirectory() as folder:
        server = LiveServer(Path(folder), PARLEY_LIMIT_SEARCH="100000/minute")
        server.prepare()
        server.start()
        try:
            asyncio.run(measure(server, **vars(options)))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
