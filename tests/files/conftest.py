"""Pictures and storages for the tests of files."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from messaging.files.address import read_files
from tests.live_s3 import KEYS, LiveS3

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


@pytest.fixture(scope="session")
def s3() -> Iterator[LiveS3]:
    server = LiveS3()
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture
def bucket(s3: LiveS3) -> str:
    """A new one."""
    name = f"parley-{uuid.uuid4().hex}"
    s3.make_bucket(name)
    return name


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    address = str(tmp_path)
    if request.param == "bucket":
        address = request.getfixturevalue("s3").address(request.getfixturevalue("bucket"))
        for name, value in KEYS.items():
            monkeypatch.setenv(name, value)
    settings.STORAGES = {**settings.STORAGES, "files": read_files(address, tmp_path)}
