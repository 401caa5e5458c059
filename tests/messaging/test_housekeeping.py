"""What a worker does by the clock: in such portions that others have their turn, and on after a failure."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Collection
from types import SimpleNamespace
from typing import Any

import pytest

from messaging import housekeeping
from messaging.housekeeping import SESSIONS_AT_ONCE, check_sessions
from messaging.worker import Worker


class Here:
    """A worker with so many sockets, each of a session of its own; remembers whom it let go."""

    def __init__(self, sockets: int) -> None:
        made = [SimpleNamespace(session_id=f"token:{n}", user_id=uuid.uuid4()) for n in range(sockets)]
        self.hub = SimpleNamespace(connections=lambda: made)
        self.revoked: list[str] = []
        self.delivery = SimpleNamespace(revoke_here=self._revoke)

    async def _revoke(self, session_id: str) -> None:
        self.revoked.append(session_id)


async def test_sessions_are_looked_at_a_few_at_a_time_and_those_that_ended_are_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def ended(pairs: Collection[tuple[str, uuid.UUID]]) -> set[str]:
        asked.append(len(pairs))
        return {session_id for session_id, _ in pairs if session_id.endswith("00")}

    monkeypatch.setattr(housekeeping, "ended_sessions", ended)
    monkeypatch.setattr(housekeeping, "SESSIONS_SECONDS", 0.0)
    worker: Any = Here(2 * SESSIONS_AT_ONCE + 1)
    await check_sessions(worker)
    assert asked == [SESSIONS_AT_ONCE, SESSIONS_AT_ONCE, 1]
    assert sorted(worker.revoked) == ["token:100", "token:200", "token:300", "token:400"]


async def test_all_are_looked_at_within_the_time_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    rested: list[float] = []

    async def rest(seconds: float) -> None:
        rested.append(seconds)

    monkeypatch.setattr(housekeeping, "ended_sessions", lambda pairs: set())
    monkeypatch.setattr(housekeeping.asyncio, "sleep", rest)
    for sockets in (0, 1, 10 * SESSIONS_AT_ONCE):
        rested.clear()
        worker: Any = Here(sockets)
        await check_sessions(worker)
        assert sum(rested) == pytest.approx(housekeeping.SESSIONS_SECONDS)


async def test_a_chore_that_fails_at_once_is_not_tried_without_a_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    rested = asyncio.Event()
    sleep, tries = asyncio.sleep, 0

    async def rest(seconds: float) -> None:
        if seconds >= 1:
            rested.set()
        await sleep(0)

    async def failing() -> None:
        nonlocal tries
        tries += 1
        raise OSError

    monkeypatch.setattr("messaging.worker.asyncio.sleep", rest)
    worker = Worker()
    worker.every(0, failing)
    async with asyncio.timeout(5):
        await rested.wait()
    assert tries == 1
    await worker.stop()
