"""The `file_id` of a message: a finished upload's facts, signed, for one author, conversation and key.

A worker believes it without asking a database. As it holds for one key only, a file is sent once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.core import signing
from django.utils import timezone

from .facts import FileFacts

SALT = "files.file_id"
CHARACTERS_MOST = 2_000


def sign(facts: FileFacts, *, author_id: UUID, conversation_id: UUID, key: UUID, expires_at: datetime) -> str:
    about = [author_id.hex, conversation_id.hex, key.hex, int(expires_at.timestamp())]
    return signing.dumps([*about, msgspec.to_builtins(facts)], salt=SALT)


def read(token: str, *, author_id: UUID, conversation_id: UUID, key: UUID) -> FileFacts | None:
    """None: it is not ours, not for this message, or it was too long ago."""
    try:
        about: list[Any] = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError):
        return None
    is_ours = about[:3] == [author_id.hex, conversation_id.hex, key.hex]
    if not is_ours or about[3] < timezone.now().timestamp():
        return None
    return msgspec.convert(about[4], FileFacts)
