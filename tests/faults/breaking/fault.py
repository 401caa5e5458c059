"""What a fault is, and what it may act upon."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.faults.crowd import Crowd
from tests.faults.history import INFO, INVOKE, OK, Recorder
from tests.faults.stack import Links, Stack


@dataclass(slots=True)
class Stage:
    """`begins`, then `shows` as often as there is something to show, then `heals`: all into the history."""

    stack: Stack
    crowd: Crowd
    recorder: Recorder

    @property
    def links(self) -> Links:
        assert self.stack.links
        return self.stack.links

    def begins(self) -> None:
        self.recorder.note(INVOKE, "fault")

    def shows(self, what: str) -> None:
        self.recorder.note(INFO, "fault", body=what)

    def heals(self) -> None:
        self.recorder.note(OK, "fault")

    async def kill(self, name: str) -> None:
        self.shows(await asyncio.to_thread(self.stack.kill, name))

    async def stop(self, name: str) -> None:
        """Politely."""
        pid = self.stack.pid(name)
        await self.blocking(self.stack.part(name).stop)
        self.shows(f"{name}, pid {pid}, has ended")

    async def start_again(self, *names: str) -> None:
        await self.blocking(self.stack.start_again, *names)

    async def blocking(self, work: Callable[..., Any], *words: Any) -> Any:
        return await asyncio.to_thread(work, *words)


Act = Callable[[Stage], Awaitable[None]]


def standing_still(name: str, seconds: float) -> Act:
    async def act(stage: Stage) -> None:
        stage.begins()
        stage.shows(await stage.stack.freeze(name, seconds))
        stage.heals()

    return act


@dataclass(frozen=True, slots=True)
class Fault:
    """`title`: for people. `padding`: how long what is said may be."""

    name: str
    title: str
    act: Act
    padding: int = 0
    needs_links: bool = False
    needs_cassandra: bool = False
