"""A person's link that the server lets go of before it is open is tried anew at once, not after all patience."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from messaging.client.wire import WireError
from tests.faults.link import Link


class Rest:
    url = ""

    async def ticket(self, account: Any) -> str:
        return "one"


async def test_a_close_before_the_positions_is_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def open_wire(*about: Any) -> Any:
        closed.set_result(4013)
        return SimpleNamespace(closed=closed, cut=lambda: None)

    monkeypatch.setattr("tests.faults.link.Wire.open", open_wire)
    async with asyncio.timeout(5):
        with pytest.raises(WireError, match="4013"):
            await Link.open(Rest(), None, lambda told, content: None)  # type: ignore[arg-type]
