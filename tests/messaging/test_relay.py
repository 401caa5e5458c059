"""What workers tell each other, through a real Redis; and a layer that does not answer."""

from __future__ import annotations

import asyncio
import math
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis

from messaging import relay as relay_module
from messaging.layer import Layer
from messaging.relay import Message, Relay
from tests.live_redis import LiveRedis

PLACE, OTHER = uuid.uuid4(), uuid.uuid4()


class Worker:
    """A relay and what it heard."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer
        self.heard: asyncio.Queue[Message] = asyncio.Queue()
        self.relay = Relay(layer, self.heard.put_nowait)

    async def hears(self) -> Message:
        return await asyncio.wait_for(self.heard.get(), 10)


async def regained(worker: Worker) -> None:
    """Returns when the worker hears everything, having missed something or just begun."""
    happened = asyncio.Event()
    worker.relay.regained = happened.set
    await asyncio.wait_for(happened.wait(), 10)


@pytest.fixture
async def workers(redis_server: LiveRedis) -> AsyncIterator[tuple[Worker, Worker]]:
    pair = tuple(Worker(Layer(hosts=[redis_server.url])) for _ in range(2))
    for worker in pair:
        worker.relay.start()
        await worker.relay.follow([])
    yield pair[0], pair[1]
    for worker in pair:
        await worker.relay.stop()
        await worker.layer.flush()


async def test_a_conversation_is_heard_by_those_who_follow_it_and_not_by_the_teller(
    workers: tuple[Worker, Worker],
) -> None:
    teller, follower = workers
    for worker in workers:
        await worker.relay.follow([PLACE])
    teller.relay.tell_members(PLACE, {"type": "changes", "number": 1})
    assert (await follower.hears())["number"] == 1
    assert teller.heard.empty()


async def test_what_is_not_followed_is_not_heard(workers: tuple[Worker, Worker]) -> None:
    teller, follower = workers
    await follower.relay.follow([PLACE])
    teller.relay.tell_members(OTHER, {"type": "changes", "number": 1})
    teller.relay.tell_members(PLACE, {"type": "changes", "number": 2})
    assert (await follower.hears())["number"] == 2


def calls(redis_server: LiveRedis, command: str) -> int:
    """How often Redis has run it, in scripts too."""
    with redis.Redis.from_url(redis_server.url) as client:
        return int(client.info("commandstats").get(f"cmdstat_{command}", {"calls": 0})["calls"])


async def test_what_waits_together_is_one_call(workers: tuple[Worker, Worker], redis_server: LiveRedis) -> None:
    teller, follower = workers
    places = [uuid.uuid4() for _ in range(20)]
    await follower.relay.follow(places)
    before = calls(redis_server, "evalsha")
    for number, place in enumerate(places):
        teller.relay.tell_members(place, {"type": "changes", "number": number})
    assert [(await follower.hears())["number"] for _ in places] == list(range(20))
    # The first of all also tells Redis the script.
    assert calls(redis_server, "evalsha") - before <= 2


async def test_what_arrived_together_is_taken_together(
    workers: tuple[Worker, Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    teller, follower = workers
    places = [uuid.uuid4() for _ in range(20)]
    await follower.relay.follow(places)
    pubsub, waits = follower.layer._shard._pubsub, 0
    get_message = pubsub.get_message

    async def counting(**about: Any) -> Any:
        nonlocal waits
        waits += 1
        return await get_message(**about)

    monkeypatch.setattr(pubsub, "get_message", counting)
    for number in range(200):
        teller.relay.tell_members(places[number % 20], {"type": "changes", "number": number})
    assert [(await follower.hears())["number"] for _ in range(200)] == list(range(200))
    assert waits < 20


async def test_who_comes_and_goes_among_what_arrives_is_not_lost(workers: tuple[Worker, Worker]) -> None:
    teller, follower = workers
    places = [uuid.uuid4() for _ in range(20)]
    await follower.relay.follow([PLACE])
    for number, place in enumerate(places):
        teller.relay.tell_members(PLACE, {"type": "changes", "number": number})
        await follower.relay.follow([place])
        await follower.relay.follow_only(lambda: [PLACE])
    assert [(await follower.hears())["number"] for _ in places] == list(range(20))
    subscribed = follower.layer._shard._pubsub.channels
    async with asyncio.timeout(5):
        while any(place.hex.encode() in name for name in subscribed for place in places):  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # until Redis has confirmed it
    assert any(PLACE.hex.encode() in name for name in subscribed)


async def test_a_redis_that_has_forgotten_the_script_is_told_it_again(
    workers: tuple[Worker, Worker], redis_server: LiveRedis
) -> None:
    teller, other = workers
    for number in range(2):
        with redis.Redis.from_url(redis_server.url) as client:
            client.script_flush()
        teller.relay.tell_workers({"type": "event", "number": number})
        assert (await other.hears())["number"] == number


async def test_an_answer_that_came_too_late_is_not_taken_for_the_next(
    workers: tuple[Worker, Worker], redis_server: LiveRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    teller, other = workers
    monkeypatch.setattr(relay_module, "RETRY_SECONDS", 0.1)
    monkeypatch.setattr(relay_module, "SILENCE_SECONDS", 0.2)
    redis_server.freeze()
    try:
        teller.relay.tell_workers({"type": "event", "number": 0}, until_taken=True)
        async with asyncio.timeout(5):
            while teller.layer._shard._teller is None or teller.layer._shard._teller.is_connected:  # noqa: ASYNC110
                await asyncio.sleep(0.01)  # nobody calls when it is given up
    finally:
        redis_server.thaw()
    for number in range(1, 4):
        teller.relay.tell_workers({"type": "event", "number": number})
    heard = [(await other.hears())["number"]]
    while heard[-1] != 3:
        heard.append((await other.hears())["number"])
    # The first may have been carried out, though the answer was not waited for.
    assert 0 in heard
    assert [number for number in heard if number] == [1, 2, 3]


async def test_what_nobody_else_hears_is_not_published(
    workers: tuple[Worker, Worker], redis_server: LiveRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "FOLLOWED_SECONDS", -1.0)
    monkeypatch.setattr(relay_module, "BEAT_SECONDS", 60.0)
    teller, follower = workers
    await teller.relay.follow([PLACE, OTHER])
    await follower.relay.follow([OTHER])
    before = calls(redis_server, "publish")
    for number in range(10):
        teller.relay.tell_members(PLACE, {"type": "changes", "number": number})
    teller.relay.tell_members(OTHER, {"type": "changes", "number": 10})
    assert (await follower.hears())["number"] == 10
    # One, and at most a beat or two of each worker that was due.
    assert 1 <= calls(redis_server, "publish") - before <= 5
    await follower.relay.follow([PLACE])
    teller.relay.tell_members(PLACE, {"type": "changes", "number": 11})
    assert (await follower.hears())["number"] == 11


async def test_who_hears_not_even_itself_takes_no_other_for_itself(
    workers: tuple[Worker, Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its subscriptions are lost, and it does not know yet; or Redis does not know them yet."""
    monkeypatch.setattr(relay_module, "FOLLOWED_SECONDS", -1.0)
    teller, follower = workers
    await teller.relay.follow([PLACE])
    await follower.relay.follow([PLACE])
    layer = teller.layer._get_layer()
    for group in list(layer.groups):
        await layer._get_shard(group).unsubscribe(group)
    teller.relay.tell_members(PLACE, {"type": "changes", "number": 1})
    assert (await follower.hears())["number"] == 1


