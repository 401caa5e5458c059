"""The storage in a folder: what it has kept is on the disk when it says so."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage


class Folder(FileSystemStorage):
    def _save(self, name: str, content: Any) -> str:
        kept: str = super()._save(name, content)  # type: ignore[misc]  # the stubs leave it out
        path = Path(self.path(kept))
        for place in (path, path.parent, path.parent.parent):
            _settle(place)
        return kept


def _settle(path: Path) -> None:
    """A file and its name in the folder are two things to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
