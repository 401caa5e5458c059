"""Pictures made anew: upright, in sRGB, no larger than a screen, and without anything but the picture itself.

What a camera writes beside it (the place above all) is left behind, as is whatever a file could hide from a reader.
Runs in a process of its own (process.py): a decoder may take long, fill the memory or crash there.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import Any

from PIL import Image, ImageChops, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from .bounds import MAX_FRAMES, MAX_MOVING_PIXELS, MAX_PIXELS, MAX_SIDE, has_too_many_scans
from .outcome import NO_PICTURE, Outcome, Picture

SIDE_PIXELS = 2_048
THUMBNAIL_SIDE_PIXELS = 640
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP")
MOVING_FORMATS = {"GIF", "PNG", "WEBP", "AVIF"}
SAVING: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 85, "optimize": True, "progressive": True},
    "PNG": {},
    "WEBP": {"quality": 85},
}
SHRUNK_MODES = {"RGB", "RGBA", "L", "LA", "CMYK", "YCbCr"}
# A JPEG whose end is missing is shown if so much of it is there; with less, what arrived is worth more than a grey box.
SHOWN_SHARE = 0.9
GREY = 128
# Whatever a decoder raises over bytes that were made to harm it.
BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError)

# The size is looked at here, before anything is decoded.
Image.MAX_IMAGE_PIXELS = None


class TooLargeError(Exception):
    """More sides, pixels or frames than are decoded."""


class TooComplexError(Exception):
    """More work than its size explains."""


def remake(content: bytes) -> Outcome:
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except (UnidentifiedImageError, *BROKEN):
        return NO_PICTURE
    try:
        _check_bounds(image, content)
        return Outcome(_remade(image, content))
    except TooLargeError:
        return Outcome(reason="too_large")
    except (TooComplexError, MemoryError):
        return Outcome(reason="too_complex")
    except BROKEN:
        return Outcome(reason="damaged")


def _check_bounds(image: Image.Image, content: bytes) -> None:
    frames = 1 if image.format == "GIF" else getattr(image, "n_frames", 1)  # of a GIF it would read all of them
    area = image.width * image.height
    if max(image.size) > MAX_SIDE or area > MAX_PIXELS:
        raise TooLargeError
    if image.format in MOVING_FORMATS:
        _check_length(frames, area)
    if image.format in ("JPEG", "MPO") and has_too_many_scans(content):
        raise TooComplexError


def _check_length(frames: int, area: int) -> None:
    if frames > 1 and (frames > MAX_FRAMES or frames * area > MAX_MOVING_PIXELS):
        raise TooLargeError


def _remade(image: Image.Image, content: bytes) -> Picture:
    frames = _frames(image) if image.format in MOVING_FORMATS and getattr(image, "is_animated", False) else []
    if len(frames) > 1:
        return _moving(frames)
    return _still(frames[0][0] if frames else _loaded(image, content), _kind_of(image))


def _kind_of(image: Image.Image) -> str:
    if image.format in ("JPEG", "MPO", "BMP"):
        return "JPEG"
    return "WEBP" if image.format in ("WEBP", "AVIF") else "PNG"


def _still(picture: Image.Image, kind: str) -> Picture:
    made = io.BytesIO()
    (picture.convert("RGB") if kind == "JPEG" else picture).save(made, kind, **SAVING[kind])
    return _picture(made.getvalue(), picture, kind)


def _moving(frames: list[tuple[Image.Image, int]]) -> Picture:
    first, *others = (frame for frame, _ in frames)
    durations = [milliseconds for _, milliseconds in frames]
    made = io.BytesIO()
    first.save(made, "WEBP", save_all=True, append_images=others, duration=durations, loop=0)
    return _picture(made.getvalue(), first, "WEBP")


def _picture(content: bytes, shown: Image.Image, kind: str) -> Picture:
    about = {"JPEG": ("image/jpeg", ".jpg"), "PNG": ("image/png", ".png"), "WEBP": ("image/webp", ".webp")}
    media_type, suffix = about[kind]
    return Picture(content, _thumbnail(shown), media_type, suffix, shown.width, shown.height)  # type: ignore[arg-type]


def _frames(image: Image.Image) -> list[tuple[Image.Image, int]]:
    """The pictures of an animation and how many milliseconds each is shown."""
    frames: list[tuple[Image.Image, int]] = []
    for number in range(MAX_FRAMES + 1):
        try:
            image.seek(number)
        except EOFError:
            return frames
        _check_length(number + 1, image.width * image.height)
        frames.append((_plain(image.copy()), int(image.info.get("duration", 100))))
    raise TooLargeError


def _loaded(image: Image.Image, content: bytes) -> Image.Image:
    if image.format not in ("JPEG", "MPO"):
        return _plain(image)
    # A JPEG is decoded at an eighth of its size where that is enough.
    image.draft("RGB", (SIDE_PIXELS, SIDE_PIXELS))
    try:
        image.load()
    except OSError:
        image = _without_its_end(content)
    return _plain(image)


def _without_its_end(content: bytes) -> Image.Image:
    """Rows that did not arrive come out in one grey. Raises OSError when they are too many."""
    with _lenient():
        image = Image.open(io.BytesIO(content), formats=("JPEG",))
        image.draft("RGB", (SIDE_PIXELS, SIDE_PIXELS))
        image.load()
    missing = Image.new(image.mode, image.size, (GREY,) * len(image.getbands()))
    there = ImageChops.difference(image, missing).point(lambda value: 255 * (value > 1)).getbbox()
    if there is None or there[3] < SHOWN_SHARE * image.height:
        raise OSError("too little of it is there")
    return image


@contextlib.contextmanager
def _lenient() -> Iterator[None]:
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def _plain(image: Image.Image) -> Image.Image:
    """Upright, in sRGB, as large as a screen at most, and with nothing known of it but its pixels.

    Shrunk before anything else where its mode allows: each other step needs the memory of the whole picture once more.
    """
    has_alpha = "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "La", "RGBa")
    profile = image.info.get("icc_profile")
    image.load()
    made = _eight_bits(image)
    if made.mode in SHRUNK_MODES and "transparency" not in made.info:
        made.thumbnail((SIDE_PIXELS, SIDE_PIXELS))
    ImageOps.exif_transpose(made, in_place=True)
    made = _in_srgb(made, profile) if profile and made.mode in ("RGB", "RGBA", "CMYK", "L") else made
    made = made.convert("RGBA" if has_alpha else "RGB")
    made.thumbnail((SIDE_PIXELS, SIDE_PIXELS))
    made.info = {}
    return made


def _eight_bits(image: Image.Image) -> Image.Image:
    """The upper byte of 16-bit grey, which Pillow clips to white."""
    if not image.mode.startswith("I;16"):
        return image
    pixels = image.tobytes()
    upper, lower = (pixels[0::2], pixels[1::2]) if image.mode == "I;16B" else (pixels[1::2], pixels[0::2])
    grey = Image.frombytes("L", image.size, upper)
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        is_clear = ImageChops.darker(
            grey.point(lambda value: 255 * (value == clear >> 8)),
            Image.frombytes("L", image.size, lower).point(lambda value: 255 * (value == clear & 255)),
        )
        grey.putalpha(ImageChops.invert(is_clear))
    grey.info = {name: value for name, value in image.info.items() if name != "transparency"}
    return grey


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
    small.thumbnail((THUMBNAIL_SIDE_PIXELS, THUMBNAIL_SIDE_PIXELS))
    made = io.BytesIO()
    small.save(made, "WEBP", quality=78)
    return made.getvalue()
