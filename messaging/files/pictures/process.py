"""The process that decodes pictures: reads one after the other from its input and writes what became of each.

Started by pool.py, without Django and without the server's environment. The system ends it when a picture takes more
memory or time than it may; it ends by itself when its input does, or when it had nothing to do for a while.
"""

from __future__ import annotations

import math
import os
import resource
import select
import signal
import struct
import sys
from typing import IO

import msgspec
from PIL import Image

from .remaking import remake

READY = b"\x06"
LENGTH = struct.Struct(">Q")
MEMORY_BYTES = 1024**3
CPU_SECONDS = 5
OPEN_FILES = 32
IDLE_SECONDS = 60.0
# Whoever chats goes first.
NICENESS = 5


def main() -> None:
    wire = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library that prints must not speak for us
    _bind()
    Image.init()
    wire.write(READY)
    wire.flush()
    while content := _next(sys.stdin.buffer):
        _allow(CPU_SECONDS)
        answer = msgspec.msgpack.encode(remake(content))
        wire.write(LENGTH.pack(len(answer)))
        wire.write(answer)
        wire.flush()


def _bind() -> None:
    # Whoever stops the server stops this process by closing its input; what it has begun may end.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow(seconds: int) -> None:
    """So much of the processor from now on, then the system ends the process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = math.ceil(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _next(source: IO[bytes]) -> bytes:
    """Nothing when there will be no more."""
    if not select.select([source], [], [], IDLE_SECONDS)[0]:
        return b""
    header = source.read(LENGTH.size)
    return source.read(*LENGTH.unpack(header)) if len(header) == LENGTH.size else b""


if __name__ == "__main__":
    main()
