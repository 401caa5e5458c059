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
        (".bashrc", "bashrc"),
        ('what? "this": <tag>|*', "what_ _this__ _tag___"),
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
    assert not kept.startswith(".")
    assert not any(unicodedata.category(character)[0] == "C" for character in kept)
    assert clean_name(kept) == kept


def test_another_ending_takes_the_place_of_the_old_one() -> None:
    assert with_suffix("photo.gif", ".webp") == "photo.webp"
    assert len(with_suffix("x" * NAME_CHARACTERS, ".jpg")) == NAME_CHARACTERS
