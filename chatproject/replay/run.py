"""One replay from the files to the verdict."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from chatproject.replay.check import Difference, differences
from chatproject.replay.inspect import inspect
from chatproject.replay.logs import Script, read_scripts
from chatproject.replay.observed import Played
from chatproject.replay.play import Crowd, Stage
from chatproject.replay.report import Report, Summary
from messaging.client import Rest
from messaging.client.pauses import PATIENCE_SECONDS


def read_files(paths: list[Path]) -> list[Script]:
    """Old logs have stray bytes; they come out as replacement characters, which are text like any other."""
    return read_scripts((path.stem, path.read_bytes().decode(errors="replace")) for path in paths)


async def replay(
    scripts: list[Script],
    url: str,
    *,
    speed: float = 0,
    seed: int = 0,
    report: Report,
    patience_seconds: float = PATIENCE_SECONDS,
) -> tuple[Summary, list[Difference]]:
    """Raises messaging.client.GaveUpError when the server stays away, RefusedError when it will not have us."""
    started = time.monotonic()
    rest = Rest(url, patience_seconds=patience_seconds)
    crowd = Crowd(rest)
    try:
        with report.running():
            return await _replay(scripts, crowd, speed=speed, seed=seed, report=report, started=started)
    finally:
        await crowd.depart()
        await rest.close()


async def _replay(
    scripts: list[Script], crowd: Crowd, *, speed: float, seed: int, report: Report, started: float
) -> tuple[Summary, list[Difference]]:
    nicks = dict.fromkeys(nick for script in scripts for nick in script.people)
    await crowd.arrive(nicks, report.bar("accounts and sockets", len(nicks)))
    stages = [Stage(crowd, script, speed, report.bar(script.name, script.lines)) for script in scripts]
    joining = report.bar("into the groups", sum(len(script.present) for script in scripts))
    for stage in stages:
        await stage.prepare(joining)
    playing = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        for stage in stages:
            tasks.create_task(stage.play())
    play_seconds = time.monotonic() - playing
    played = await inspect(crowd, stages, seed, report)
    found = [difference for scene in played for difference in differences(scene)]
    summary = _summary(crowd, scripts, played, play_seconds)
    summary.seconds = time.monotonic() - started
    return summary, found


def _summary(crowd: Crowd, scripts: list[Script], played: list[Played], play_seconds: float) -> Summary:
    sent = [sent for scene in played for sent in scene.sent]
    waits = sorted(one.acked - one.began for one in sent if one.seq) or [0.0]
    return Summary(
        accounts=len(crowd.clients()),
        lines=len(sent),
        empty=sum(script.empty for script in scripts),
        deliveries=sum(len(seqs) for scene in played for seat in scene.seats for seqs in seat.live),
        retries=sum(one.tries - 1 for one in sent) + crowd.rest.tries_again,
        reconnects=sum(client.reconnects for client in crowd.clients()),
        gaps_filled=sum(client.gaps_filled for client in crowd.clients()),
        play_seconds=max(play_seconds, 0.001),
        seconds=0.0,
        p50_ms=waits[len(waits) // 2] * 1000,
        p99_ms=waits[len(waits) * 99 // 100] * 1000,
    )
