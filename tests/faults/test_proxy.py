"""The link that is made to fail fails as asked, and only then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.faults.proxy import Proxy
from tests.faults.waiting import until
from tests.live_process import free_port

SECONDS = 5.0


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """In front of a server that says back what it hears."""
    there = ("127.0.0.1", free_port())
    server = await asyncio.start_server(_echo, *there)
    proxy = Proxy(("127.0.0.1", free_port()), there)
    await proxy.start()
    yield proxy
    await proxy.stop()
    server.close()


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while words := await reader.read(1_000):
        writer.write(words)
    writer.close()


class Caller:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def call(cls, proxy: Proxy) -> Caller:
        return cls(*await asyncio.open_connection("127.0.0.1", proxy.port))

    async def hears(self, words: bytes) -> bytes:
        """What comes back of the words; nothing once the link has ended."""
        self.writer.write(words)
        async with asyncio.timeout(SECONDS):
            try:
                return await self.reader.read(1_000)
            except ConnectionResetError:
                return b""


async def test_what_goes_through_comes_out_as_it_went_in(proxy: Proxy) -> None:
    caller = await Caller.call(proxy)
    assert await caller.hears(b"hello") == b"hello"
    assert (proxy.out.passed, proxy.back.passed) == (5, 5)
    caller.writer.close()


async def test_a_slow_link_is_late_each_way_and_keeps_order(proxy: Proxy) -> None:
    caller = await Caller.call(proxy)
    proxy.slow(0.1)
    started = time.monotonic()
    caller.writer.write(b"one ")
    await caller.writer.drain()
    assert await caller.hears(b"two") in (b"one ", b"one two")
    assert time.monotonic() - started >= 0.2
    caller.writer.close()


@pytest.mark.parametrize("way", ["out", "back"])
async def test_a_silent_way_loses_what_goes_there_and_breaks_when_it_is_mended(proxy: Proxy, way: str) -> None:
    caller = await Caller.call(proxy)
    proxy.silence(**{way: True})
    caller.writer.write(b"hello")
    assert await until(lambda: getattr(proxy, way).dropped == 5, SECONDS)
    assert proxy.out.passed == (5 if way == "back" else 0)
    proxy.mend()
    assert await caller.hears(b"") == b""
    assert await (await Caller.call(proxy)).hears(b"again") == b"again"


async def test_a_cut_link_breaks_and_refuses_until_it_is_mended(proxy: Proxy) -> None:
    caller = await Caller.call(proxy)
    assert await caller.hears(b"hello") == b"hello"
    proxy.cut()
    assert await caller.hears(b"") == b""
    assert await (await Caller.call(proxy)).hears(b"hello") == b""
    assert proxy.refused == 1
    proxy.mend()
    assert await (await Caller.call(proxy)).hears(b"again") == b"again"


async def test_a_half_closed_link_ends_the_answers(proxy: Proxy) -> None:
    caller = await Caller.call(proxy)
    assert await caller.hears(b"hello") == b"hello"
    proxy.half_close()
    assert await caller.hears(b"") == b""
    caller.writer.write(b"more")
    assert await until(lambda: proxy.out.passed == 9, SECONDS)
    caller.writer.close()
