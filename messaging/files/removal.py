"""Takes the bytes of files that no message carries out of the storage, again and again until they are gone."""

from __future__ import annotations

import logging

from . import storage
from .models import File

FILES_AT_ONCE = 100

logger = logging.getLogger(__name__)


def remove_unused() -> int:
    """How many are gone. What the storage does not take away now waits, with its row, for the next time."""
    gone = 0
    for file in File.objects.exclude(removed_at=None).order_by("removed_at")[:FILES_AT_ONCE]:
        try:
            storage.erase(file.pk)
        except Exception:  # whatever a storage raises, the others must not wait for it
            logger.exception("file %s could not be removed", file.pk)
            continue
        file.delete()
        gone += 1
    return gone
