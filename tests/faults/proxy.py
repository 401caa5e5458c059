"""A TCP link that can be made slow, deaf in one direction, half closed or cut. Belongs to one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket

CHUNK_BYTES = 65_536
CONNECT_SECONDS = 5.0


class Way:
    """One direction of a proxy: how long each chunk is held back, whether it is dropped, and how much was."""

    def __init__(self) -> None:
        self.delay = 0.0
        self.drops = False
        self.dropped = 0
        self.passed = 0

    def takes(self, chunk: bytes) -> bool:
        """Counted either way."""
        if self.drops:
            self.dropped += len(chunk)
        else:
            self.passed += len(chunk)
        return not self.drops


class Proxy:
    """From `here` to `there`, both (host, port). `out` is the way there, `back` the way of the answers."""

    def __init__(self, here: tuple[str, int], there: tuple[str, int]) -> None:
        self.port = here[1]
        self.out, self.back = Way(), Way()
        self.refused = 0
        self._here, self._there = here, there
        self._is_cut = False
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.StreamWriter] = set()
        self._far: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, *self._here, family=socket.AF_INET)

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        self._end_all()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """What is open breaks, and nothing new gets through, until it is mended."""
        self._is_cut = True
        self._end_all()

    def half_close(self) -> None:
        """Each connection's client hears the end of the answers; what it still sends arrives."""
        for writer in self._clients:
            writer.write_eof()

    def silence(self, *, out: bool = False, back: bool = False) -> None:
        """Connections stay open, and what goes that way is lost."""
        self.out.drops, self.back.drops = out, back

    def slow(self, seconds: float) -> None:
        """Each chunk of either direction is this late."""
        self.out.delay = self.back.delay = seconds

    def mend(self) -> None:
        """After a silence a stream lacks what was lost, so whatever is open breaks."""
        had_drops = self.out.drops or self.back.drops
        self._is_cut = self.out.drops = self.back.drops = False
        self.slow(0.0)
        if had_drops:
            self._end_all()

    def _end_all(self) -> None:
        for writer in (*self._clients, *self._far):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            self.refused += 1
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._clients.add(writer)
        try:
            await self._connect(reader, writer)
        except* (OSError, TimeoutError):
            pass
        finally:
            self._clients.discard(writer)
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(CONNECT_SECONDS):
            far_reader, far_writer = await asyncio.open_connection(*self._there)
        self._far.add(far_writer)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_pump(reader, far_writer, self.out))
                tasks.create_task(_pump(far_reader, writer, self.back))
        finally:
            self._far.discard(far_writer)
            far_writer.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
    loop = asyncio.get_running_loop()
    chunks: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(1_000)

    async def write() -> None:
        """Late by what the way asks, and still in order; several chunks may be on the way at once."""
        while True:
            due, chunk = await chunks.get()
            if (wait := due - loop.time()) > 0:
                await asyncio.sleep(wait)
            if not chunk:
                with contextlib.suppress(OSError):
                    writer.write_eof()
                return
            if way.takes(chunk):
                writer.write(chunk)
                await writer.drain()

    async def read() -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            await chunks.put((loop.time() + way.delay, chunk))
        await chunks.put((loop.time() + way.delay, b""))

    await asyncio.gather(read(), write())
