"""The server around Daphne: what it does for all its connections leaves room for each."""

from __future__ import annotations

import asyncio

import pytest

from chatproject import server as server_module
from chatproject.server import CHECKED_AT_ONCE, ParleyServer


class Connected:
    def __init__(self, checked: list[Connected]) -> None:
        self._checked = checked

    def check_timeouts(self) -> None:
        self._checked.append(self)


async def test_timeouts_are_looked_at_a_few_at_a_time_and_not_of_who_left_meanwhile() -> None:
    checked: list[Connected] = []
    connections = [Connected(checked) for _ in range(3 * CHECKED_AT_ONCE)]
    server = ParleyServer.__new__(ParleyServer)
    server.connections = dict.fromkeys(connections)
    server.timeout_checker()
    await asyncio.sleep(0)
    assert checked == connections[:CHECKED_AT_ONCE]
    del server.connections[connections[-1]]
    await server._checking
    assert checked == connections[:-1]


class Failing(Connected):
    def check_timeouts(self) -> None:
        super().check_timeouts()
        raise OSError


async def test_they_are_looked_at_again_even_after_one_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "CHECK_SECONDS", 0.0)
    checked: list[Connected] = []
    server = ParleyServer.__new__(ParleyServer)
    server.connections = {Failing(checked): None}
    server.timeout_checker()
    async with asyncio.timeout(5):
        while len(checked) < 3:  # noqa: ASYNC110  # the checks are the event
            await asyncio.sleep(0)
    server.connections.clear()
