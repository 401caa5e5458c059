"""Downloads that nobody reads: they neither fill the memory nor stay."""

from __future__ import annotations

import asyncio
import socket
import time
from pathlib import Path

import pytest

from tests.attacks.bystanders import chatting
from tests.attacks.test_pictures import resident_kb
from tests.live import Account, LiveServer
from tests.messaging.test_files import share

pytestmark = pytest.mark.server
REQUESTS = 60
FILE_BYTES = 25 * 1024 * 1024
MAX_GROWTH_KB = 100_000
CUT_SECONDS = 60.0


def ask(who: Account, address: str) -> socket.socket:
    """The request is sent; nothing of the answer is read."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.connect(("127.0.0.1", who.server.port))
    request = f"GET /api/v1/{address} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {who.token}\r\n\r\n"
    connection.sendall(request.encode())
    return connection


def wait_cut(connection: socket.socket) -> None:
    """Until the server has let go, without reading: the system says so."""
    deadline = time.monotonic() + CUT_SECONDS
    while not connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        assert time.monotonic() < deadline, "the connection is still open"
        time.sleep(0.05)  # polls what cannot call back


async def test_unread_downloads_stay_small_and_are_cut(tmp_path: Path) -> None:
    server = LiveServer(tmp_path, PARLEY_STALL_SECONDS="5")
    server.prepare()
    server.start()
    try:
        mallory = await asyncio.to_thread(server.newcomer, "mallory")
        group = await asyncio.to_thread(mallory.make_group)
        message = await asyncio.to_thread(share, mallory, group, bytes(FILE_BYTES))
        address = f"conversations/{group}/messages/{message['seq']}/file"
        before = resident_kb(server.pid)
        async with chatting(server, "unread downloads"):
            unread = [await asyncio.to_thread(ask, mallory, address) for _ in range(REQUESTS)]
            peak = 0
            for connection in unread:
                await asyncio.to_thread(wait_cut, connection)
                peak = max(peak, resident_kb(server.pid))
            whole = await asyncio.to_thread(mallory.api.get, address)
        print(f"memory: {before} kB before, at most {peak - before} kB more")
        assert peak - before < MAX_GROWTH_KB
        assert whole.content == bytes(FILE_BYTES)
        for connection in unread:
            connection.close()
        assert server.troubles() == []
    finally:
        server.stop()
