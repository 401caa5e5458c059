"""What a file may be called."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.files.names import NAME_CHARACTERS, clean_name, with_suffix


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("holiday.jpg", "holiday.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\plan.docx", "plan.docx"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\u2066b\u200fc.txt", "abc.txt"),
        ("line\nbreak\x00.txt", "line break.txt"),
        ("...", "file"),
        ("", "file"),
        (". .", "file"),
        (".env", ".env"),
        (".gitignore", ".gitignore"),
        ("  .config.d. ", ".config.d"),
        ('what? "this": <tag>|*', 'what? "this": <tag>|*'),
        ("12:30 why?.txt", "12:30 why?.txt"),
        ("می\u200cخواهم.pdf", "می\u200cخواهم.pdf"),
        ("क्\u200dष.txt", "क्\u200dष.txt"),
        ("family 👨\u200d👩\u200d👧.png", "family 👨\u200d👩\u200d👧.png"),
        ("❤️\u200d🔥.png", "❤️\u200d🔥.png"),
        ("wales 🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f.png",) * 2,
        ("hidden\U000e0067\U000e0062.txt", "hidden.txt"),
        ("a\u200d.\u200cb \u200d c.txt", "a.b c.txt"),
        ("new \U0001fae8.txt", "new \U0001fae8.txt"),
        ("soft\u00adhyphen\u2060.txt", "softhyphen.txt"),
        ("写真.png", "写真.png"),
        ("e\u0301te\u0301.txt", "été.txt"),
        ("x" * 300 + ".tar", "x" * (NAME_CHARACTERS - 4) + ".tar"),
    ],
)
def test_a_name_is_kept_as_far_as_it_is_safe(given_name: str, kept: str) -> None:
    assert clean_name(given_name) == kept


@given(st.text(max_size=400))
def test_no_name_is_a_path_or_turns_text_round(name: str) -> None:
    kept = clean_name(name)
    assert 0 < len(kept) <= NAME_CHARACTERS
    assert not set("/\\") & set(kept)
    assert not kept.endswith((".", " "))
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Co") for character in kept)
    assert not set("\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff") & set(kept)
    assert clean_name(kept) == kept


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("photo.gif", "photo.jpg"),
        ("IMG_1.HEIC", "IMG_1.jpg"),
        ("Screenshot 2026-05-01 at 10.15.32", "Screenshot 2026-05-01 at 10.15.32.jpg"),
        ("Rechnung Nr. 7", "Rechnung Nr. 7.jpg"),
        ("Mr.Smith", "Mr.Smith.jpg"),
        (".env", ".env.jpg"),
        (".png", ".png.jpg"),
        ("v1.2b", "v1.2b.jpg"),
    ],
)
def test_only_an_ending_of_a_picture_is_replaced(name: str, other: str) -> None:
    assert with_suffix(name, ".jpg") == other


def test_a_name_with_another_ending_is_no_longer_than_others() -> None:
    assert len(with_suffix("x" * NAME_CHARACTERS, ".jpg")) == NAME_CHARACTERS
