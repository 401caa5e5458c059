"""Pictures are made anew: upright, without what a camera wrote beside them, and no bomb is decoded."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from messaging.files.kinds import media_type_of, why_no_picture
from messaging.files.pictures import remaking
from messaging.files.pictures.bounds import MAX_FRAMES, MAX_PIXELS, MAX_SCANS, MAX_SIDE, begins_like_a_picture
from messaging.files.pictures.outcome import NO_PICTURE, Picture
from messaging.files.pictures.remaking import SIDE_PIXELS, THUMBNAIL_SIDE_PIXELS
from tests.files.conftest import PLACE, gif_of, jpeg, jpeg_of_scans, png_of


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    made = io.BytesIO()
    image.save(made, kind, **options)  # type: ignore[arg-type]
    return made.getvalue()


def remake(content: bytes) -> Picture:
    outcome = remaking.remake(content)
    assert outcome.picture, outcome.reason
    return outcome.picture


def refused(content: bytes) -> str | None:
    outcome = remaking.remake(content)
    assert outcome.picture is None
    return outcome.reason or why_no_picture(media_type_of(content))


def colour(content: bytes, place: tuple[int, int] = (0, 0)) -> object:
    return opened(content).convert("RGB").getpixel(place)


def test_the_place_a_phone_wrote_is_gone() -> None:
    assert PLACE in jpeg()
    picture = remake(jpeg())
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
    picture = remake(content)
    assert PLACE not in picture.content


def test_a_picture_taken_sideways_stands_upright() -> None:
    picture = remake(jpeg((40, 20), orientation=6))
    assert (picture.width, picture.height) == (20, 40) == opened(picture.content).size
    red, _, blue = opened(picture.content).getpixel((10, 5))  # type: ignore[misc]
    assert red > 200 > 100 > blue


def test_a_large_picture_fits_a_screen_and_its_thumbnail_a_line() -> None:
    picture = remake(jpeg((4_000, 1_000)))
    assert (picture.width, picture.height) == (SIDE_PIXELS, SIDE_PIXELS // 4)
    assert max(opened(picture.thumbnail).size) == THUMBNAIL_SIDE_PIXELS


def test_what_is_clear_stays_clear() -> None:
    picture = remake(saved(Image.new("RGBA", (8, 8), (1, 2, 3, 0)), "PNG"))
    assert (picture.media_type, picture.suffix) == ("image/png", ".png")
    assert opened(picture.content).getpixel((0, 0)) == (1, 2, 3, 0)


def test_an_animation_goes_on_moving_and_its_thumbnail_stands_still() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    content = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
    picture = remake(content)
    assert picture.media_type == "image/webp"
    assert getattr(opened(picture.content), "n_frames", 1) == 3
    assert getattr(opened(picture.thumbnail), "n_frames", 1) == 1


@pytest.mark.parametrize(
    ("kind", "options"), [("GIF", {}), ("WEBP", {}), ("PNG", {}), ("AVIF", {})], ids=["gif", "webp", "apng", "avif"]
)
def test_an_animation_of_any_kind_moves(kind: str, options: dict[str, object]) -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "green", "blue")]
    content = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=50, **options)
    assert getattr(opened(remake(content).content), "n_frames", 1) == 3


# --- 16 bits of grey


@pytest.mark.parametrize(
    ("grey", "shown"), [(0x4000, 64), (0x00FF, 0), (0x0080, 0), (0x8000, 128), (0, 0), (0xFFFF, 255)]
)
def test_of_16_bits_the_upper_byte_is_shown(grey: int, shown: int) -> None:
    picture = remake(png_of([grey] * 4, bits=16))
    assert colour(picture.content) == colour(picture.thumbnail) == (shown, shown, shown)


def test_a_ramp_of_16_bits_stays_a_ramp() -> None:
    picture = opened(remake(png_of([x * 1_023 for x in range(64)], bits=16)).content).convert("L")
    assert [picture.getpixel((0, y)) for y in range(64)] == [x * 1_023 >> 8 for x in range(64)]


def test_a_clear_grey_of_16_bits_is_clear_alone() -> None:
    picture = opened(remake(png_of([0x4000, 0x4001], bits=16, clear=0x4001)).content)
    assert [picture.getpixel((0, y)) for y in (0, 1)] == [(64, 64, 64, 255), (64, 64, 64, 0)]


# --- what is sent as a file


@pytest.mark.parametrize(
    "size", [(60_000, 60_000), (MAX_PIXELS, 2), (1, 49_000_000), (1, MAX_SIDE + 1), (7_072, 7_072), (12_000, 9_000)]
)
def test_a_picture_of_too_many_pixels_or_too_long_a_side_is_not_decoded(size: tuple[int, int]) -> None:
    assert refused(png_of(size=size)) == "too_large"


def test_a_picture_just_within_the_bounds_is_shown() -> None:
    assert remake(saved(Image.new("L", (7_071, 7_071)), "PNG")).width == SIDE_PIXELS
    assert remake(saved(Image.new("L", (1, MAX_SIDE)), "PNG")).height == SIDE_PIXELS


def test_an_animation_of_too_many_frames_is_kept_as_it_is() -> None:
    assert refused(gif_of(MAX_FRAMES + 1)) == "too_large"
    assert refused(gif_of(100_000)) == "too_large"


@pytest.mark.parametrize(("kind", "size", "frames"), [("GIF", (480, 270), 170), ("WEBP", (1920, 1080), 10)])
def test_an_animation_of_too_many_pixels_is_kept_as_it_is(kind: str, size: tuple[int, int], frames: int) -> None:
    pictures = [Image.new("RGB", size, (number, 20 * number % 256, 0)) for number in range(frames)]
    assert refused(saved(pictures[0], kind, save_all=True, append_images=pictures[1:])) == "too_large"


def test_a_jpeg_of_too_many_scans_is_not_decoded() -> None:
    assert refused(jpeg_of_scans(2_000)) == "too_complex"
    assert remake(jpeg_of_scans(MAX_SCANS)).width == 64


def test_scans_are_not_looked_for_behind_the_end_of_the_picture() -> None:
    """Where phones write films."""
    assert remake(jpeg() + b"\xff\xda" * 1_000).width == 40


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF", "BMP", "PNG"])
@pytest.mark.parametrize("share", [0.5, 0.2])
def test_a_picture_of_which_much_is_missing_is_sent_as_a_file(kind: str, share: float) -> None:
    content = saved(Image.effect_noise((300, 300), 80).convert("RGB"), kind)
    assert refused(content[: int(len(content) * share)]) == "damaged"


@pytest.mark.parametrize("missing", [1, 2, 500])
def test_a_jpeg_without_its_end_is_shown(missing: int) -> None:
    content = saved(Image.effect_noise((300, 300), 80).convert("RGB"), "JPEG", quality=90)
    assert remake(content[:-missing]).width == 300


@pytest.mark.parametrize("kind", ["WEBP", "BMP"])
def test_what_lacks_its_last_byte_is_sent_as_a_file(kind: str) -> None:
    content = saved(Image.effect_noise((300, 300), 80).convert("RGB"), kind)
    assert refused(content[:-1]) == "damaged"


# --- what only begins like a picture


@pytest.mark.parametrize(
    "text",
    ["BMX race on Sunday, 9 o'clock at the track", "BMA,1,2\n" * 9, "BMW\n", "GIF89a is a format", "RIFFxxxxWEBP?"],
)
def test_a_text_that_begins_like_a_picture_is_a_text(text: str) -> None:
    assert begins_like_a_picture(text.encode())
    assert remaking.remake(text.encode()) == NO_PICTURE
    assert media_type_of(text.encode()) == "text/plain"


def test_a_text_with_a_picture_kinds_name_in_it_is_a_text() -> None:
    assert media_type_of(b"0000ftypavif and more") == "text/plain"


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
    assert not begins_like_a_picture(content)
    assert media_type_of(content) == kind
