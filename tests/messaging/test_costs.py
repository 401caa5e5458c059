"""What a message costs in things that can be counted, so that no later change makes it dearer unseen: frames, writes,
commits, queries, hops to threads, tasks, memory. No clock is asked. docs/performance.md tells what they are worth."""

from __future__ import annotations

import asyncio
import tracemalloc
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from chatproject.transport import SocketTransport
from messaging import room as room_module
from messaging import worker as worker_module
from messaging.answers import Answers
from messaging.consumers import ChatConsumer
from messaging.history import Draft, Stored, history
from messaging.history.sql import SqlHistory, writing
from messaging.hub import Hub
from messaging.members import Roster
from messaging.outlet import DirectOutlet, Frame, QueueOutlet
from messaging.protocol import SendMessage, encode
from messaging.room import Connection
from messaging.worker import Worker
from tests.messaging.conftest import message
from tests.messaging.transports import Protocol, Transport, nothing

PLACE, ALICE = uuid.uuid4(), uuid.uuid4()
MEMBERS = 500
MESSAGES = 100


class MemoryHistory:
    """Numbers and keeps in memory; counts the commits."""

    def __init__(self) -> None:
        self.commits: list[int] = []

    def moment(self) -> None:
        """A look for a key costs nothing."""

    async def commit(self, drafts: Sequence[Draft]) -> list[Stored | Exception]:
        await asyncio.sleep(0)
        self.commits.append(len(drafts))
        for seq, draft in enumerate(drafts, 1 + sum(self.commits[:-1])):
            draft.change.seq = seq
        return [Stored(draft.change, encode(draft.change), repeated=False) for draft in drafts]

    async def mark_read(self, marks: Sequence[Any]) -> list[Any]:
        raise NotImplementedError


async def no_gap(conversation_id: uuid.UUID, after: int) -> list[Any]:
    raise AssertionError("nothing is missing")


def people(hub: Hub, count: int) -> list[Transport]:
    transports = [Transport() for _ in range(count)]
    for transport in transports:
        hub.enter(Connection(uuid.uuid4(), "session:1", DirectOutlet(transport, nothing)), [PLACE])
    return transports


async def settled() -> None:
    """Returns when nobody but this test has anything to do."""
    async with asyncio.timeout(5):
        while len(asyncio.all_tasks()) > 1:  # noqa: ASYNC110  # the loop is the event
            await asyncio.sleep(0)


@pytest.fixture
def frames(monkeypatch: pytest.MonkeyPatch) -> list[Frame]:
    """Those that rooms make."""
    made: list[Frame] = []

    def make(*payloads: bytes) -> Frame:
        made.append(Frame(*payloads))
        return made[-1]

    monkeypatch.setattr(room_module, "Frame", make)
    return made


