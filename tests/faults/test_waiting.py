"""Waiting for something to stand still ends when it does, and not for ever when it does not."""

from __future__ import annotations

import itertools

from tests.faults.waiting import until_still


async def test_what_changes_and_then_rests_is_waited_for() -> None:
    counts = itertools.chain([1, 2, 3], itertools.repeat(3))
    assert await until_still(lambda: next(counts), 0.2, 5.0)
    assert next(counts) == 3


async def test_what_never_rests_is_given_up() -> None:
    assert not await until_still(itertools.count().__next__, 0.2, 0.5)
