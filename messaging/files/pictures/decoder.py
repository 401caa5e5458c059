"""One decoding process, from outside: start it, hand it a picture, end it when it takes too long."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import msgspec

from .outcome import Outcome

MODULE = "messaging.files.pictures.process"
ROOT = Path(__file__).resolve().parents[3]
READY = b"\x06"
LENGTH_BYTES = 8
START_SECONDS = 20.0
END_SECONDS = 1.0
# Whatever the process says, a picture made anew has no more.
MAX_ANSWER_BYTES = 64 * 1024 * 1024
PIECE_BYTES = 262_144


class DecoderEndedError(Exception):
    """It ended before it answered. `is_idle`: because it had nothing to do, and it has seen nothing of the picture;
    `is_late`: its time was over, but it had not computed for as long as it may, so the machine is too busy."""

    def __init__(self, returncode: int | None, *, is_late: bool = False) -> None:
        super().__init__(f"a decoder ended with {returncode}")
        self.is_idle = returncode == 0
        self.is_late = is_late


class Decoder:
    def __init__(self, module: str = MODULE) -> None:
        """Raises DecoderEndedError when it does not start."""
        environment = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env={**environment, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._is_late = False
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin: IO[bytes] = self._process.stdin
        self._stdout: IO[bytes] = self._process.stdout
        with self._watched(START_SECONDS):
            if self._stdout.read(1) != READY:
                raise DecoderEndedError(1)

    @property
    def pid(self) -> int:
        return self._process.pid

    def remake(self, content: IO[bytes], size: int, seconds: float) -> Outcome:
        """Raises DecoderEndedError: after `seconds`, or when it exceeds its limits. It cannot be used again then."""
        with self._watched(seconds):
            self._stdin.write(size.to_bytes(LENGTH_BYTES))
            shutil.copyfileobj(content, self._stdin, PIECE_BYTES)
            self._stdin.flush()
            length = int.from_bytes(self._read(LENGTH_BYTES))
            if length > MAX_ANSWER_BYTES:
                raise ValueError("too long an answer")
            return msgspec.msgpack.decode(self._read(length), type=Outcome)

    def kill(self) -> None:
        """Whoever waits for its answer gets DecoderEndedError."""
        self._process.kill()

    def end(self) -> None:
        """At once; for good."""
        self._process.kill()
        self._process.wait()
        for stream in (self._stdin, self._stdout):
            with contextlib.suppress(OSError):  # what it has not read
                stream.close()

    @contextlib.contextmanager
    def _watched(self, seconds: float) -> Iterator[None]:
        killer = threading.Timer(seconds, self._end_late)
        killer.daemon = True
        killer.start()
        try:
            yield
        except (OSError, ValueError, msgspec.DecodeError, DecoderEndedError) as error:
            raise DecoderEndedError(self._ended(), is_late=self._is_late) from error
        finally:
            killer.cancel()

    def _end_late(self) -> None:
        self._is_late = True
        self._process.kill()

    def _ended(self) -> int | None:
        """How it ended by itself; None when it did not."""
        returncode = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            returncode = self._process.wait(END_SECONDS)
        self.end()
        return returncode

    def _read(self, length: int) -> bytes:
        content: Any = self._stdout.read(length)
        if len(content) < length:
            raise BrokenPipeError
        return bytes(content)
