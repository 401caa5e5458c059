"""The checks tried: with a deliberate defect in the workers a run must not come out clean."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from tests.faults import report
from tests.faults.breaking import FAULTS
from tests.faults.crowd import Crowd
from tests.faults.run import live_through
from tests.faults.stack import Stack

SENDS = 1_500
PEOPLE = 18
# A defect may leave everybody waiting.
MOST_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Control:
    """`fault` is what brings the defect to light; `needs_cassandra`: elsewhere there is no such part."""

    name: str
    title: str
    fault: str
    needs_cassandra: bool = False


CONTROLS = {
    control.name: control
    for control in (
        Control("ack_before_write", "acknowledged before it is written", "worker_killed"),
        Control("no_gap_fetch", "gaps are not fetched", "redis_killed"),
        Control("no_epoch", "numbers begin where Redis stands", "redis_killed", needs_cassandra=True),
        Control("no_key_check", "keys are not looked at", "worker_killed"),
        Control("keep_deleted", "a deletion leaves the text", "calm"),
        Control("no_hints", "channels are not hinted at", "calm"),
        Control("no_lease", "who was at a dead worker stays connected", "worker_killed"),
    )
}


@dataclass(slots=True)
class Tried:
    control: Control
    found: list[str]

    @property
    def is_caught(self) -> bool:
        return bool(self.found)


async def try_all(stack: Stack, wanted: list[str], folder: Path) -> list[Tried]:
    tried = []
    for control in CONTROLS.values():
        if control.name in wanted and stack.has_cassandra >= control.needs_cassandra:
            tried.append(await _try(stack, control, folder))
            report.tell_control(tried[-1])
            report.write_control(tried[-1])
    return tried


async def _try(stack: Stack, control: Control, folder: Path) -> Tried:
    print(f"{control.name}: {control.title}", flush=True)
    stack.sabotage = control.name
    crowd = Crowd(stack.url, fetches=control.name != "no_gap_fetch")
    try:
        await asyncio.to_thread(stack.restart_workers_at_once)
        await crowd.sign_up(PEOPLE)
        own = folder / control.name
        own.mkdir(exist_ok=True)
        verdict = await live_through(
            stack, crowd, FAULTS[control.fault], sends=SENDS, folder=own, most_seconds=MOST_SECONDS
        )
    finally:
        await crowd.close()
        stack.sabotage = ""
        await asyncio.to_thread(stack.restart_workers_at_once)
    return Tried(control, verdict.found)
