"""Real logs replayed through nginx, while a worker, Redis and a Cassandra node are killed and started again in turn."""

from __future__ import annotations

import asyncio
import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.faults import report
from tests.faults.stack import Stack
from tests.faults.waiting import until
from tests.live import ROOT

NAME = "replay"
LOGS = sorted((ROOT / "tests" / "data" / "irc").glob("*.log"))
BETWEEN_SECONDS = 5.0
AWAY_SECONDS = 2.0
REPLAY_SECONDS = 900.0
LINES = re.compile(r"^\s*lines +([\d,]+)", re.MULTILINE)
DIFFERENCES = re.compile(r"([\d,]+) differences")


@dataclass(slots=True)
class Replayed:
    lines: str
    differences: int
    killed: list[str]
    output: str

    @property
    def is_green(self) -> bool:
        return self.differences == 0 and len(set(self.killed)) >= 3


async def replay_through(stack: Stack, folder: Path, logs: list[Path]) -> Replayed:
    print(f"{NAME}: {len(logs)} logs, while a worker, Redis and a node are killed in turn", flush=True)
    command = [sys.executable, "manage.py", "replay", *map(str, logs), "--url", stack.url]
    log = folder / "replay.out"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=out, stderr=out)
    killed: list[str] = []
    try:
        async with asyncio.timeout(REPLAY_SECONDS):
            await _break_in_turn(stack, process, log, killed)
            code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    output = log.read_text()
    print(output, flush=True)
    match, differences = LINES.search(output), DIFFERENCES.search(output)
    wrong = int(differences[1].replace(",", "")) if differences else int(code != 0)
    replayed = Replayed(match[1] if match else "?", wrong, killed, output)
    report.write_replay(replayed)
    return replayed


async def _break_in_turn(stack: Stack, process: asyncio.subprocess.Process, log: Path, killed: list[str]) -> None:
    """From the first lines played until the replay is over."""
    names = ["worker1", "redis", "node3"] if stack.has_cassandra else ["worker1", "redis", "worker2"]
    await until(lambda: "into the groups" in log.read_text() or process.returncode is not None, REPLAY_SECONDS)
    for turn in range(100):
        if await _ended(process, BETWEEN_SECONDS):
            return
        name = names[turn % len(names)]
        print(await asyncio.to_thread(stack.kill, name), flush=True)
        killed.append(name)
        await asyncio.sleep(AWAY_SECONDS)
        await asyncio.to_thread(stack.start_again, name)


async def _ended(process: asyncio.subprocess.Process, seconds: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), seconds)
    return process.returncode is not None
