"""One worker that lets nginx send its files; people reach it through nginx, as `make cluster` configures it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.live import DEADLINE_SECONDS, ROOT, LiveServer
from tests.live_process import free_port
from tests.outliving import end_with_us

CONFIGURE = """
from pathlib import Path
from tiers.nginx import write_configuration
data, folder = Path({data!r}), Path({folder!r})
write_configuration(folder, {port}, [{worker}], static=data / "static", kept=data / "files")
"""


class BehindNginx(LiveServer):
    front = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.front}"


@contextmanager
def running_behind_nginx(data: Path) -> Iterator[BehindNginx]:
    data.chmod(0o755)
    server = BehindNginx(data, PARLEY_FILES_ACCEL="/kept/", PARLEY_BEHIND_PROXY="1")
    server.prepare()
    server.start()
    server.front = free_port()
    nginx = _start_nginx(server, data, data / "nginx")
    try:
        _wait_ready(server)
        yield server
    finally:
        nginx.terminate()
        nginx.wait(30)
        server.stop()


def _start_nginx(server: BehindNginx, data: Path, folder: Path) -> subprocess.Popen[bytes]:
    values = {"data": str(data), "folder": str(folder), "port": server.front, "worker": server.port}
    code = CONFIGURE.format(**values)
    subprocess.run([sys.executable, "-c", code], cwd=ROOT / "deploy", check=True, timeout=60)
    # As root it would serve as somebody who cannot reach pytest's folder.
    text = (folder / "nginx.conf").read_text()
    (folder / "nginx.conf").write_text(text.replace("user www-data www-data;", "user root;"))
    files = ["-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"]
    nginx = subprocess.Popen(["nginx", *files, "-g", "daemon off;"])
    end_with_us(nginx.pid, signal.SIGTERM)
    return nginx


def _wait_ready(server: BehindNginx) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            httpx.get(f"{server.url}/livez")
            return
        except httpx.ConnectError:
            assert time.monotonic() < deadline
            time.sleep(0.05)  # polls a process that cannot call back
