"""Where a message's time goes, stage by stage: a worker with conversations of 10, sampled by py-spy while they talk.

python -m bench.stages [--seconds 6]

The shares are those of samples in which a thread works; what each is worth is its share of the CPU time of a message.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from bench.client import Client
from bench.contenders import Parley, fill
from bench.native import build
from bench.rounds import per_message

SAMPLES_A_SECOND = "250"
# Threads that wait: for work, for sockets, for the disk.
WAITING = ("_worker (concurrent", "select (selectors", "_commit (django", "serve_forever", "wait (threading")
# The first that a stack holds names its stage.
STAGES = [
    ("the system's send", ("SocketTransport.offer (chatproject/transport.py", "untilConcludes", "writeSomeData")),
    ("giving out, above the send", ("Worker._announce", "Delivery.announce")),
    ("the acknowledgement", ("_acknowledge", "SocketTransport.release")),
    ("storing, on the writer's thread", ("commit_drafts",)),
    ("the lane and the hop to the thread", ("Lane._flush",)),
    ("check, decode, text to HTML", ("ChatConsumer.receive",)),
    ("the consumer's task around it", ("ChatConsumer.__call__",)),
    ("Twisted, Autobahn: a frame comes in", ("_readOrWrite",)),
]


def stage_of(stack: str) -> str | None:
    """None for a thread that waits."""
    leaf = stack.rsplit(";", 1)[-1]
    if any(name in leaf for name in WAITING) or "serve_forever" in stack:
        return None
    return next((stage for stage, names in STAGES if any(name in stack for name in names)), "the rest of the loop")


def sample(parley: Parley, seconds: float, into: Path) -> float:
    """Microseconds of CPU a message."""
    with Client(parley.kind, [parley.process.pid]) as client:
        client.add("a", parley.rooms("small"))
        client.open()
        cost = per_message(client.run(2, a="closed:1"))
        words = ["record", "-r", SAMPLES_A_SECOND, "-d", str(int(seconds)), "-f", "raw", "-o", str(into)]
        spy = subprocess.Popen(
            [str(Path(sys.executable).parent / "py-spy"), *words, "-p", str(parley.process.pid)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        client.run(seconds + 1, a="closed:1")
        spy.wait()
    return cost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=6)
    seconds = parser.parse_args().seconds
    build()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {"PARLEY_DATA": name}
        parley = Parley(folder, fill(environment, ["small"]), environment)
        try:
            cost = sample(parley, seconds, folder / "samples")
        finally:
            parley.stop()
        print_stages((folder / "samples").read_text(), cost)


def print_stages(samples: str, cost: float) -> None:
    counts: Counter[str] = Counter()
    for line in samples.splitlines():
        stack, count = line.rsplit(" ", 1)
        if stage := stage_of(stack):
            counts[stage] += int(count)
    print(f"{cost:.0f} us of CPU a message")
    for stage, count in counts.most_common():
        print(f"{cost * count / counts.total():6.0f} us  {count / counts.total():5.1%}  {stage}")


if __name__ == "__main__":
    main()
