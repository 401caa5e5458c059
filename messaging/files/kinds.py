"""What kind of content bytes are, whatever their name says. Pure."""

from __future__ import annotations

import puremagic

from .pictures.outcome import Reason

HEAD_BYTES = 65_536
UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
# Of these Parley makes pictures anew.
PICTURE_TYPES = {"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp", "image/x-ms-bmp"}
# What puremagic knows only of whole ones, or by fewer bytes than are believed.
STARTS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"GIF8": "image/gif"}
# Kinds that are no text, whatever their first letters.
BINARY_KINDS = ("image/", "audio/", "video/", "application/x-msdownload")
# Shorter signatures are found in any text.
SIGNATURE_BYTES_LEAST = 4


def media_type_of(head: bytes) -> str:
    """By the first HEAD_BYTES. A text is a text, though it begins like a picture ("BMX race", "GIF89a is a format")."""
    is_text = _is_text(head)
    for start, media_type in STARTS.items():
        if head.startswith(start) and not is_text:
            return media_type
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        found = []
    for match in found:
        if match.mime_type and len(match.byte_match) >= SIGNATURE_BYTES_LEAST:
            return _believed(str(match.mime_type)[:100], is_text=is_text)
    return TEXT if is_text else UNKNOWN


def why_no_picture(media_type: str) -> Reason | None:
    """Why what was recognised as a picture, and was not made anew, is sent as a file; None: it is no picture."""
    if not media_type.startswith("image/"):
        return None
    return "damaged" if media_type in PICTURE_TYPES else "unknown_kind"


def _believed(media_type: str, *, is_text: bool) -> str:
    is_binary = media_type.startswith(BINARY_KINDS) and media_type != "image/svg+xml"
    return TEXT if is_text and is_binary else media_type


def _is_text(head: bytes) -> bool:
    if b"\x00" in head:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # The last character may have been cut.
        return len(head) == HEAD_BYTES and error.start >= HEAD_BYTES - 3
    return True
