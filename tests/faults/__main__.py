"""python -m tests.faults [--sends 5000] [--faults "worker_killed redis_killed"] [--history cassandra]

Starts a cluster of its own, breaks it in every way or in those named while people talk, judges what they saw, and
writes the outcome into docs/reliability.md. Then the checks themselves are tried: with a deliberate defect switched on
they must find something. Fails unless all of it is as promised.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from tiers.process import TierError

from tests.faults import controls, replay, report
from tests.faults.breaking import FAULTS, Fault
from tests.faults.crowd import Crowd
from tests.faults.run import Verdict, live_through
from tests.faults.stack import Links, Stack
from tests.live import ROOT

PEOPLE = 36


async def break_all(stack: Stack, faults: list[Fault], sends: int, folder: Path) -> list[Verdict]:
    """Those that need proxies last: for them the workers are started anew, once."""
    verdicts = []
    crowd = Crowd(stack.url)
    try:
        await crowd.sign_up(PEOPLE)
        for fault in sorted(faults, key=lambda fault: fault.needs_links):
            await go_through_links(stack, fault.needs_links)
            print(f"{fault.name}: {fault.title}", flush=True)
            verdicts.append(await live_through(stack, crowd, fault, sends=sends, folder=folder))
            report.tell(verdicts[-1])
            report.write_fault(verdicts[-1])
    finally:
        await crowd.close()
        await go_through_links(stack, False)
    return verdicts


async def go_through_links(stack: Stack, wanted: bool) -> None:
    if wanted == bool(stack.links):
        return
    links, stack.links = stack.links, Links(stack) if wanted else None
    if stack.links:
        await stack.links.start()
    await asyncio.to_thread(stack.restart_workers_at_once)
    if links:
        await links.stop()


async def all_of_it(stack: Stack, wanted: list[str], sends: int, logs: list[Path], folder: Path) -> bool:
    faults = [FAULTS[name] for name in wanted if name in FAULTS]
    faults = [fault for fault in faults if stack.has_cassandra >= fault.needs_cassandra]
    verdicts = await break_all(stack, faults, sends, folder) if faults else []
    replayed = await replay.replay_through(stack, folder, logs) if replay.NAME in wanted else None
    tried = await controls.try_all(stack, wanted, folder)
    return (
        all(verdict.is_green for verdict in verdicts)
        and (replayed is None or replayed.is_green)
        and all(control.is_caught for control in tried)
    )


def start(stack: Stack) -> None:
    """A node may miss its seed on a machine that is busy with starting the others."""
    try:
        stack.start()
    except TierError as error:
        print(f"{error} Once more.", flush=True)
        stack.start()


def main() -> None:
    names = [*FAULTS, replay.NAME, *controls.CONTROLS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sends", type=int, default=5_000, help="acknowledged sends per fault (5000)")
    parser.add_argument("--faults", default="", help=f"some of: {' '.join(names)}")
    parser.add_argument("--history", choices=["cassandra", "postgres"], default="cassandra")
    parser.add_argument("--logs", type=Path, nargs="+", default=replay.LOGS, help="what is replayed (tests/data/irc)")
    arguments = parser.parse_args()
    wanted = arguments.faults.split() or names
    if unknown := set(wanted) - set(names):
        sys.exit(f"There is no fault named {', '.join(sorted(unknown))}.")
    folder = ROOT / "var" / "faults"
    folder.mkdir(parents=True, exist_ok=True)
    stack = Stack(arguments.history)
    try:
        start(stack)
        is_green = asyncio.run(all_of_it(stack, wanted, arguments.sends, arguments.logs, folder))
    finally:
        stack.remove(folder)
    sys.exit(0 if is_green else 1)


if __name__ == "__main__":
    main()
