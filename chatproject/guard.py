"""What a client may do to a connection: how long a request or message may take, how many frames a message may have.

Daphne's protocols with those bounds added. Knows HTTP and RFC 6455, nothing of chat.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from autobahn.websocket.types import ConnectionDeny
from daphne.ws_protocol import WebSocketProtocol
from twisted.web.http import HTTPChannel

from chatproject.admission import Admission

FRAGMENTS_MOST = 1_024
# Pings and pongs between two looks at the clock, which Daphne takes every two seconds.
CONTROL_FRAMES_MOST = 1_000
FORWARDED = (b"x-real-ip", b"x-forwarded-")
FULL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
TOO_LONG = b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
# So long a client whose request is refused may go on sending it: closed on at once, it would not read the answer.
LINGER_SECONDS = 5.0
UNREAD_PONGS_BYTES_MOST = 65_536
EARLY_BYTES_MOST = 65_536


def unsent_bytes(transport: Any) -> int:
    """What was written and the system has not taken yet."""
    return len(transport.dataBuffer) + transport._tempDataLen  # type: ignore[no-any-return]


class GuardedChannel(HTTPChannel):
    """HTTP until the upgrade. The factory's `timeOut` is the time that a whole request may take."""

    is_draining = False
    admission: Admission | None = None
    _is_refused = False
    # Of the request that is arriving: whether its first line is here, the bytes of its lines, and its header fields.
    _has_address = False
    _head_bytes = 0
    _fields = 0

    def connectionMade(self) -> None:
        super().connectionMade()  # type: ignore[no-untyped-call]
        if self.admission and not self.admission.enter(self.transport):
            self._is_refused = True
            self.transport.write(FULL)  # type: ignore[union-attr, call-arg]
            self.loseConnection()  # type: ignore[no-untyped-call]

    def dataReceived(self, data: bytes) -> None:
        if not self._is_refused:
            super().dataReceived(data)  # type: ignore[no-untyped-call]

    def lineReceived(self, line: bytes) -> Any:
        if self._is_refused:
            return True
        if self._head_bytes + len(line) > self.totalHeadersSize:
            return self.lineLengthExceeded(line)
        self._head_bytes += len(line)
        self._has_address = self._has_address or bool(line)
        return super().lineReceived(line)  # type: ignore[no-untyped-call]

    def lineLengthExceeded(self, line: bytes) -> bool:
        """Twisted hangs up, or answers 400, whatever was too long."""
        self._is_refused = True
        what = b"431 Request Header Fields Too Large" if self._has_address else b"414 URI Too Long"
        transport: Any = self.transport
        transport.write(TOO_LONG % what)
        transport.loseWriteConnection()
        asyncio.get_running_loop().call_later(LINGER_SECONDS, transport.abortConnection)
        return True

    def allContentReceived(self) -> None:
        self._has_address, self._head_bytes, self._fields = False, 0, 0
        if self.admission:
            self.admission.serve(self.transport)
        super().allContentReceived()  # type: ignore[no-untyped-call]

    def requestDone(self, request: Any) -> None:
        if self.admission:
            self.admission.rest(self.transport)
        super().requestDone(request)  # type: ignore[no-untyped-call]

    def connectionLost(self, reason: Any = None) -> None:
        if self.admission:
            self.admission.leave(self.transport)
        super().connectionLost(reason)  # type: ignore[no-untyped-call]

    def checkPersistence(self, request: Any, version: bytes) -> bool:
        """While the worker drains each answer is its connection's last, so the proxy asks elsewhere from then on."""
        if not self.is_draining:
            return bool(super().checkPersistence(request, version))  # type: ignore[no-untyped-call]
        request.responseHeaders.setRawHeaders(b"connection", [b"close"])
        return False

    def resetTimeout(self) -> None:
        """Twisted starts anew with each byte, so a client that drips them could stay for hours."""

    def headerReceived(self, line: bytes) -> bool:
        """Drops what Daphne would believe of a client, or fail over.

        By Daphne-Root-Path anyone moves the address our application believes to be at; what is said of the client in
        other bytes than ASCII is said by no proxy, and was answered 500.
        """
        name = line.lower()
        if name.startswith(b"daphne-root-path") or (name.startswith(FORWARDED) and not line.isascii()):
            return True
        if self._fields >= self.maxHeaders:
            return not self.lineLengthExceeded(line)
        self._fields += 1
        return bool(super().headerReceived(line))  # type: ignore[no-untyped-call]


class GuardedSocket(WebSocketProtocol):
    message_seconds = 20.0
    admission: Admission | None = None
    # For the client's part of the goodbye. Hung up on earlier, what it still sends is answered with a reset, and that
    # takes the close code from it: it would not know why it was let go.
    closeHandshakeTimeout = 5.0
    _message_since: float | None = None
    _fragments = 0
    _controls = 0
    _is_asked = False

    # --- the handshake

    def processHandshake(self) -> None:
        """What comes before the answer waits for it, as frames: taken for another handshake it was answered 500."""
        if not self._is_asked:
            super().processHandshake()
        elif len(self.data) > EARLY_BYTES_MOST:
            self.dropConnection(abort=True)

    def onConnect(self, request: Any) -> Any:
        """Daphne answers 500, with the exception's text, to bytes that it cannot decode."""
        self._is_asked = True
        if not request.headers.get("sec-websocket-protocol", "").isascii():
            raise ConnectionDeny(ConnectionDeny.BAD_REQUEST, "Bad Request")  # type: ignore[no-untyped-call]
        return super().onConnect(request)

    def onClose(self, *how: Any) -> None:
        """A handshake that failed before Daphne saw it has nothing to close."""
        if hasattr(self, "server"):
            super().onClose(*how)

    def connectionLost(self, *why: Any, **how: Any) -> None:
        if self.admission:
            self.admission.leave(self.transport)
        super().connectionLost(*why, **how)

    # --- messages

    def onMessageBegin(self, isBinary: bool) -> None:
        self._message_since = time.monotonic()
        self._fragments = 0
        super().onMessageBegin(isBinary)

    def onMessageFrameBegin(self, length: int) -> None:
        super().onMessageFrameBegin(length)
        self._fragments += 1
        if self._fragments > FRAGMENTS_MOST:
            self.dropConnection(abort=True)

    def onMessageEnd(self) -> None:
        self._message_since = None
        super().onMessageEnd()

    # --- control frames

    def onPing(self, payload: bytes) -> None:
        """RFC 6455 5.5.3 asks for the latest ping's pong only, so those who do not read get none."""
        self._count_control_frame()
        if unsent_bytes(self.transport) < UNREAD_PONGS_BYTES_MOST:
            super().onPing(payload)

    def onPong(self, payload: bytes) -> None:
        self._count_control_frame()
        super().onPong(payload)

    def _count_control_frame(self) -> None:
        self._controls += 1
        if self._controls > CONTROL_FRAMES_MOST:
            self.dropConnection(abort=True)

    # --- the clock

    def check_timeouts(self) -> None:
        self._controls = 0
        if self._is_overdue():
            self.dropConnection(abort=True)
        else:
            super().check_timeouts()

    def _is_overdue(self) -> bool:
        """A message that does not come to its end, unless it is we who do not read on."""
        if self._message_since is None or self.application_queue.is_paused:
            return False
        return time.monotonic() - self._message_since > self.message_seconds
