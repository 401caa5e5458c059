"""A task that forgets that it was cancelled ends all the same."""

from __future__ import annotations

import asyncio

from messaging.ending import end


async def test_a_cancellation_that_is_swallowed_is_repeated() -> None:
    swallowed = 0

    async def forgetful() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed == 3:
                    raise

    task = asyncio.create_task(forgetful())
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await end([task])
    assert task.cancelled()
    assert swallowed == 3


async def test_what_failed_before_is_over() -> None:
    async def failing() -> None:
        raise OSError

    task = asyncio.create_task(failing())
    await asyncio.wait([task])
    await end([task])
    assert isinstance(task.exception(), OSError)


async def test_none_is_ended_at_once() -> None:
    await end([])
