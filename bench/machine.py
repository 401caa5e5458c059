"""The machine the numbers are of, in words that name no host; and which core a process may use."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

SERVER_CORE, OTHER_CORE = 0, 1
PACKAGES = ("django", "channels", "channels-redis", "daphne", "twisted", "autobahn", "redis", "scylla-driver")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pin(pid: int, core: int | None) -> None:
    """Keep a process, and all it starts, on one core; None: wherever the kernel likes."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(pid, {core} if core in cores else cores)


@contextlib.contextmanager
def started_on(core: int | None) -> Iterator[None]:
    """What is started meanwhile has that core from its first moment, when some count their cores and make threads."""
    own = os.sched_getaffinity(0)
    pin(0, core)
    try:
        yield
    finally:
        os.sched_setaffinity(0, own)


def resident_kib(pid: int) -> int:
    return int(re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0])


def machine() -> list[str]:
    cpu = re.findall(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory = int(re.findall(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[0]) / 1_048_576
    kernel = platform.release().split("-")[0]
    return [
        f"{len(os.sched_getaffinity(0))} cores ({cpu[0] if cpu else platform.machine()}), {memory:.0f} GB of memory, "
        f"Linux {kernel}; everything on one machine, over its loopback, without TLS"
    ]


def versions() -> list[str]:
    python = f"Python {platform.python_version()}"
    packages = [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    tools = [
        _first_line(*words)
        for words in (("redis-server", "-v"), ("node", "-v"), ("go", "version"), ("cc", "--version"))
    ]
    return [", ".join([python, *packages]), ", ".join(tools)]


def _first_line(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    line = (done.stdout.splitlines() or ["?"])[0]
    found = re.search(r"v?\d+\.\d+(\.\d+)?", line)
    return f"{words[0]} {found[0].lstrip('v') if found else '?'}"
