"""Who reads too slowly or sends too fast pays alone: others hear in time, and the worker's memory stays flat."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from pathlib import Path

import pytest

from messaging.consumers import CLOSE_BAD_FRAMES
from tests.live import LiveServer, Socket
from tests.wire.conftest import Cast, Newcomer
from tests.wire.raw import Raw, command

pytestmark = pytest.mark.server

DEAD_SOCKETS = 6
MESSAGES = 2_000
BODY = "x" * 8_000
CUT_WITHIN_SECONDS = 15.0
# Each dead socket may hold a mebibyte; without a bound they would hold 12 each. The rest is the database's own cache.
GROWTH_BYTES_MOST = 60 * 2**20


def memory_bytes(server: LiveServer) -> int:
    status = Path(f"/proc/{server.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


async def _talk(cast: Cast, socket: Socket) -> None:
    """Much more than the system's buffers and ours hold together; no more than 200 unanswered at a time."""
    acks = 0
    for number in range(MESSAGES):
        await socket.send(type="message.send", key=str(uuid.uuid4()), conversation_id=cast.group, body=BODY)
        while number - acks > 200:
            acks += (await socket.receive())["type"] == "ack"
            socket.told.clear()
    while acks < MESSAGES:
        acks += (await socket.receive())["type"] == "ack"


async def _ask_and_never_read(cast: Cast) -> Raw:
    """Asks for pages until the server reads no further."""
    connection = await cast.raw(cast.bob, receive_buffer=4_096)
    ask = command(type="history.get", ref="more", conversation_id=cast.group, limit=200)
    connection.writer.write(ask * 2_000)
    return connection


async def _cut_after(connection: Raw, began: float) -> float:
    """Nothing is read: the end shows when a write fails."""
    while not connection.writer.transport.is_closing():
        assert time.monotonic() - began < 3 * CUT_WITHIN_SECONDS
        connection.writer.write(command(type="ping"))
        await asyncio.sleep(0.1)
    return time.monotonic() - began


async def test_sockets_that_read_nothing_are_cut_and_cost_the_others_nothing(cast: Cast) -> None:
    dead = [await cast.raw(cast.bob, receive_buffer=4_096) for _ in range(DEAD_SOCKETS)]
    for connection in dead:
        connection.writer.transport.pause_reading()  # type: ignore[attr-defined]
    talker = await cast.alice.connect()
    before = memory_bytes(cast.server)
    await _talk(cast, talker)
    asker = await _ask_and_never_read(cast)
    asker.writer.transport.pause_reading()  # type: ignore[attr-defined]
    began = time.monotonic()
    cuts = [asyncio.create_task(_cut_after(connection, began)) for connection in [*dead, asker]]
    reader = await cast.bob.connect()
    slowest = 0.0
    while not all(cut.done() for cut in cuts):
        slowest = max(slowest, await _delivery_seconds(cast, talker, reader))
        assert memory_bytes(cast.server) - before < GROWTH_BYTES_MOST
    assert max(cut.result() for cut in cuts) < CUT_WITHIN_SECONDS
    assert slowest < 2
    await talker.close()
    await reader.close()


async def _delivery_seconds(cast: Cast, talker: Socket, reader: Socket) -> float:
    began = time.monotonic()
    ack = await talker.say(cast.group, "still here")
    assert ack["type"] == "ack"
    await reader.expect("message.sent", lambda told: told["key"] == ack["key"])
    seconds = time.monotonic() - began
    await asyncio.sleep(0.2)
    return seconds


async def test_a_thousand_sends_in_one_segment_are_answered_each_and_keep_their_order(strict: Cast) -> None:
    sender = await strict.raw(strict.alice)
    keys = [str(uuid.uuid4()) for _ in range(1_000)]
    await sender.send(
        b"".join(command(type="message.send", key=key, conversation_id=strict.group, body=key) for key in keys)
    )
    await sender.send(command(type="ping", ref="last"))
    await sender.event(type="pong", ref="last")
    answers = {told["key"]: told for told in sender.told if told["type"] in ("ack", "error")}
    assert list(answers.keys() - set(keys)) == []
    while len(answers) < len(keys):
        told = await sender.event()
        if told["type"] in ("ack", "error"):
            answers[told["key"]] = told
    accepted = [key for key in keys if answers[key]["type"] == "ack"]
    refused = [answers[key] for key in keys if answers[key]["type"] == "error"]
    assert 20 <= len(accepted) < 200
    assert {answer["code"] for answer in refused} == {"rate_limited"}
    assert all(answer["retry_after"] > 0 for answer in refused)
    seqs = [answers[key]["seq"] for key in accepted]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    page = await asyncio.to_thread(
        strict.bob.api.get, f"conversations/{strict.group}/messages", params={"after": seqs[0] - 1, "limit": 200}
    )
    assert [change["key"] for change in page.json()["results"]] == accepted
    sender.hang_up()


async def test_commands_above_the_pace_are_refused_and_the_socket_lives(cast: Cast, newcomer: Newcomer) -> None:
    connection = await cast.raw(await newcomer("frank"))
    await connection.send(b"".join(command(type="ping", ref=str(number)) for number in range(2_000)))
    codes = set()
    for number in range(2_000):
        told = await connection.event(ref=str(number))
        codes.add(told.get("code", "pong"))
    assert codes == {"pong", "rate_limited"}
    connection.hang_up()


async def test_a_flood_of_what_is_no_command_ends_the_socket(cast: Cast, newcomer: Newcomer) -> None:
    connection = await cast.raw(await newcomer("grace"))
    sending = asyncio.create_task(connection.send(command(type="ping", ref="") * 20_000))
    assert await connection.end() == CLOSE_BAD_FRAMES
    await sending
    assert {told["code"] for told in connection.told if told["type"] == "error"} == {"invalid"}
    connection.hang_up()