async def test_a_fresh_follower_takes_no_other_for_itself(workers: tuple[Worker, Worker]) -> None:
    teller, follower = workers
    await follower.relay.follow([PLACE])
    teller.relay._followed[PLACE] = time.monotonic()
    teller.relay.tell_members(PLACE, {"type": "changes", "number": 1})
    assert (await follower.hears())["number"] == 1


async def test_all_workers_hear_in_the_order_of_telling(workers: tuple[Worker, Worker]) -> None:
    teller, other = workers
    for number in range(50):
        teller.relay.tell_workers({"type": "event", "number": number})
    assert [(await other.hears())["number"] for _ in range(50)] == list(range(50))


async def test_a_conversation_without_local_members_is_let_go(workers: tuple[Worker, Worker]) -> None:
    teller, follower = workers
    await follower.relay.follow([PLACE, OTHER])
    await follower.relay.follow_only(lambda: [OTHER])
    teller.relay.tell_members(PLACE, {"type": "changes", "number": 1})
    teller.relay.tell_members(OTHER, {"type": "changes", "number": 2})
    assert (await follower.hears())["number"] == 2


async def test_a_worker_hears_its_own_beat(workers: tuple[Worker, Worker], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "SILENCE_SECONDS", 0.0)
    relay = workers[0].relay
    assert not relay.is_current
    monkeypatch.setattr(relay_module, "SILENCE_SECONDS", 3.0)
    assert relay.is_current


