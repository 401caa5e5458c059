"""One run: people talk, something breaks and is mended, everybody reads everything back; then it is judged."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from tiers.process import TierError

from messaging.client import GaveUpError, RefusedError
from messaging.client.wire import WireError
from tests.faults.breaking import Fault, Stage
from tests.faults.checks import anomalies, presence
from tests.faults.checks.run import Run
from tests.faults.checks.unseen import heal_seconds
from tests.faults.crowd import Crowd
from tests.faults.history import INFO, OK, Recorder, read_lines
from tests.faults.looking import look
from tests.faults.stack import Stack
from tests.faults.waiting import until

TALK_SECONDS = 25.0
CALM_SHARE = 0.2
REST_SECONDS = 60.0
# What was acknowledged and not told, workers find in so long (docs/operations.md).
HEADS_SECONDS = 5.0
RUN_SECONDS = 900.0
# A send whose outcome is unknown by then never gets one: its run is broken off, and judged without it.
DECIDED_SECONDS = 120.0


@dataclass(slots=True)
class Verdict:
    """`invalid` says why a run proves nothing; such a run is never green."""

    fault: Fault
    acked: int
    found: list[str]
    invalid: list[str]
    heal_seconds: float
    slowest_seconds: float
    shown: list[str]

    @property
    def is_green(self) -> bool:
        return not self.found and not self.invalid


async def live_through(
    stack: Stack,
    crowd: Crowd,
    fault: Fault,
    *,
    sends: int,
    folder: Path,
    seconds: float = TALK_SECONDS,
    most_seconds: float = RUN_SECONDS,
) -> Verdict:
    """`seconds`: how long the sends would take if nothing broke; after `most_seconds` the run is broken off."""
    path = folder / f"{fault.name}.jsonl"
    recorder, broken_off = Recorder(path), []
    stage = Stage(stack, crowd, recorder)
    try:
        async with asyncio.timeout(most_seconds):
            await crowd.gather(recorder)
            for name, count in stack.sockets().items():
                recorder.note(OK, "spread", by=name, seq=count)
            await crowd.haunt(recorder, stack.worker_urls())
            await _talk_through(stage, fault, sends, sends / seconds)
            await _rest(crowd, recorder)
            await look(crowd, recorder, stack.worker_urls())
    except (AssertionError, TimeoutError, OSError, TierError, WireError, GaveUpError, RefusedError) as error:
        broken_off = [f"broken off: {error!r}"]
        await asyncio.to_thread(stack.make_whole)
    finally:
        await crowd.disperse()
        recorder.close()
    verdict = judge(fault, path, sends)
    verdict.invalid += broken_off
    return verdict


async def _talk_through(stage: Stage, fault: Fault, sends: int, per_second: float) -> None:
    over = asyncio.Event()
    talk = stage.crowd.talk(over, per_second=per_second, padding=fault.padding)
    talking = asyncio.create_task(talk)
    try:
        await _until_acked(stage.recorder, int(sends * CALM_SHARE), talking)
        await fault.act(stage)
        await asyncio.to_thread(stage.stack.await_ready)
        await _until_acked(stage.recorder, sends, talking)
    finally:
        over.set()
        await asyncio.wait_for(talking, DECIDED_SECONDS)


async def _until_acked(recorder: Recorder, count: int, talking: asyncio.Task[None]) -> None:
    await until(lambda: recorder.acked >= count or talking.done(), RUN_SECONDS)
    if talking.done():
        talking.result()


async def _rest(crowd: Crowd, recorder: Recorder) -> None:
    """Until everybody has everything they know of, then of the channel too; what is lacking, the checks will say."""
    seconds = REST_SECONDS if crowd.fetches else 0.0
    await until(crowd.is_whole, seconds)
    until_settled = recorder.healed_at + presence.SECONDS - time.monotonic()
    await asyncio.sleep(max(HEADS_SECONDS + 1.0, until_settled))
    recorder.note(OK, "settled")
    crowd.open_channel()
    await until(crowd.is_whole, seconds)


def judge(fault: Fault, path: Path, sends: int) -> Verdict:
    run = Run(read_lines(path))
    waits = [write.acked - write.began for write in run.writes.values() if write.seqs]
    return Verdict(
        fault=fault,
        acked=run.acked,
        found=anomalies(run),
        invalid=_invalid(run, fault, sends),
        heal_seconds=heal_seconds(run),
        slowest_seconds=max(waits, default=0.0),
        shown=[line.body for line in run.faults if line.type == INFO],
    )


def _invalid(run: Run, fault: Fault, sends: int) -> list[str]:
    found = []
    if run.acked < sends:
        found.append(f"only {run.acked} of {sends} sends were acknowledged")
    if fault.name != "calm" and not any(line.type == INFO for line in run.faults):
        found.append("nothing shows that the fault happened")
    if min(run.spread.values(), default=0) < 1:
        found.append("a worker held no socket")
    if not run.looks:
        found.append("nobody read anything back")
    return found
