"""The process that indexes, from the worker that has it as its child: started, named to what is new, started again when
it dies. It ends with the worker, however that ends: its standard input is a pipe from here."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Sequence
from itertools import islice
from uuid import UUID

from django.conf import settings

# A worker is reachable first, and one that ends at once needs none.
START_SECONDS = 2.0
MAX_PAUSE_SECONDS = 60.0
# What ran for so long did not fail at its start.
SOUND_SECONDS = 60.0
STOP_SECONDS = 2.0
# Lines of 33 bytes; up to 4,096 bytes a pipe takes wholly or not at all.
NAMED_AT_ONCE = 120

logger = logging.getLogger(__name__)


@functools.cache
def index_process() -> IndexProcess:
    """That of this worker; not there until it is started."""
    return IndexProcess()


class IndexProcess:
    """`command` is for tests."""

    def __init__(self, command: Sequence[str] = ()) -> None:
        self._command = command or [sys.executable, str(settings.BASE_DIR / "manage.py"), "index", "--with-parent"]
        self._process: subprocess.Popen[bytes] | None = None
        self._is_stopping = threading.Event()
        self._keeping = threading.Thread(target=self._keep, name="index-process", daemon=True)

    def start(self) -> None:
        self._keeping.start()

    def stop(self) -> None:
        self._is_stopping.set()
        if process := self._process:
            self._close(process)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._keeping.join(STOP_SECONDS)

    async def name(self, conversation_ids: Collection[UUID]) -> Collection[UUID]:
        """Those it could not be named, as it is not there or does not read just now. Does not wait."""
        process, rest = self._process, iter(list(conversation_ids))
        if process is None or process.stdin is None:
            return conversation_ids
        while some := list(islice(rest, NAMED_AT_ONCE)):
            try:
                os.write(process.stdin.fileno(), b"".join(one.hex.encode() + b"\n" for one in some))
            except (OSError, ValueError):  # full, its other end is closed, or this one
                return [*some, *rest]
        return ()

    def _keep(self) -> None:
        pause = START_SECONDS
        while not self._is_stopping.wait(pause):
            began = time.monotonic()
            status = self._run()
            if self._is_stopping.is_set():
                return
            pause = START_SECONDS if time.monotonic() - began > SOUND_SECONDS else min(2 * pause, MAX_PAUSE_SECONDS)
            logger.error("the process that indexes ended with %s; it starts again in %d s", status, pause)

    def _run(self) -> int | None:
        """How it ended; None when it could not be started."""
        try:
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, start_new_session=True)
        except OSError:
            logger.exception("the process that indexes could not be started")
            return None
        assert process.stdin is not None
        os.set_blocking(process.stdin.fileno(), False)
        self._process = process
        if self._is_stopping.is_set():
            self._close(process)
        status = process.wait()
        self._process = None
        self._close(process)
        return status

    @staticmethod
    def _close(process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