async def test_a_break_of_a_moment_is_noticed(workers: tuple[Worker, Worker], redis_server: LiveRedis) -> None:
    """Too short for a beat to be late: what was told meanwhile is lost all the same."""
    worker, _ = workers
    await regained(worker)
    assert worker.relay.is_told
    again = asyncio.create_task(regained(worker))
    await asyncio.to_thread(redis_server.kill)
    async with asyncio.timeout(5):
        while worker.relay.is_told:  # noqa: ASYNC110  # nobody calls when it breaks
            await asyncio.sleep(0.01)
    assert worker.relay.is_current
    assert not worker.relay.is_told
    await asyncio.to_thread(redis_server.start)
    await again
    assert worker.relay.is_told


class Refusing:
    """A layer that takes nothing so many times, and remembers what it was to take and what it took."""

    def __init__(self, times: float) -> None:
        self.times = times
        self.tries: asyncio.Queue[list[Message]] = asyncio.Queue()
        self.taken: asyncio.Queue[Message] = asyncio.Queue()

    async def new_channel(self) -> str:
        raise OSError

    async def group_send(self, group: str, beat: Message) -> None:
        raise OSError

    async def send_to_others(self, told: list[tuple[str, bool, Message]], own_group: str) -> None:
        messages = [message for _, _, message in told]
        self.tries.put_nowait(messages)
        if self.tries.qsize() <= self.times:
            raise OSError
        for message in messages:
            self.taken.put_nowait(message)


async def test_what_is_to_be_told_until_the_layer_takes_it_is_told_again_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay_module, "RETRY_SECONDS", 0.001)
    monkeypatch.setattr(relay_module, "TOLD_AT_ONCE", 3)
    worker = Worker(layer := Refusing(3))
    worker.relay.start()
    for number in range(10):
        worker.relay.tell_members(PLACE, {"type": "changes", "number": 100 + number})
        worker.relay.tell_workers({"type": "own", "number": 200 + number})
        worker.relay.tell_workers({"type": "event", "number": number}, until_taken=True)
    async with asyncio.timeout(5):
        assert [(await layer.taken.get())["number"] for _ in range(10)] == list(range(10))
    await worker.relay.stop()
    assert layer.taken.empty()


async def test_what_the_layer_does_not_take_for_long_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "RETRY_SECONDS", 0.001)
    worker = Worker(layer := Refusing(math.inf))
    worker.relay.start()
    worker.relay.tell_workers({"type": "event"}, until_taken=True)
    async with asyncio.timeout(5):
        for _ in range(3):
            assert len(await layer.tries.get()) == 1
        monkeypatch.setattr(relay_module, "REPEAT_SECONDS", 0.0)
        await worker.relay._waiting.join()
    await worker.relay.stop()


async def test_a_layer_that_hangs_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging(Refusing):
        async def send_to_others(self, told: list[tuple[str, bool, Message]], own_group: str) -> None:
            if self.tries.empty():
                self.tries.put_nowait([])
                await asyncio.Event().wait()
            await super().send_to_others(told, own_group)

    monkeypatch.setattr(relay_module, "RETRY_SECONDS", 0.001)
    monkeypatch.setattr(relay_module, "SILENCE_SECONDS", 0.05)
    worker = Worker(layer := Hanging(0))
    worker.relay.start()
    worker.relay.tell_workers({"type": "event", "number": 1}, until_taken=True)
    async with asyncio.timeout(5):
        assert (await layer.taken.get())["number"] == 1
    await worker.relay.stop()


async def test_last_words_are_told_before_a_relay_stops(workers: tuple[Worker, Worker]) -> None:
    teller, other = workers
    for number in range(20):
        teller.relay.tell_workers({"type": "event", "number": number})
    await teller.relay.stop()
    assert [(await other.hears())["number"] for _ in range(20)] == list(range(20))


async def test_a_layer_that_does_not_answer_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent:
        async def new_channel(self) -> str:
            raise OSError("the layer is away")

    monkeypatch.setattr(relay_module, "FOLLOW_SECONDS", 0.05)
    worker = Worker(Silent())
    worker.relay.start()
    await asyncio.wait_for(worker.relay.follow([PLACE]), 5)
    await worker.relay.stop()


async def test_with_no_layer_shared_nothing_is_told_and_nothing_is_waited_for() -> None:
    worker = Worker(None)
    worker.relay.start()
    worker.relay.tell_workers({"type": "event"})
    await worker.relay.follow([PLACE])
    assert worker.relay.is_current
    await worker.relay.stop()
