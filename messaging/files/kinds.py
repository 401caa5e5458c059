"""What kind of content bytes are, whatever their name says. Pure."""

from __future__ import annotations

import puremagic

HEAD_BYTES = 65_536
UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
# Shorter signatures are found in any text.
SIGNATURE_BYTES_LEAST = 4


def media_type_of(head: bytes) -> str:
    """By the first HEAD_BYTES."""
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        found = []
    for match in found:
        if match.mime_type and len(match.byte_match) >= SIGNATURE_BYTES_LEAST:
            return str(match.mime_type)[:100]
    return TEXT if _is_text(head) else UNKNOWN


def _is_text(head: bytes) -> bool:
    if b"\x00" in head:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # The last character may have been cut.
        return len(head) == HEAD_BYTES and error.start >= HEAD_BYTES - 3
    return True
