"""Pictures that are made to cost much: they end in processes of their own, and nobody else waits for them."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from messaging.files.pictures.bounds import MAX_SCANS
from tests.attacks.bystanders import chatting
from tests.files.conftest import gif_of, jpeg, jpeg_of_scans, tall_png
from tests.live import Account, LiveServer
from tests.messaging.test_files import CHUNK, upload

pytestmark = pytest.mark.server
HOSTILE = {
    "tall.png": lambda: tall_png(49_000_000),
    "frames.gif": lambda: gif_of(100_000),
    "scans.jpg": lambda: jpeg_of_scans(2_000, (1_000, 1_000)),
    # Within every bound that can be seen from outside.
    "slow.jpg": lambda: jpeg_of_scans(MAX_SCANS, (7_000, 7_000)),
}
MAX_UPLOAD_SECONDS = 20.0
TRIES = 6
MAX_GROWTH_KB = 150_000
STOP_SECONDS = 10.0


def resident_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def send(who: Account, group: str, content: bytes, name: str) -> str:
    """What it is sent as; like a page, whoever finds the decoders busy asks again."""
    asked = {"conversation_id": group, "key": str(uuid.uuid4()), "name": name, "size": len(content)}
    begun = who.api.post("uploads", json=asked)
    assert begun.status_code == 201, begun.text
    address = f"uploads/{begun.json()['id']}"
    offset = 0
    for _ in range(TRIES):
        headers = {"Upload-Offset": str(offset), "Content-Type": "application/octet-stream"}
        answer = who.api.patch(address, content=content[offset : offset + CHUNK], headers=headers)
        if answer.status_code == 200 and answer.json()["file_id"]:
            return str(answer.json().get("sent_as_file", "picture"))
        assert answer.status_code in (200, 503), answer.text
        offset = who.api.get(address).json()["offset"]
    return "busy"


async def test_hostile_pictures_are_sent_as_files_and_nobody_waits_for_them(own_server: LiveServer) -> None:
    people = [await asyncio.to_thread(own_server.newcomer, "mallory") for _ in range(3)]
    groups = [await asyncio.to_thread(who.make_group) for who in people]
    made = {name: make() for name, make in HOSTILE.items()}
    carol = await asyncio.to_thread(own_server.newcomer, "carol")
    hers = await asyncio.to_thread(carol.make_group)
    before = resident_kb(own_server.pid)
    async with chatting(own_server, "hostile pictures"):
        with ThreadPoolExecutor(8) as threads:
            loop = asyncio.get_running_loop()
            attacks = [
                loop.run_in_executor(threads, send, who, group, content, name)
                for who, group in zip(people, groups, strict=True)
                for name, content in made.items()
            ]
            waits = []
            while not all(one.done() for one in attacks):
                begun = time.monotonic()
                assert await loop.run_in_executor(None, send, carol, hers, jpeg((400, 300)), "a.jpg") == "picture"
                waits.append(time.monotonic() - begun)
            kinds = await asyncio.gather(*attacks)
    refused = {kind for name, kind in zip([*made] * len(people), kinds, strict=True) if name != "slow.jpg"}
    assert {"too_large", "too_complex"} <= refused <= {"too_large", "too_complex", "busy"}
    # A fast machine is done with it in time.
    assert set(kinds) <= {*refused, "picture", "busy"}
    assert max(waits) < MAX_UPLOAD_SECONDS
    print(
        f"another's pictures: {len(waits)}, at most {max(waits):.2f} s;",
        f"memory {resident_kb(own_server.pid) - before} kB",
    )
    assert resident_kb(own_server.pid) - before < MAX_GROWTH_KB
    assert own_server.troubles() == []


def test_a_server_that_is_stopped_does_not_wait_for_a_hostile_picture(own_server: LiveServer) -> None:
    mallory = own_server.newcomer("mallory")
    group, content = mallory.make_group(), HOSTILE["slow.jpg"]()

    def try_it() -> None:
        with pytest.raises((AssertionError, httpx.HTTPError)):
            upload(mallory, group, content, "slow.jpg")

    with ThreadPoolExecutor(1) as threads:
        sending = threads.submit(try_it)
        wait_for_decoder(own_server.pid)
        begun = time.monotonic()
        own_server.stop()
        assert time.monotonic() - begun < STOP_SECONDS
        sending.result()


def wait_for_decoder(pid: int) -> None:
    """Until a child of the server has computed for a second."""
    deadline = time.monotonic() + 30
    while not any(seconds_of(child) > 1 for child in children_of(pid)):
        assert time.monotonic() < deadline, "no decoder came"
        time.sleep(0.02)  # polls /proc, which cannot call back


def children_of(pid: int) -> list[str]:
    return [child for own in Path(f"/proc/{pid}/task").glob("*/children") for child in own.read_text().split()]


def seconds_of(pid: str) -> float:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11]) / os.sysconf("SC_CLK_TCK")
    except FileNotFoundError:
        return 0.0
