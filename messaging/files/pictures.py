"""Pictures made anew: upright, in sRGB, no larger than a screen, and without anything but the picture itself.

What a camera writes beside it (the place above all) is left behind, as is whatever a file could hide from a reader.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from PIL import Image, ImageCms, ImageOps, ImageSequence, UnidentifiedImageError

from .errors import BadPictureError

# A camera makes 50 million; more in a small file is there to fill the memory.
PIXELS_MOST = 50_000_000
# Of all pictures of an animation together; beyond, the first one stands for it.
MOVING_PIXELS_MOST = 20_000_000
SIDE_MOST = 2_048
THUMBNAIL_SIDE_MOST = 640
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP")
MOVING_FORMATS = {"GIF", "PNG", "WEBP"}
SAVING = {
    "JPEG": {"quality": 85, "optimize": True, "progressive": True},
    "PNG": {},
    "WEBP": {"quality": 85},
}
SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}
THUMBNAIL_TYPE = "image/webp"
# Whatever a decoder raises over bytes that were made to harm it.
BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError, MemoryError)

# We look at the size ourselves, before anything is decoded.
Image.MAX_IMAGE_PIXELS = None


@dataclass(slots=True)
class Picture:
    content: bytes
    thumbnail: bytes
    media_type: str
    suffix: str
    width: int
    height: int


def remake(content: IO[bytes]) -> Picture | None:
    """None: it is no picture of a kind that we read. Raises BadPictureError."""
    try:
        image = Image.open(content, formats=FORMATS)
    except UnidentifiedImageError:
        return None
    except BROKEN:
        raise BadPictureError from None
    if image.width * image.height > PIXELS_MOST:
        raise BadPictureError("This picture has too many pixels.")
    try:
        return _remade(image)
    except BROKEN:
        raise BadPictureError("This picture is damaged.") from None


def _remade(image: Image.Image) -> Picture:
    moving = _moving(image) if image.format in MOVING_FORMATS else []
    kind = _kind_for(image, is_moving=bool(moving))
    # Lets a JPEG be decoded at an eighth of its size where that is enough.
    image.draft("RGB", (SIDE_MOST, SIDE_MOST))
    still = _plain(image, SIDE_MOST)
    made = io.BytesIO()
    if moving:
        pictures = [picture for picture, _ in moving]
        durations = [milliseconds for _, milliseconds in moving]
        pictures[0].save(made, "WEBP", save_all=True, append_images=pictures[1:], duration=durations, loop=0)
        still = pictures[0]
    else:
        (still.convert("RGB") if kind == "JPEG" else still).save(made, kind, **SAVING[kind])
    media_type = f"image/{kind.lower()}"
    return Picture(made.getvalue(), _thumbnail(still), media_type, SUFFIXES[kind], still.width, still.height)


def _kind_for(image: Image.Image, *, is_moving: bool) -> str:
    if image.format in ("JPEG", "MPO", "BMP"):
        return "JPEG"
    return "WEBP" if is_moving or image.format in ("WEBP", "AVIF") else "PNG"


def _moving(image: Image.Image) -> list[tuple[Image.Image, int]]:
    """The pictures of an animation and how many milliseconds each is shown; nothing where one alone is kept."""
    if not getattr(image, "is_animated", False):
        return []
    pictures: list[tuple[Image.Image, int]] = []
    for frame in _frames(image):
        if (len(pictures) + 1) * image.width * image.height > MOVING_PIXELS_MOST:
            image.seek(0)
            return []
        pictures.append((_plain(frame, SIDE_MOST), int(frame.info.get("duration", 100))))
    image.seek(0)
    return pictures


def _frames(image: Image.Image) -> Iterator[Image.Image]:
    yield from ImageSequence.Iterator(image)


def _plain(image: Image.Image, side: int) -> Image.Image:
    """Upright, in sRGB, within the side, and with nothing known of it but its pixels."""
    has_alpha = "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "La", "RGBa")
    profile = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image)
    made = _in_srgb(upright, profile) if profile and upright.mode in ("RGB", "RGBA", "CMYK", "L") else upright
    made = made.convert("RGBA" if has_alpha else "RGB")
    made.thumbnail((side, side))
    made.info = {}
    return made


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """As it is where the profile makes no sense."""
    try:
        source, target = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(image, source, target, outputMode=mode)
    except (ImageCms.PyCMSError, *BROKEN):
        return image
    return converted or image


def _thumbnail(picture: Image.Image) -> bytes:
    small = picture.copy()
    small.thumbnail((THUMBNAIL_SIDE_MOST, THUMBNAIL_SIDE_MOST))
    made = io.BytesIO()
    small.save(made, "WEBP", quality=78)
    return made.getvalue()
