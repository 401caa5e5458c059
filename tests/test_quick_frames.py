"""The short way a client's frame is read: what it takes means the same as through Autobahn, and all else it leaves."""

from __future__ import annotations

import os

import pytest

from chatproject.frames import whole_text
from messaging.client.framing import TEXT, client_frame

FRAME = client_frame(TEXT, b"hello, this is a text")


@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 125, 126, 127, 1_000, 65_535])
def test_a_whole_text_is_read_as_it_was_written(size: int) -> None:
    text = os.urandom(size).hex()[:size].encode()
    assert whole_text(client_frame(TEXT, text)) == text


def test_text_beyond_ascii_is_read() -> None:
    text = "grüße, 日本, 🎉".encode()
    assert whole_text(client_frame(TEXT, text)) == text


LEFT = {
    "nothing": b"",
    "its beginning": FRAME[:-1],
    "its first byte": FRAME[:1],
    "its header": FRAME[:6],
    "two frames": FRAME * 2,
    "a frame and a part of another": FRAME + FRAME[:4],
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
