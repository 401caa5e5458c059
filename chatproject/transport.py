"""Ready frames to the system without the reactor, in order with what Autobahn writes. Knows no application.

The reactor takes two changes of its selector for every write. With many members what is left of a delivery is the
system's own part, and how many objects have to be looked at: each is out of the processor's cache by the next message.
So the usual case, nothing waits and all is open, is one flag, which everything else that Autobahn does takes down.
Among few members it is the number of writes that counts: what is followed by more at once can be held for it.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from daphne.ws_protocol import WebSocketProtocol

from chatproject.frames import QuickSocket
from chatproject.guard import unsent_bytes

STATE_OPEN = WebSocketProtocol.STATE_OPEN


class SocketTransport:
    """The scope's "parley.transport" (messaging.outlet.Transport), over Autobahn's protocol and Twisted's transport.

    `is_clear`: the socket is open, nothing is held, and the reactor has nothing to write to it. When down, that has to
    be looked up.
    """

    __slots__ = ("_held", "_protocol", "_send", "_transport", "is_clear")

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._transport = protocol.transport
        self._send = protocol.transport.socket.send
        self._held = b""
        self.is_clear = False

    def offer(self, data: bytes, backlog_most: int) -> bool:
        """Write whole frames, ready for the wire, behind what was written before. Nothing once the close has begun.

        False, and nothing is written, when more than `backlog_most` bytes wait already.
        """
        if self.is_clear or self._look():
            self._write(data)
            return True
        if self._held:
            data, self._held = self._held + data, b""
            return self.offer(data, backlog_most)
        waiting = self.backlog()
        if waiting and self._protocol.state == STATE_OPEN:
            if waiting > backlog_most:
                return False
            self._transport.write(data)
        return True

    def hold(self, data: bytes) -> None:
        """As offer without a limit, together with what is offered until the loop's next turn has begun."""
        if self._held:
            self._held += data
        elif self.is_clear or self._look():
            self._held, self.is_clear = data, False
            asyncio.get_running_loop().call_soon(self.release)
        else:
            self.offer(data, sys.maxsize)

    def release(self) -> None:
        """What is held waits for nothing more."""
        if self._held:
            self.offer(b"", sys.maxsize)

    def _look(self) -> bool:
        self.is_clear = self._protocol.state == STATE_OPEN and not self._held and not self.backlog()
        return self.is_clear

    def _write(self, data: bytes) -> None:
        """Straight to the system, which nearly always takes it."""
        try:
            sent = self._send(data)
        except OSError:  # it is full, or it is lost, which the reactor will find by itself
            sent = 0
        if sent < len(data):
            self.is_clear = False
            self._transport.write(data[sent:])

    def backlog(self) -> int:
        return unsent_bytes(self._transport)

    def cut(self) -> None:
        self.is_clear = False
        self._transport.abortConnection()


class DirectSocket(QuickSocket):
    """`direct` writes beside Autobahn, which says here whenever it writes or closes itself."""

    direct: SocketTransport | None = None

    def sendData(self, *data: Any, **how: Any) -> None:
        """Every frame of Autobahn's goes through it, that which begins the close among them."""
        if self.direct:
            self.direct.release()
            self.direct.is_clear = False
        super().sendData(*data, **how)

    def dropConnection(self, *how: Any, **options: Any) -> None:
        if self.direct:
            self.direct.is_clear = False
        super().dropConnection(*how, **options)

    def connectionLost(self, *why: Any, **how: Any) -> None:
        """Each holds the other until then."""
        super().connectionLost(*why, **how)
        self.direct = None
