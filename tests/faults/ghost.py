"""People who are only there: each holds one socket at a worker of its own, and does not come back when that dies."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from messaging.client import Account, Rest
from tests.faults.history import INFO, OK, Recorder
from tests.faults.link import Link


@dataclass(slots=True)
class Ghost:
    name: str
    account: Account
    _link: Link | None = None
    _fading: asyncio.Task[None] | None = None

    async def appear(self, recorder: Recorder, url: str) -> None:
        rest = Rest(url)
        try:
            self._link = await Link.open(rest, self.account, lambda told, payload: None)
        finally:
            await rest.close()
        recorder.note(OK, "open", who=self.name, author=str(self.account.user_id))
        self._fading = asyncio.create_task(self._fade(recorder, self._link))

    async def _fade(self, recorder: Recorder, link: Link) -> None:
        await link.closed
        recorder.note(INFO, "close", who=self.name)

    def leave(self) -> None:
        if self._fading:
            self._fading.cancel()
        if self._link:
            self._link.close()
