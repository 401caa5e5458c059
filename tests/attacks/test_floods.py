"""Floods of what is allowed one by one: the longest messages and their edits, and files of one byte."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.bystanders import chatting
from tests.live import DEADLINE_SECONDS, Account, LiveServer

pytestmark = pytest.mark.server
LONG = "flood " * 1_333
WRITES = 600
TEXT_PER_DAY = 1_000_000


@pytest.fixture
def paced_server(tmp_path: Path) -> Iterator[LiveServer]:
    """Sends as limited as by default; a day's text that a test reaches."""
    server = LiveServer(
        tmp_path,
        PARLEY_SEND_BURST="100",
        PARLEY_SEND_PER_SECOND="20",
        PARLEY_TEXT_PER_DAY=str(TEXT_PER_DAY),
    )
    server.prepare()
    server.start()
    yield server
    server.stop()


async def flood(who: Account, group: str) -> Counter[str]:
    """How many writes were acknowledged, and refused for what; every other one edits the first message."""
    socket = await who.connect()
    first = await socket.say(group, LONG)
    outcomes: Counter[str] = Counter()

    async def write() -> None:
        for number in range(WRITES):
            command: dict[str, Any] = {"type": "message.send"}
            if number % 2:
                command = {"type": "message.edit", "target": first["seq"]}
            await socket.send(key=str(uuid.uuid4()), conversation_id=group, body=LONG, **command)
            await asyncio.sleep(0.01)  # twice as fast as commands are taken

    writing = asyncio.create_task(write())
    async with asyncio.timeout(DEADLINE_SECONDS):
        while outcomes.total() < WRITES:
            frame = json.loads(await socket.connection.recv())
            if frame["type"] in ("ack", "error"):
                outcomes[frame.get("message", "ack")] += 1
    await writing
    await socket.close()
    return outcomes


async def test_long_messages_and_edits_without_end(paced_server: LiveServer) -> None:
    mallory = await asyncio.to_thread(paced_server.newcomer, "mallory")
    group = await asyncio.to_thread(mallory.make_group)
    async with chatting(paced_server, "a flood of long messages and edits"):
        outcomes = await flood(mallory, group)
    print(dict(outcomes))
    assert outcomes["ack"] * len(LONG) < TEXT_PER_DAY
    assert any("very much" in outcome for outcome in outcomes)
    assert paced_server.troubles() == []


UPLOADS = 90
UPLOADS_LIMIT = 40


def upload_bytes(who: Account, group: str) -> Counter[int]:
    """Files of one byte, one after the other; the statuses."""
    statuses: Counter[int] = Counter()
    for _ in range(UPLOADS):
        asked = {"conversation_id": group, "key": str(uuid.uuid4()), "name": "a.bin", "size": 1}
        answer = who.api.post("uploads", json=asked)
        statuses[answer.status_code] += 1
        if answer.status_code == 201:
            headers = {"Upload-Offset": "0", "Content-Type": "application/octet-stream"}
            sent = who.api.patch(f"uploads/{answer.json()['id']}", content=b"x", headers=headers)
            assert sent.status_code == 200, sent.text
    return statuses


async def test_files_of_one_byte_without_end(tmp_path: Path) -> None:
    server = LiveServer(tmp_path, PARLEY_LIMIT_UPLOADS=f"{UPLOADS_LIMIT}/hour;{UPLOADS}/day")
    server.prepare()
    server.start()
    try:
        mallory = await asyncio.to_thread(server.newcomer, "mallory")
        group = await asyncio.to_thread(mallory.make_group)
        async with chatting(server, "a flood of files of one byte"):
            statuses = await asyncio.to_thread(upload_bytes, mallory, group)
        assert set(statuses) == {201, 429}
        # Twice as many where the hour turned meanwhile.
        assert statuses[201] in (UPLOADS_LIMIT, 2 * UPLOADS_LIMIT)
        assert server.troubles() == []
    finally:
        server.stop()
