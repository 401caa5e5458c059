"""What is written of where a conversation stands: every cell under a timestamp that tells which is newer."""

from __future__ import annotations

import uuid

import pytest

from messaging.history.cassandra.annotations import preview_stamp
from messaging.history.cassandra.heads import Standing, _writes

PLACE = uuid.uuid4()


def written(standing: Standing) -> dict[str, int]:
    """The timestamp of each row, by statement."""
    return {write.name: write.values[0] for write in _writes(0, PLACE, standing)}


def test_what_one_message_tells_is_one_row() -> None:
    standing = Standing(7, 1_000, 7, b"hello", preview_stamp(7, 7))
    assert written(standing) == {"set_all_of_head": preview_stamp(7, 7)}


@pytest.mark.parametrize(
    ("standing", "names"),
    [
        (Standing(8, 1_000, 8), ["set_head_and_last_at"]),
        (Standing(8), ["set_head"]),
        (Standing(9, 1_000, 8), ["set_head", "set_last_at"]),
        (Standing(8, 1_000, 8, b"edited", preview_stamp(7, 8)), ["set_head_and_last_at", "set_preview"]),
        (Standing(8, 1_000, 8, b"gone", preview_stamp(8, 8, is_final=True)), ["set_head_and_last_at", "set_preview"]),
    ],
)
def test_what_tells_of_more_than_one_change_is_more_rows(standing: Standing, names: list[str]) -> None:
    assert list(written(standing)) == names


def test_a_newer_change_is_above_whatever_was_written_of_an_older() -> None:
    older = Standing(7, 1_000, 7, b"hello", preview_stamp(7, 7))
    newer = Standing(8, 1_000, 8)
    assert min(written(newer).values()) > max(written(older).values())
    assert preview_stamp(7, 8) > preview_stamp(7, 7) < preview_stamp(7, 9, is_final=True) < preview_stamp(8, 8)
