"""Parley's entry point around Daphne: what Daphne leaves out, and nothing about chat.

Adds: the transport of transport.py in the scope; a stop to reading from clients that send faster than they are served;
answers in parts that wait for their reader; the bounds of guard.py; a polite end on SIGTERM (1012, after what was
accepted has been answered).
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import sys
import time
from collections.abc import Callable
from typing import Any

from autobahn.twisted import websocket as autobahn_socket
from autobahn.websocket import protocol as autobahn_protocol
from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import defer

from chatproject.admission import Admission
from chatproject.backpressure import Backpressure
from chatproject.guard import GuardedChannel
from chatproject.transport import DirectSocket, SocketTransport

FRAME_BYTES = 65_536
INPUT_MOST = 256
DRAIN_SECONDS = 8.0
CLOSE_RESTARTING = 1012
CHECK_SECONDS = 2.0
# Nobody is served meanwhile. All at once, 500 sockets were 1 ms, and 17 when their pings were due; 5,000 20 and 140 ms.
CHECKED_AT_ONCE = 16
# All 5,200 at one go were 6 ms.
REAP_SECONDS = 1.0
REAPED_AT_ONCE = 128
# Objects more than before, and how many collections of the young and of the middle-aged pass before the next older.
COLLECT_AFTER = 50_000, 20, 20
SWITCH_SECONDS = 0.0005
# So many connections may wait to be accepted while the loop is busy. Beyond Twisted's 50 the system turned them away
# without a word, and they tried again after a second.
WAITING_CONNECTIONS_MOST = 4_096

logger = logging.getLogger(__name__)


class InputQueue(asyncio.Queue[Any]):
    """What a client sent and the application has not taken; when it grows long, reading from the client pauses."""

    def __init__(self, transport: Any) -> None:
        super().__init__()
        self._transport = transport
        self.is_paused = False

    def put_nowait(self, item: Any) -> None:
        super().put_nowait(item)
        if not self.is_paused and self.qsize() >= INPUT_MOST:
            self.is_paused = True
            self._transport.pauseProducing()

    async def get(self) -> Any:
        item = await super().get()
        if self.is_paused and self.qsize() < INPUT_MOST // 2:
            self.is_paused = False
            with contextlib.suppress(AttributeError, KeyError, OSError):  # the client may be gone
                self._transport.resumeProducing()
        return item


class ParleyServer(Server):
    def create_application(self, protocol: Any, scope: dict[str, Any]) -> asyncio.Queue[Any] | None:
        if scope["type"] != "websocket":
            return super().create_application(protocol, scope)  # type: ignore[no-any-return]
        protocol.direct = SocketTransport(protocol)
        scope["extensions"] = {"parley.transport": protocol.direct}
        queue = InputQueue(protocol.transport)
        send = self._sender(protocol)
        application = self.application(scope=scope | {"asgi": {"version": "3.0"}}, receive=queue.get, send=send)
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(application)
        return queue

    def _sender(self, protocol: Any) -> Any:
        async def send(message: dict[str, Any]) -> None:
            await self.handle_reply(protocol, message)

        return send

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Of an answer in parts, returns when the next one may be written."""
        pressure: Backpressure | None = self.connections.get(protocol, {}).get("backpressure")
        if message["type"] != "http.response.body":
            await super().handle_reply(protocol, message)
            return
        has_more = message.get("more_body", False)
        if pressure and not has_more:
            pressure.end()
        elif has_more and not pressure and protocol in self.connections and protocol.channel:
            pressure = self.connections[protocol]["backpressure"] = Backpressure(protocol, self._stall_seconds)
        await super().handle_reply(protocol, message)
        if pressure and has_more:
            await pressure.wait()

    def __init__(
        self,
        *args: Any,
        admission: Admission,
        request_seconds: float,
        message_seconds: float,
        stall_seconds: float,
        drain_notice_seconds: float,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._admission = admission
        self._drain_notice_seconds = drain_notice_seconds
        self._ports: list[Any] = []
        self._request_seconds = request_seconds
        self._message_seconds = message_seconds
        self._stall_seconds = stall_seconds

    def listen_success(self, port: Any) -> None:
        """The factories are there, and nobody has been accepted yet."""
        super().listen_success(port)
        self._ports.append(port)
        self.http_factory.protocol = GuardedChannel
        self.http_factory.timeOut = self._request_seconds
        self.ws_factory.protocol = DirectSocket
        GuardedChannel.admission = DirectSocket.admission = self._admission
        DirectSocket.message_seconds = self._message_seconds
        settle_memory()
        share_the_interpreter()
        format_nothing_unlogged()

    def timeout_checker(self) -> None:
        """Every two seconds, as Daphne's; but that looks at all, and those who came together it pings together."""
        self._checking = asyncio.ensure_future(self._check_timeouts())

    async def _check_timeouts(self) -> None:
        try:
            await self._in_turns(lambda protocol: protocol.check_timeouts(), CHECKED_AT_ONCE)
        finally:
            asyncio.get_running_loop().call_later(CHECK_SECONDS, self.timeout_checker)

    def application_checker(self) -> None:
        """Every second, as Daphne's; but that looks at all of them at one go."""
        self._reaping = asyncio.ensure_future(self._reap())

    async def _reap(self) -> None:
        try:
            await self._in_turns(self._look_for_its_end, REAPED_AT_ONCE)
        finally:
            asyncio.get_running_loop().call_later(REAP_SECONDS, self.application_checker)

    async def _in_turns(self, look: Callable[[Any], None], at_once: int) -> None:
        """At every connection that is still there, so many before others have their turn."""
        protocols = list(self.connections)
        for start in range(0, len(protocols), at_once):
            for protocol in protocols[start : start + at_once]:
                if protocol in self.connections:
                    look(protocol)
            await asyncio.sleep(0)

    def _look_for_its_end(self, protocol: Any) -> None:
        """A connection is forgotten when it is closed and its application has ended, which it is made to in time."""
        details = self.connections[protocol]
        application, gone_since = details.get("application_instance"), details.get("disconnected")
        if application and not application.done():
            if gone_since and time.time() - gone_since > self.application_close_timeout:
                logger.warning("an application did not end with its connection: %r", protocol)
                application.cancel()
            return
        if application:
            del details["application_instance"]
            if not application.cancelled() and (error := application.exception()):
                logger.error("an application failed", exc_info=error)
                if not gone_since:
                    protocol.handle_exception(error)
        if gone_since:
            del self.connections[protocol]

    def kill_all_applications(self) -> Any:
        """Called by Twisted before it stops: not ready, nothing new, answer what was accepted, say 1012, let go."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._drain()))

    async def _drain(self) -> None:
        from chatproject.health import current_health
        from messaging.files.pictures.pool import picture_pool
        from messaging.worker import current_worker

        picture_pool().close()
        current_health().is_draining = GuardedChannel.is_draining = True
        await asyncio.sleep(self._drain_notice_seconds)
        for port in self._ports:
            port.stopListening()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(current_worker().stop(), DRAIN_SECONDS)
        sockets = [protocol for protocol in self.connections if isinstance(protocol, WebSocketProtocol)]
        for protocol in sockets:
            if protocol.state == protocol.STATE_OPEN:
                protocol.sendCloseFrame(code=CLOSE_RESTARTING, reasonUtf8=b"restarting")
        await self._finish_applications()
        for application in self._running_applications():
            application.cancel()
        with contextlib.suppress(TimeoutError):  # what is written behind the answers
            await asyncio.wait_for(current_worker().history.rest(), DRAIN_SECONDS)

    async def _finish_applications(self) -> None:
        """Those too that came meanwhile, over a connection that the proxy keeps."""
        end = time.monotonic() + DRAIN_SECONDS
        while (running := self._running_applications()) and (left := end - time.monotonic()) > 0:
            await asyncio.wait(running, timeout=left)

    def _running_applications(self) -> list[asyncio.Future[Any]]:
        applications = (details.get("application_instance") for details in self.connections.values())
        return [application for application in applications if application and not application.done()]


def settle_memory() -> None:
    """What is loaded by now stays: the collector need not walk through it again, and looks for rubbish less often.

    Each socket makes many objects that live as long as it does. With the interpreter's thresholds they are all walked
    through every few hundred accepts, and nobody is served meanwhile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def share_the_interpreter() -> None:
    """The loop gives the interpreter away with every write to a socket; a thread that reads or stores would then keep
    it for 5 ms, while everybody waits."""
    sys.setswitchinterval(SWITCH_SECONDS)


def format_nothing_unlogged() -> None:
    """For every socket Autobahn formats all its settings, prettily, and names in colours, for lines of a debug log that
    nobody keeps: a fifth of an accept. Left as they are, they are formatted by whoever logs them."""
    for module in (autobahn_protocol, autobahn_socket):
        for name in ("pformat", "hltype", "hlval"):
            if hasattr(module, name):
                setattr(module, name, as_it_is)


def as_it_is(value: object) -> object:
    return value


def make_server(
    application: Any,
    *,
    host: str,
    port: int,
    admission: Admission,
    request_seconds: float,
    message_seconds: float,
    stall_seconds: float = 30.0,
    drain_notice_seconds: float = 0.0,
    ready: Any,
) -> ParleyServer:
    """One worker, one event loop. What proxies say of a client is resolved in the application's scope, not here.

    A request, a handshake among them, has `request_seconds` to arrive; a socket's message `message_seconds`.
    Whoever takes nothing of an answer for `stall_seconds` loses the connection.
    """
    escaped = host.replace(":", r"\:")
    return ParleyServer(
        application=application,
        endpoints=[f"tcp:port={port}:interface={escaped}:backlog={WAITING_CONNECTIONS_MOST}"],
        ping_interval=20,
        ping_timeout=20,
        admission=admission,
        request_seconds=request_seconds,
        message_seconds=message_seconds,
        stall_seconds=stall_seconds,
        drain_notice_seconds=drain_notice_seconds,
        websocket_connect_timeout=30,
        websocket_handshake_timeout=30,
        websocket_timeout=43_200,
        websocket_max_message_size=FRAME_BYTES,
        websocket_max_frame_size=FRAME_BYTES,
        application_close_timeout=10,
        ready_callable=ready,
        server_name="Parley",
        verbosity=0,
    )
