"""How large a picture may be, and what can be seen of that before anything is decoded. Pure, needs no Pillow."""

from __future__ import annotations

import re

# Of one side. A picture of one pixel by 49 million needs memory by its rows, whatever its area.
MAX_SIDE = 30_000
# A camera makes 50 million; more in a small file is there to fill the memory.
MAX_PIXELS = 50_000_000
MAX_FRAMES = 1_000
# Of all frames of an animation together.
MAX_MOVING_PIXELS = 20_000_000
# Each scan of a progressive JPEG passes over the whole picture; encoders write about ten.
MAX_SCANS = 100
# Between two scans there are tables and comments, a handful as a rule.
MAX_SEGMENTS = 10_000

SIGNATURES = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF....WEBP|BM|....ftyp(?:avif|avis|mif1|msf1)", re.DOTALL
)
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9


def begins_like_a_picture(head: bytes) -> bool:
    """Whether the content is worth a decoder's look; texts may begin like this too."""
    return SIGNATURES.match(head) is not None


def has_too_many_scans(jpeg: bytes) -> bool:
    """Walks the segments of a JPEG up to its end; what follows it, as in the pictures of phones, is not looked at."""
    scans, place = 0, 2
    for _ in range(MAX_SEGMENTS):
        marker = _MARKER.search(jpeg, place)
        if marker is None or marker[1][0] == _END_OF_IMAGE:
            return False
        scans += marker[1][0] == _START_OF_SCAN
        if scans > MAX_SCANS:
            return True
        place = marker.end() + int.from_bytes(jpeg[marker.end() : marker.end() + 2])
    return True
