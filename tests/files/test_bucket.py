"""Files in a bucket, at real workers and a real S3: in parts, for members only, gone with their message."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from accounts.errors import UnavailableError
from messaging.files import address, storage
from tests.files.conftest import jpeg
from tests.live import DEADLINE_SECONDS, Account, LiveServer, Workers, two_workers
from tests.live_s3 import KEYS, LiveS3
from tests.messaging.test_files import CHUNK, TEXT, code, delete, send, share, upload

# It goes into the bucket in more than one piece.
LARGE = TEXT * 5
AT_CHUNK = {"Upload-Offset": str(CHUNK), "Content-Type": "application/octet-stream"}


@pytest.fixture
def workers(s3: LiveS3, bucket: str, tmp_path: Path) -> Iterator[Workers]:
    with two_workers(tmp_path, PARLEY_FILES=s3.address(bucket), **KEYS) as pair:
        yield pair
    assert pair[0].troubles() + pair[1].troubles() == []


def begin_and_break_off(who: Account, group: str, content: bytes) -> dict[str, Any]:
    asked = {"conversation_id": group, "key": str(uuid.uuid4()), "name": "notes.txt", "size": len(content)}
    begun = who.api.post("uploads", json=asked).json()
    answer = who.api.patch(
        f"uploads/{begun['id']}", content=content[:CHUNK], headers={**AT_CHUNK, "Upload-Offset": "0"}
    )
    assert answer.json()["offset"] == CHUNK
    return dict(answer.json())


def wait_empty(s3: LiveS3, bucket: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while left := s3.names(bucket):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)  # polls a server that cannot call back


@pytest.mark.server
def test_a_file_in_a_bucket_from_its_first_part_to_its_end(workers: Workers, s3: LiveS3, bucket: str) -> None:
    alice, bob, carol = (workers[0].sign_up(name) for name in ("alice", "bob", "carol"))
    group = alice.make_group(bob)
    begun = begin_and_break_off(alice, group, LARGE)
    assert s3.names(bucket) == [f"arriving/{uuid.UUID(begun['id']).hex}/{0:015}"]
    sent = upload(alice.at(workers[1]), group, LARGE, key=begun["key"])
    assert s3.names(bucket) == [storage.name_of(uuid.UUID(begun["id"]))]
    seq = send(alice, group, sent).json()["seq"]
    file = f"conversations/{group}/messages/{seq}/file"
    got = bob.at(workers[1]).api.get(file)
    assert (got.content == LARGE, got.headers["content-disposition"]) == (True, 'attachment; filename="notes.txt"')
    part = bob.api.get(file, headers={"Range": f"bytes={CHUNK}-{CHUNK + 99}"})
    assert (part.status_code, part.content) == (206, LARGE[CHUNK : CHUNK + 100])
    assert part.headers["content-range"] == f"bytes {CHUNK}-{CHUNK + 99}/{len(LARGE)}"
    assert carol.api.get(file).status_code == 404
    assert httpx.get(f"{alice.server.url}/api/v1/{file}").status_code == 401
    picture = share(alice, group, jpeg())
    assert len(s3.names(bucket)) == 3
    small = bob.api.get(f"conversations/{group}/messages/{picture['seq']}/thumbnail")
    assert (small.status_code, small.headers["content-type"]) == (200, "image/webp")
    assert alice.api.delete(f"groups/{group}/members/{bob.id}").status_code == 204
    assert bob.api.get(file).status_code == 404
    for one in (seq, picture["seq"]):
        delete(alice, group, one)
    assert alice.api.get(file).status_code == 404
    wait_empty(s3, bucket)


@pytest.fixture
def own_s3() -> Iterator[LiveS3]:
    """One that the test may kill."""
    server = LiveS3()
    try:
        server.start()
        server.make_bucket("parley")
        yield server
    finally:
        server.kill()


@pytest.fixture
def own_worker(own_s3: LiveS3, tmp_path: Path) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path, PARLEY_FILES=own_s3.address("parley"), **KEYS)
    server.prepare()
    server.start()
    yield server
    server.stop()


@pytest.mark.server
async def test_while_the_bucket_is_away_messages_go_on_and_files_wait(own_s3: LiveS3, own_worker: LiveServer) -> None:
    alice = own_worker.sign_up("alice")
    group = alice.make_group()
    seq = share(alice, group, TEXT)["seq"]
    begun = begin_and_break_off(alice, group, TEXT)
    socket = await alice.connect()
    own_s3.kill()
    rest = asyncio.to_thread(alice.api.patch, f"uploads/{begun['id']}", content=TEXT[CHUNK:], headers=AT_CHUNK)
    uploading = asyncio.create_task(rest)
    assert (await socket.say(group, "still here"))["type"] == "ack"
    assert code(await uploading) == (503, "unavailable")
    got = await asyncio.to_thread(alice.api.get, f"conversations/{group}/messages/{seq}/file")
    assert code(got) == (503, "unavailable")
    assert alice.api.get(f"uploads/{begun['id']}").json()["offset"] == CHUNK
    await socket.close()
    log = own_worker.log.read_text()
    assert "the bucket of PARLEY_FILES" in log
    assert "Traceback" not in log


@pytest.mark.parametrize("storage", ["bucket"], indirect=True)
@pytest.mark.usefixtures("storage")
def test_a_bucket_that_is_not_there_is_no_success(s3: LiveS3, bucket: str) -> None:
    s3.client().delete_bucket(Bucket=bucket)
    with pytest.raises(UnavailableError):
        storage.keep(storage.name_of(uuid.uuid4()), b"something")


def test_without_its_library_a_bucket_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(address, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"install requirements-s3\.txt"):
        address.read_files("s3://parley", tmp_path)
