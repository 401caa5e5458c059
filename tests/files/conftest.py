"""Pictures and storages for the tests of files."""

from __future__ import annotations

import io
import re
import struct
import uuid
import zlib
from collections.abc import Iterator, Sequence
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


def png_of(
    column: Sequence[int] = (), *, bits: int = 8, clear: int | None = None, size: tuple[int, int] | None = None
) -> bytes:
    """Grey pixels under one another; or a picture of `size`, of which only a few bytes are there."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    width, height = size or (1, len(column))
    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    rows = b"".join(b"\0" + grey.to_bytes(bits // 8) for grey in column) or b"\0" * (2 * height if width == 1 else 100)
    clear_grey = chunk(b"tRNS", clear.to_bytes(2)) if clear is not None else b""
    pixels = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + clear_grey + pixels + chunk(b"IEND", b"")


def tall_png(height: int) -> bytes:
    """One pixel wide, all of it there: a hundred kilobytes, and gigabytes for who decodes it."""
    return png_of(size=(1, height))


def gif_of(frames: int) -> bytes:
    """Of one pixel each."""
    screen = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = (
        b"\x21\xf9\x04\x00\x01\x00\x00\x00" + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    )
    return screen + frame * frames + b"\x3b"


def jpeg_of_scans(scans: int, size: tuple[int, int] = (64, 64)) -> bytes:
    """A progressive one in which the last scan is said again and again."""
    made = io.BytesIO()
    image = Image.effect_noise(size, 80) if size[0] < 1_000 else Image.new("L", size)
    image.save(made, "JPEG", progressive=True, quality=90)
    content = made.getvalue()
    starts = [found.start() for found in re.finditer(rb"\xff\xda", content)]
    end = content.rindex(b"\xff\xd9")
    table = content.rindex(b"\xff\xc4", 0, starts[-1])
    return content[:end] + content[table:end] * (scans - len(starts)) + content[end:]


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
