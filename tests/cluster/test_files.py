"""nginx sends the files themselves, and only by a worker's word."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cluster.behind_nginx import BehindNginx, running_behind_nginx
from tests.files.conftest import jpeg
from tests.live import Account
from tests.messaging.test_files import CHUNK, share

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BehindNginx]:
    with running_behind_nginx(tmp_path) as server:
        yield server


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