@contextmanager
def counted_tasks() -> Iterator[list[Any]]:
    loop = asyncio.get_running_loop()
    made: list[Any] = []

    def make(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
        made.append(work)
        return asyncio.Task(work, loop=loop, **options)

    loop.set_task_factory(make)
    try:
        yield made
    finally:
        loop.set_task_factory(None)


@pytest.mark.parametrize("members", [1, 10, room_module.FEW, MEMBERS])
async def test_a_message_is_one_frame_and_one_write_a_member(members: int, frames: list[Frame]) -> None:
    hub = Hub(no_gap)
    transports = people(hub, members)
    hub.deliver(PLACE, [(1, b"{}")])
    await settled()
    assert len(frames) == 1
    assert [transport.written for transport in transports] == [[frames[0].wire]] * members


@pytest.mark.parametrize(("members", "tasks"), [(10, 0), (MEMBERS, 1)])
async def test_giving_a_message_makes_no_task_a_member(members: int, tasks: int) -> None:
    hub = Hub(no_gap)
    people(hub, members)
    with counted_tasks() as made:
        hub.deliver(PLACE, [(1, b"{}")])
        await settled()
    assert len(made) == tasks


async def test_a_delivery_takes_no_memory_but_a_reference() -> None:
    """8 bytes for the reference in our transport's list, and its share of one frame; a frame each would be 1,000."""
    hub = Hub(no_gap)
    people(hub, MEMBERS)
    contents = [(seq, b"x" * 1_000) for seq in range(1, 21)]
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for change in contents:
            hub.deliver(PLACE, [change])
            await settled()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (after - before) / (len(contents) * MEMBERS) < 100


@pytest.fixture
async def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    """Keeps in memory, and knows already that alice may write."""
    worker = Worker(MemoryHistory())  # type: ignore[arg-type]
    worker.members.rosters._keep({PLACE: Roster("group", {ALICE: "owner"})}, [])
    worker.members.rosters._entries[PLACE] = (float("inf"), Roster("group", {ALICE: "owner"}))
    monkeypatch.setattr(worker_module, "_last", (asyncio.get_running_loop(), worker))
    return worker


class Client:
    """A socket of alice's, as an ASGI server sees it: it says things, and remembers what it is told."""

    def __init__(self, worker: Worker, transport: Any = None) -> None:
        self.transport = Transport()
        self.consumer = ChatConsumer()
        connection = Connection(ALICE, "session:1", DirectOutlet(transport or self.transport, nothing))
        self.consumer.answers = Answers(connection)
        worker.hub.enter(connection, [PLACE])
        self.says: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.serving = asyncio.create_task(self.consumer({"type": "websocket"}, self.says.get, nothing))

    def say(self) -> None:
        command = SendMessage(key=uuid.uuid4(), conversation_id=PLACE, body="good morning")
        text = encode(command).decode()  # type: ignore[arg-type]
        self.says.put_nowait({"type": "websocket.receive", "text": text})

    async def told(self, frames: int) -> None:
        async with asyncio.timeout(5):
            while len(self.transport.written) < frames:  # noqa: ASYNC110  # the transport is the event
                await asyncio.sleep(0)

    async def leave(self) -> None:
        self.says.put_nowait({"type": "websocket.disconnect"})
        await self.serving


async def test_a_message_makes_one_task_from_its_frame_to_its_ack(worker: Worker) -> None:
    """The flush. None to wait for the next frame, none to announce, none for a hop to a thread."""
    client = Client(worker)
    await asyncio.sleep(0)
    with counted_tasks() as made:
        for number in range(1, MESSAGES + 1):
            client.say()
            await client.told(2 * number)
    await client.leave()
    assert len(made) <= MESSAGES


async def test_an_ack_and_ones_own_message_are_one_write(worker: Worker) -> None:
    protocol = Protocol()
    client = Client(worker, SocketTransport(protocol))
    calls = protocol.transport.socket.calls
    client.say()
    async with asyncio.timeout(5):
        while b'"message.sent"' not in protocol.transport.socket.taken:  # noqa: ASYNC110  # the socket is the event
            await asyncio.sleep(0)
    await client.leave()
    assert b'"ack"' in protocol.transport.socket.taken
    assert protocol.transport.socket.calls == calls + 1


async def test_messages_that_come_together_are_stored_and_told_together(worker: Worker, frames: list[Frame]) -> None:
    client = Client(worker)
    for _ in range(MESSAGES):
        client.say()
    await client.told(MESSAGES + 2)
    await client.leave()
    assert isinstance(worker.history, MemoryHistory)
    assert sum(worker.history.commits) == MESSAGES
    assert len(worker.history.commits) <= 3
    assert len(frames) <= 2 * len(worker.history.commits)


async def test_a_flush_is_one_hop_and_as_many_statements_whatever_its_size(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = history()
    assert isinstance(store, SqlHistory)
    statements: list[Any] = []
    hops: list[Any] = []
    for name in ("rows_of", "write_many"):
        monkeypatch.setattr(writing, name, _noting(getattr(writing, name), statements))
    monkeypatch.setattr(store, "_run", _noting(store._run, hops))
    counts = []
    for size in (1, MESSAGES):
        statements.clear()
        await store.commit([message(PLACE, ALICE) for _ in range(size)])
        counts.append(len(statements))
    assert len(hops) == 2
    assert counts[0] == counts[1] <= 8


def _noting(work: Any, into: list[Any]) -> Any:
    def noting(*arguments: Any) -> Any:
        into.append(arguments)
        return work(*arguments)

    return noting


class Layer:
    """Counts the calls to it."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    async def new_channel(self) -> str:
        return "channel"

    def watch_connection(self, connected: Any) -> Any:
        return lambda: True

    async def group_add(self, group: str, channel: str) -> None:
        pass

    async def group_send(self, group: str, beat: dict[str, Any]) -> None:
        pass

    async def receive_all(self, channel: str) -> None:
        await asyncio.Event().wait()

    async def send_to_others(self, told: Sequence[Any], own_group: str) -> None:
        self.calls.append(len(told))


async def test_a_flush_tells_other_workers_in_one_call_whatever_it_holds() -> None:
    layer = Layer()
    delivery = Worker(MemoryHistory(), layer).delivery  # type: ignore[arg-type]
    delivery.relay.start()
    drafts = [message(uuid.uuid4(), ALICE) for _ in range(MESSAGES)]
    delivery.announce(Stored(draft.change, b"{}", repeated=False) for draft in drafts)
    await delivery.relay.stop()
    assert layer.calls == [MESSAGES]


async def test_through_plain_asgi_a_large_room_gets_the_same_in_the_same_order() -> None:
    sent: list[str] = []

    async def send(event: dict[str, Any]) -> None:
        sent.append(event["text"])

    hub = Hub(no_gap)
    people(hub, MEMBERS)
    outlet = QueueOutlet(send)
    hub.enter(Connection(uuid.uuid4(), "session:1", outlet), [PLACE])
    for seq in range(1, 11):
        hub.deliver(PLACE, [(seq, str(seq).encode())])
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        while len(sent) < 10:  # noqa: ASYNC110  # the list is the event
            await asyncio.sleep(0)
    outlet.release()
    assert sent == [str(seq) for seq in range(1, 11)]
