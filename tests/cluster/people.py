"""People who talk through nginx with whole clients, and what must be true of what they were told."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from messaging.client import Client, Rest
from messaging.client.pauses import PATIENCE_SECONDS
from messaging.protocol import AnyChange, MessageSent
from tests.live import PASSWORD

SETTLED_SECONDS = 60.0
STORED_SECONDS = 60.0


class Talk:
    """A group of people who say numbered lines, each their own, one after the other."""

    def __init__(self, group: UUID, clients: Sequence[Client]) -> None:
        self.group = group
        self.clients = clients
        self.said: Counter[str] = Counter()
        self._stored = asyncio.Event()

    async def say(self, client: Client) -> None:
        """The next line of this person; returns once it is stored, however long that takes."""
        number = self.clients.index(client)
        body = f"{number}: {sum(line.startswith(f'{number}: ') for line in self.said)}"
        self.said[body] += 1
        await client.say(self.group, body).done
        self._stored.set()

    async def more(self, count: int) -> None:
        """Returns when this many more lines are stored."""
        for _ in range(count):
            self._stored.clear()
            await asyncio.wait_for(self._stored.wait(), STORED_SECONDS)

    async def go_on(self, client: Client, over: asyncio.Event) -> None:
        while not over.is_set():
            await self.say(client)

    async def check(self) -> None:
        """Everyone has every line once, in one order, each speaker's own order kept; and was told nothing twice."""
        history = await self.clients[0].read_history(self.group)
        said = [change for change in history if isinstance(change, MessageSent)]
        assert Counter(change.body for change in said) == self.said
        assert [change.seq for change in history] == list(range(1, len(history) + 1))
        for number in range(len(self.clients)):
            own = [int(change.body.partition(": ")[2]) for change in said if change.body.startswith(f"{number}: ")]
            assert own == sorted(own)
        for client in self.clients:
            await asyncio.wait_for(self._check_client(client, history), SETTLED_SECONDS)

    async def _check_client(self, client: Client, history: Sequence[AnyChange]) -> None:
        timeline = client.timelines[self.group]
        while timeline.through < len(history):
            await client.refresh()
            await client.settled()
        assert timeline.since is not None
        seqs = range(timeline.since + 1, len(history) + 1)
        assert [timeline.changes[seq] for seq in seqs] == list(history)[timeline.since :]
        for live in timeline.live:
            assert live == sorted(set(live)), "told twice or out of order on one socket"


@asynccontextmanager
async def talking(url: str, count: int, *, patience_seconds: float = PATIENCE_SECONDS) -> AsyncIterator[Talk]:
    """This many people, each connected, in one new group. They wait so long for a server that is away."""
    rest = Rest(url, patience_seconds=patience_seconds)
    clients: list[Client] = []
    try:
        mark = uuid.uuid4().hex[:8]
        accounts = [await rest.sign_up(f"{mark}-{number}", PASSWORD) for number in range(count)]
        group = await rest.make_public_group(accounts[0], f"group {mark}")
        for account in accounts[1:]:
            await rest.join(account, f"group {mark}")
        for account in accounts:
            clients.append(Client(rest, account))
            await clients[-1].start()
        yield Talk(group, clients)
    finally:
        for client in clients:
            await client.close()
        await rest.close()
