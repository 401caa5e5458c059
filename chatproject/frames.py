"""The one shape that nearly all a client sends has, read at a glance: whole text frames. Knows RFC 6455 only.

Autobahn takes their parts through a dozen calls, a tenth of what a message costs; whatever looks different is
Autobahn's.
"""

from __future__ import annotations

from chatproject.guard import GuardedSocket

FINAL_TEXT = 0x81
MASKED = 0x80
SHORT_MOST = 125
TWO_BYTES = 126


def whole_text(data: bytes, start: int = 0) -> tuple[bytes, int] | None:
    """What the frame says in UTF-8 that begins at `start`, and where it ends; None when it is anything else than a
    final, masked text frame of up to 65,535 bytes, all of it there."""
    if len(data) < start + 6 or data[start] != FINAL_TEXT or not data[start + 1] & MASKED:
        return None
    size, head = data[start + 1] ^ MASKED, start + 2
    if size == TWO_BYTES:
        size, head = int.from_bytes(data[head : head + 2]), head + 2
    end = head + 4 + size
    if len(data) < end or (head == start + 2) != (size <= SHORT_MOST):
        return None
    payload = _unmasked(data[head : head + 4], data[head + 4 : end])
    try:
        payload.decode()
    except UnicodeDecodeError:
        return None
    return payload, end


def _unmasked(mask: bytes, payload: bytes) -> bytes:
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(key)).to_bytes(size)


class QuickSocket(GuardedSocket):
    def dataReceived(self, data: bytes) -> None:
        """The whole texts that it begins with; what follows is Autobahn's, and all of it when something is begun
        already: a frame, a message in parts, a ping whose answer is due."""
        start = 0
        while self._is_between_messages() and (found := whole_text(data, start)):
            text, start = found
            self.onMessage(text, False)
        if start < len(data):
            super().dataReceived(data[start:])

    def _is_between_messages(self) -> bool:
        return self.state == self.STATE_OPEN and not (
            self.data or self.current_frame or self.inside_message or self.autoPingTimeoutCall
        )
