"""nginx sends the files themselves, and only by a worker's word."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.files.conftest import jpeg
from tests.live import DEADLINE_SECONDS, ROOT, Account, LiveServer
from tests.live_process import free_port
from tests.messaging.test_files import CHUNK, share
from tests.outliving import end_with_us

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]
CONFIGURE = """
from pathlib import Path
from tiers.nginx import write_configuration
data, folder = Path({data!r}), Path({folder!r})
write_configuration(folder, {port}, [{worker}], static=data / "static", kept=data / "files")
"""


class BehindNginx(LiveServer):
    """One worker that lets nginx send its files; people reach it through nginx."""

    front = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.front}"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BehindNginx]:
    tmp_path.chmod(0o755)
    server = BehindNginx(tmp_path, PARLEY_FILES_ACCEL="/kept/", PARLEY_BEHIND_PROXY="1")
    server.prepare()
    server.start()
    server.front = free_port()
    folder = tmp_path / "nginx"
    values = {"data": str(tmp_path), "folder": str(folder), "port": server.front, "worker": server.port}
    code = CONFIGURE.format(**values)
    subprocess.run([sys.executable, "-c", code], cwd=ROOT / "deploy", check=True, timeout=60)
    # As root it would serve as somebody who cannot reach pytest's folder.
    text = (folder / "nginx.conf").read_text()
    (folder / "nginx.conf").write_text(text.replace("user www-data www-data;", "user root;"))
    files = ["-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"]
    nginx = subprocess.Popen(["nginx", *files, "-g", "daemon off;"])
    end_with_us(nginx.pid, signal.SIGTERM)
    try:
        wait_ready(server)
        yield server
    finally:
        nginx.terminate()
        nginx.wait(30)
        server.stop()


def wait_ready(server: BehindNginx) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            httpx.get(f"{server.url}/livez")
            return
        except httpx.ConnectError:
            assert time.monotonic() < deadline
            time.sleep(0.05)  # polls a process that cannot call back


def people(server: BehindNginx) -> tuple[Account, Account]:
    return server.newcomer("alice"), server.newcomer("bob")


def test_nginx_sends_what_a_worker_lets_pass_and_nothing_else(server: BehindNginx) -> None:
    alice, bob = people(server)
    group = alice.make_group()
    content = bytes(range(256)) * 6_000
    assert len(content) > CHUNK
    message = share(alice, group, content)
    address = f"conversations/{group}/messages/{message['seq']}/file"
    got = alice.api.get(address, headers={"Range": "bytes=100-199"})
    assert (got.status_code, got.content) == (206, content[100:200])
    assert alice.api.get(address).content == content
    assert got.headers["content-disposition"] == 'attachment; filename="notes.txt"'
    assert got.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "private" in got.headers["cache-control"]
    again = alice.api.get(address, headers={"If-None-Match": got.headers["etag"]})
    assert again.status_code == 304
    assert bob.api.get(address).status_code == 404
    file_id = uuid.UUID(message["file"]["id"]).hex
    assert httpx.get(f"{server.url}/kept/{file_id[-2:]}/{file_id}").status_code == 404
    picture = share(alice, group, jpeg((400, 200)))
    small = alice.api.get(f"conversations/{group}/messages/{picture['seq']}/thumbnail")
    assert (small.status_code, small.headers["content-type"]) == (200, "image/webp")


def test_what_is_larger_than_is_taken_is_refused_by_nginx(server: BehindNginx) -> None:
    alice, _ = people(server)
    asked = {"conversation_id": alice.make_group(), "key": str(uuid.uuid4()), "name": "a", "size": 5_000_000}
    upload = alice.api.post("uploads", json=asked).json()["id"]
    headers = {"Upload-Offset": "0", "Content-Type": "application/octet-stream"}
    answer = alice.api.patch(f"uploads/{upload}", content=bytes(2_000_000), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
