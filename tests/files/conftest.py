"""Pictures and storages for the tests of files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

PLACE = b"GPS-of-home"


def jpeg(size: tuple[int, int] = (40, 20), *, orientation: int = 1) -> bytes:
    """As a phone makes it: with a place, a comment and a colour profile beside the picture; its left half is red."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = PLACE.decode()
    exif.get_ifd(0x8825)[1] = "N"
    made = io.BytesIO()
    image.save(made, "JPEG", exif=exif, comment=PLACE, quality=95)
    return made.getvalue()


@pytest.fixture(params=["folder", "objects"])
def storage(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> None:
    """A folder, and a storage that has none, as S3."""
    folder = {"BACKEND": "messaging.files.folder.Folder", "OPTIONS": {"location": str(tmp_path)}}
    objects = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "files": folder if request.param == "folder" else objects}
