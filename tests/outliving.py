"""What a test process started ends with it, however it ends: pytest-xdist kills a worker that takes long to tidy up.

A watcher beside it, which no signal to its group reaches, hears of everything that was started, and when the pipe
between them closes ends what is still there. What has ended before costs nothing: a number is known by its birth too.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def end_with_us(pid: int, how: signal.Signals = signal.SIGKILL) -> None:
    _tell(pid=pid, born=_born(pid), how=how)


def end_with_us_by(command: Sequence[str], folder: Path) -> None:
    """For what goes on by itself: the command that stops it. Run while its folder is there."""
    _tell(command=command, folder=str(folder))


def _tell(**what: Any) -> None:
    pipe = _watcher().stdin
    assert pipe
    pipe.write(json.dumps(what) + "\n")
    pipe.flush()


@functools.cache
def _watcher() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.outliving"]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, text=True, start_new_session=True)


def _born(pid: int) -> str:
    """When it began, in the kernel's ticks."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return ""


def _end(pid: int, born: str, how: int) -> None:
    if born and _born(pid) == born:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)


def _end_by(command: Sequence[str], folder: str) -> None:
    if Path(folder).exists():
        subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def _watch() -> None:
    for what in [json.loads(line) for line in sys.stdin]:
        _end(**what) if "pid" in what else _end_by(**what)


if __name__ == "__main__":
    _watch()
