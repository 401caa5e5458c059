"""The short way a client's frame is read: what it takes means the same as through Autobahn, and all else it leaves."""

from __future__ import annotations

import os

import pytest

from chatproject.frames import QuickSocket, whole_text
from chatproject.guard import GuardedSocket
from messaging.client.framing import TEXT, client_frame

FRAME = client_frame(TEXT, b"hello, this is a text")


@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 125, 126, 127, 1_000, 65_535])
def test_a_whole_text_is_read_as_it_was_written(size: int) -> None:
    text = os.urandom(size).hex()[:size].encode()
    frame = client_frame(TEXT, text)
    assert whole_text(frame) == (text, len(frame))


def test_text_beyond_ascii_is_read() -> None:
    text = "grüße, 日本, 🎉".encode()
    frame = client_frame(TEXT, text)
    assert whole_text(frame) == (text, len(frame))


LEFT = {
    "nothing": b"",
    "its beginning": FRAME[:-1],
    "its first byte": FRAME[:1],
    "its header": FRAME[:6],
    "a part of a message": bytes((0x01,)) + FRAME[1:],
    "binary": bytes((0x82,)) + FRAME[1:],
    "a ping": client_frame(0x9, b"?"),
    "a close": client_frame(0x8, b"\x03\xe8"),
    "a reserved bit": bytes((0xC1,)) + FRAME[1:],
    "no mask": bytes((0x81, 5)) + b"hello",
    "no mask, as long as one": bytes((0x81, 4)) + b"hello!!!",
    "a length in more bytes than it needs": bytes((0x81, 0x80 | 126, 0, 5)) + b"\0\0\0\0hello",
    "a length in eight bytes": client_frame(TEXT, b"x" * 65_536),
    "no text": client_frame(TEXT, b"\xff\xfe"),
    "half a surrogate": client_frame(TEXT, b"\xed\xa0\x80"),
    "a character cut off": client_frame(TEXT, "é".encode()[:1]),
}


@pytest.mark.parametrize("data", LEFT.values(), ids=LEFT.keys())
def test_everything_else_is_left_to_autobahn(data: bytes) -> None:
    assert whole_text(data) is None


# --- what comes at once


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[bytes | tuple[bytes]]:
    """The texts, and, each alone in a tuple, what was left to Autobahn."""
    told: list[bytes | tuple[bytes]] = []
    monkeypatch.setattr(QuickSocket, "onMessage", lambda self, text, is_binary: told.append(text))
    monkeypatch.setattr(GuardedSocket, "dataReceived", lambda self, data: told.append((data,)))
    return told


def open_socket() -> QuickSocket:
    socket = QuickSocket()
    socket.state, socket.data = socket.STATE_OPEN, b""
    socket.current_frame, socket.inside_message, socket.autoPingTimeoutCall = None, False, None
    return socket


OTHER = client_frame(TEXT, b"another")
PING = client_frame(0x9, b"?")
TOGETHER = {
    "one": (FRAME, [b"hello, this is a text"]),
    "three": (FRAME + OTHER * 2, [b"hello, this is a text", b"another", b"another"]),
    "one and a part of another": (OTHER + FRAME[:9], [b"another", (FRAME[:9],)]),
    "one, a ping, one": (OTHER + PING + OTHER, [b"another", (PING + OTHER,)]),
    "a ping and one": (PING + OTHER, [(PING + OTHER,)]),
    "nothing": (b"", []),
}


@pytest.mark.parametrize(("data", "expected"), TOGETHER.values(), ids=TOGETHER.keys())
def test_whole_texts_that_come_together_are_read_until_something_else_comes(
    data: bytes, expected: list[bytes | tuple[bytes]], heard: list[bytes | tuple[bytes]]
) -> None:
    open_socket().dataReceived(data)
    assert heard == expected


@pytest.mark.parametrize(
    "begun", [{"data": FRAME[:3]}, {"inside_message": True}, {"autoPingTimeoutCall": object()}, {"state": 2}]
)
def test_what_follows_something_that_is_begun_is_left_to_autobahn(
    begun: dict[str, object], heard: list[bytes | tuple[bytes]]
) -> None:
    socket = open_socket()
    for name, value in begun.items():
        setattr(socket, name, value)
    socket.dataReceived(FRAME + OTHER)
    assert heard == [(FRAME + OTHER,)]
