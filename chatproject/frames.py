"""The one shape that nearly all a client sends has, read at a glance: a whole text frame, alone. Knows RFC 6455 only.

Autobahn takes its parts through a dozen calls, a tenth of what a message costs; whatever looks different is Autobahn's.
"""

from __future__ import annotations

from chatproject.guard import GuardedSocket

FINAL_TEXT = 0x81
MASKED = 0x80
SHORT_MOST = 125
TWO_BYTES = 126


def whole_text(data: bytes) -> bytes | None:
    """What a final, masked text frame of up to 65,535 bytes says in UTF-8; None when `data` is anything else."""
    if len(data) < 6 or data[0] != FINAL_TEXT or not data[1] & MASKED:
        return None
    size, head = data[1] ^ MASKED, 2
    if size == TWO_BYTES:
        size, head = int.from_bytes(data[2:4]), 4
    if len(data) != head + 4 + size or (head == 2) != (size <= SHORT_MOST):
        return None
    payload = _unmasked(data[head : head + 4], data[head + 4 :])
    try:
        payload.decode()
    except UnicodeDecodeError:
        return None
    return payload


def _unmasked(mask: bytes, payload: bytes) -> bytes:
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(key)).to_bytes(size)


class QuickSocket(GuardedSocket):
    def dataReceived(self, data: bytes) -> None:
        """Autobahn's, when something is begun already: a frame, a message in parts, a ping whose answer is due."""
        if self.state == self.STATE_OPEN and not (
            self.data or self.current_frame or self.inside_message or self.autoPingTimeoutCall
        ):
            text = whole_text(data)
            if text is not None:
                self.onMessage(text, False)
                return
        super().dataReceived(data)
