"""How much room all files together have, and how much of it they take.

Two bounds: settings.FILES_TOTAL of all files, and where they are kept in a folder settings.FILES_RESERVE of its disk
that stay free. What other workers began since this one last looked is not known to it for READ_SECONDS.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db.models import F, Q, Sum
from prometheus_client import Gauge

from . import storage
from .errors import StorageFullError
from .models import File

READ_SECONDS = 10.0
WARN_SHARE = 0.8
WARN_SECONDS = 3_600.0

FILES_BYTES = Gauge("parley_files_bytes", "Bytes of all files, announced ones in full")
FILES_SHARE = Gauge("parley_files_share", "Share of the room for files that is taken; at 1 uploads are refused")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reading:
    """`taken` by all files, announced ones in full; `awaited`: what of it has not arrived yet."""

    taken: int
    awaited: int
    disk_bytes: int | None
    disk_free: int


class Capacity:
    """As one worker knows it; called from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reading: Reading | None = None
        self._read_at = 0.0
        self._begun = 0
        self._warned_at: float | None = None

    def claim(self, size: int) -> None:
        """Count a file that is about to be begun. Raises StorageFullError when there is no room for it."""
        with self._lock:
            reading = self._read()
            taken = reading.taken + self._begun + size
            is_full = bool(settings.FILES_TOTAL) and taken > settings.FILES_TOTAL
            free = reading.disk_free - reading.awaited - self._begun - size
            if is_full or (reading.disk_bytes is not None and free < settings.FILES_RESERVE):
                raise StorageFullError(field="size")
            self._begun += size

    def share(self) -> float:
        """How much of the room is taken, of the tighter bound: from 0 to 1, or more when a bound was lowered."""
        with self._lock:
            reading = self._read()
            shares = [0.0]
            if settings.FILES_TOTAL:
                shares.append((reading.taken + self._begun) / settings.FILES_TOTAL)
            if reading.disk_bytes is not None:
                usable = max(1, reading.disk_bytes - settings.FILES_RESERVE)
                shares.append((reading.disk_bytes - reading.disk_free + reading.awaited + self._begun) / usable)
            return max(shares)

    def watch(self) -> None:
        """To be called again and again: publishes the metrics, and warns once an hour."""
        share = self.share()
        FILES_SHARE.set(share)
        if self._reading:
            FILES_BYTES.set(self._reading.taken)
        is_due = self._warned_at is None or time.monotonic() > self._warned_at + WARN_SECONDS
        if share >= WARN_SHARE and is_due:
            self._warned_at = time.monotonic()
            logger.warning("%s", warning(share))

    def _read(self) -> Reading:
        if self._reading is None or time.monotonic() > self._read_at + READ_SECONDS:
            self._reading, self._begun = read(), 0
            self._read_at = time.monotonic()
        return self._reading


def warning(share: float) -> str:
    """For the log and the admin."""
    return (
        f"{share * 100:.0f} % of the room for files is taken; at 100 % uploads are refused "
        "(PARLEY_FILES_TOTAL, PARLEY_FILES_RESERVE)"
    )


def read() -> Reading:
    """From the database, and from the disk where there is one."""
    going = Q(finished_at=None, removed_at=None)
    sums = File.objects.aggregate(taken=Sum("size"), awaited=Sum(F("size") - F("received"), filter=going))
    disk_bytes, disk_free = None, 0
    kept = storage.storage()
    if isinstance(kept, FileSystemStorage):
        usage = shutil.disk_usage(_existing(Path(kept.location)))
        # What only root could take counts as neither.
        disk_bytes, disk_free = usage.used + usage.free, usage.free
    return Reading(sums["taken"] or 0, sums["awaited"] or 0, disk_bytes, disk_free)


def _existing(folder: Path) -> Path:
    """The folder, or what it will be made in."""
    return next(place for place in (folder, *folder.parents) if place.is_dir())


capacity = Capacity()
