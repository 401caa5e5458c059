"""What comes over the socket, decoded: events and changes in one union."""

from __future__ import annotations

from collections.abc import Callable
from typing import Union

import msgspec

from messaging.protocol import AnyChange, AnyCommand, AnyEvent, Change

Frame = Union[AnyEvent, AnyChange]
Decode = Callable[[bytes], Frame | None]

_frames: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)
_encoder = msgspec.json.Encoder()


def decode_frame(payload: bytes) -> Frame | None:
    """None for a type this client does not know: a newer server may tell more."""
    try:
        return _frames.decode(payload)
    except msgspec.ValidationError:
        return None


def remembering() -> Decode:
    """As decode_frame, but the same bytes of a change give the same object: many clients of one process share it.

    It never forgets, so it is for a run, not for a service.
    """
    known: dict[bytes, Frame] = {}

    def decode(payload: bytes) -> Frame | None:
        frame = known.get(payload)
        if frame is None:
            frame = decode_frame(payload)
            if isinstance(frame, Change):
                known[payload] = frame
        return frame

    return decode


def encode_command(command: AnyCommand) -> bytes:
    return _encoder.encode(command)
