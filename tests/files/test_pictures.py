"""Pictures are made anew: upright, without what a camera wrote beside them, and no bomb is decoded."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from messaging.files.errors import BadPictureError
from messaging.files.kinds import media_type_of
from messaging.files.pictures import PIXELS_MOST, SIDE_MOST, THUMBNAIL_SIDE_MOST, remake
from tests.files.conftest import PLACE, jpeg


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    made = io.BytesIO()
    image.save(made, kind, **options)  # type: ignore[arg-type]
    return made.getvalue()


def huge_png(width: int, height: int) -> bytes:
    """A few bytes that claim to be a picture of that size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_the_place_a_phone_wrote_is_gone() -> None:
    assert PLACE in jpeg()
    picture = remake(io.BytesIO(jpeg()))
    assert picture
    for content in (picture.content, picture.thumbnail):
        assert PLACE not in content
        assert not opened(content).getexif()
        assert b"Exif" not in content


def test_what_a_png_carries_beside_the_picture_is_gone() -> None:
    from PIL.PngImagePlugin import PngInfo

    told = PngInfo()
    told.add_text("Comment", PLACE.decode())
    content = saved(Image.new("RGB", (8, 8)), "PNG", pnginfo=told)
    assert PLACE in content
    picture = remake(io.BytesIO(content))
    assert picture
    assert PLACE not in picture.content


def test_a_picture_taken_sideways_stands_upright() -> None:
    picture = remake(io.BytesIO(jpeg((40, 20), orientation=6)))
    assert picture
    assert (picture.width, picture.height) == (20, 40) == opened(picture.content).size
    red, _, blue = opened(picture.content).getpixel((10, 5))  # type: ignore[misc]
    assert red > 200 > 100 > blue


def test_a_large_picture_fits_a_screen_and_its_thumbnail_a_line() -> None:
    picture = remake(io.BytesIO(jpeg((4_000, 1_000))))
    assert picture
    assert (picture.width, picture.height) == (SIDE_MOST, SIDE_MOST // 4)
    assert max(opened(picture.thumbnail).size) == THUMBNAIL_SIDE_MOST


def test_what_is_clear_stays_clear() -> None:
    picture = remake(io.BytesIO(saved(Image.new("RGBA", (8, 8), (1, 2, 3, 0)), "PNG")))
    assert picture
    assert (picture.media_type, picture.suffix) == ("image/png", ".png")
    assert opened(picture.content).getpixel((0, 0)) == (1, 2, 3, 0)


def test_an_animation_goes_on_moving_and_its_thumbnail_stands_still() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    content = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
    picture = remake(io.BytesIO(content))
    assert picture
    assert picture.media_type == "image/webp"
    assert getattr(opened(picture.content), "n_frames", 1) == 3
    assert getattr(opened(picture.thumbnail), "n_frames", 1) == 1


@pytest.mark.parametrize("size", [(60_000, 60_000), (PIXELS_MOST, 2)])
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(BadPictureError, match="pixels"):
        remake(io.BytesIO(huge_png(*size)))


def test_a_damaged_picture_is_refused() -> None:
    with pytest.raises(BadPictureError):
        remake(io.BytesIO(jpeg((400, 400))[:900]))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
        ("für dich".encode(), "text/plain"),
        (b"\x00\x01\x02\x03", "application/octet-stream"),
    ],
)
def test_the_kind_is_what_the_content_says(content: bytes, kind: str) -> None:
    assert remake(io.BytesIO(content)) is None
    assert media_type_of(content) == kind
