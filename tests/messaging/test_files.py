"""Messages that carry files, at a real server: sent once, read by members only, gone with their message."""

from __future__ import annotations

import time
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.files.conftest import PLACE, jpeg
from tests.live import DEADLINE_SECONDS, Account, LiveServer

pytestmark = pytest.mark.server
Cast = tuple[Account, Account, Account]
CHUNK = 1_048_576
TEXT = b"to be or not to be\n" * 100_000


@pytest.fixture
def cast(parley_server: LiveServer) -> Cast:
    """alice and bob, who talk, and carol, who does not."""
    newcomer = parley_server.newcomer
    return newcomer("alice"), newcomer("bob"), newcomer("carol")


@pytest.fixture
def group(cast: Cast) -> str:
    return cast[0].make_group(cast[1])


def upload(who: Account, group: str, content: bytes, name: str = "notes.txt", key: str = "") -> dict[str, Any]:
    """From where it stands."""
    asked = {"conversation_id": group, "key": key or str(uuid.uuid4()), "name": name, "size": len(content)}
    answer = who.api.post("uploads", json=asked)
    for offset in range(answer.json()["offset"], len(content), CHUNK):
        headers = {"Upload-Offset": str(offset), "Content-Type": "application/octet-stream"}
        chunk = content[offset : offset + CHUNK]
        answer = who.api.patch(f"uploads/{answer.json()['id']}", content=chunk, headers=headers)
        assert answer.status_code == 200, answer.text
    return dict(answer.json())


def send(who: Account, group: str, sent: dict[str, Any], **fields: Any) -> httpx.Response:
    body = {"key": sent["key"], "file_id": sent["file_id"], **fields}
    return who.api.post(f"conversations/{group}/messages", json=body)


def share(who: Account, group: str, content: bytes, **fields: Any) -> dict[str, Any]:
    answer = send(who, group, upload(who, group, content), **fields)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def delete(who: Account, group: str, seq: int) -> None:
    answer = who.api.request("DELETE", f"conversations/{group}/messages/{seq}", json={"key": str(uuid.uuid4())})
    assert answer.status_code == 200, answer.text


def on_disk(server: LiveServer, file_id: str) -> list[Path]:
    return list((server.data / "files").rglob(f"{uuid.UUID(file_id).hex}*"))


def wait_gone(server: LiveServer, file_id: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while on_disk(server, file_id):
        assert time.monotonic() < deadline, "the file is still there"
        time.sleep(0.1)  # polls a folder that cannot call back


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def test_a_picture_reaches_everybody_with_its_size(cast: Cast, group: str) -> None:
    alice, bob, _ = cast
    socket = await bob.connect()
    sent = upload(alice, group, jpeg(), "IMG_7.jpg")
    alice_socket = await alice.connect()
    command = {"type": "message.send", "conversation_id": group, "key": sent["key"], "file_id": sent["file_id"]}
    await alice_socket.send(**command)
    told = await socket.expect("message.sent")
    assert (told["content_type"], told["file"]) == ("image", sent["file"])
    assert (told["file"]["width"], told["file"]["height"]) == (40, 20)
    assert "body" not in told
    page = bob.api.get(f"conversations/{group}/messages").json()
    assert page["results"][-1] == told
    [row] = bob.api.get("conversations").json()["results"]
    assert row["preview"]["text"] == "Picture"
    picture = bob.api.get(f"conversations/{group}/messages/{told['seq']}/file")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    assert PLACE not in picture.content
    assert bob.api.get(f"conversations/{group}/messages/{told['seq']}/thumbnail").status_code == 200
    for one in (socket, alice_socket):
        await one.close()


def test_a_file_is_sent_once_by_its_owner_with_its_key_to_its_place(cast: Cast, group: str) -> None:
    alice, bob, _ = cast
    sent = upload(alice, group, TEXT)
    assert send(alice, group, sent, body="Read this").status_code == 201
    again = send(alice, group, sent, body="Read this")
    assert again.status_code == 200
    assert code(send(alice, group, sent, body="Or that")) == (409, "key_reused")
    assert code(send(alice, group, {**sent, "key": str(uuid.uuid4())})) == (400, "bad_file_id")
    assert code(send(bob, group, sent)) == (400, "bad_file_id")
    assert code(send(alice, alice.make_group(), sent)) == (400, "bad_file_id")
    refused = send(alice, group, {**sent, "file_id": sent["file_id"][:-1] + "x"})
    assert (code(refused), refused.json()["field"]) == ((400, "bad_file_id"), "file_id")
    assert again.json()["file"]["name"] == "notes.txt"


def test_only_members_read_a_file_and_only_as_long_as_they_are(cast: Cast, group: str) -> None:
    alice, bob, carol = cast
    seq = share(alice, group, TEXT)["seq"]
    address = f"conversations/{group}/messages/{seq}/file"
    got = bob.api.get(address, headers={"Range": "bytes=19-"})
    assert (got.status_code, got.content == TEXT[19:]) == (206, True)
    assert got.headers["content-disposition"] == 'attachment; filename="notes.txt"'
    assert carol.api.get(address).status_code == 404
    assert httpx.get(f"{alice.server.url}/api/v1/{address}").status_code == 401
    assert bob.api.get(f"conversations/{group}/messages/1/file").status_code == 404
    assert bob.api.get(f"conversations/{group}/messages/{seq}/thumbnail").status_code == 404
    assert alice.api.delete(f"groups/{group}/members/{bob.id}").status_code == 204
    assert bob.api.get(address).status_code == 404


def test_a_caption_is_edited_and_may_be_taken_away(cast: Cast, group: str) -> None:
    alice = cast[0]
    seq = share(alice, group, TEXT, body="Teh play")["seq"]
    for body in ("The play", ""):
        fields = {"key": str(uuid.uuid4()), "body": body}
        answer = alice.api.patch(f"conversations/{group}/messages/{seq}", json=fields)
        assert answer.status_code == 200, answer.text
    [row] = [row for row in alice.api.get("conversations").json()["results"] if row["id"] == group]
    assert row["preview"]["text"] == "notes.txt"


def test_a_deleted_messages_file_is_really_gone(cast: Cast, group: str) -> None:
    alice, bob, _ = cast
    message = share(alice, group, jpeg())
    file_id, seq = message["file"]["id"], message["seq"]
    assert len(on_disk(alice.server, file_id)) == 2
    delete(alice, group, seq)
    assert bob.api.get(f"conversations/{group}/messages/{seq}/file").status_code == 404
    [kept] = [one for one in bob.api.get(f"conversations/{group}/messages").json()["results"] if one["seq"] == seq]
    assert "file" not in kept
    wait_gone(alice.server, file_id)


def test_a_deleted_conversations_files_are_gone(cast: Cast, group: str) -> None:
    alice = cast[0]
    file_id = share(alice, group, TEXT)["file"]["id"]
    assert alice.api.delete(f"groups/{group}").status_code == 204
    wait_gone(alice.server, file_id)


def test_a_cancelled_upload_that_was_sent_stays(cast: Cast, group: str) -> None:
    alice = cast[0]
    unsent, sent = upload(alice, group, TEXT), upload(alice, group, TEXT)
    assert send(alice, group, sent).status_code == 201
    for one in (sent, unsent):
        assert alice.api.delete(f"uploads/{one['id']}").status_code == 204
    wait_gone(alice.server, unsent["id"])
    assert on_disk(alice.server, sent["id"])


def test_a_form_without_a_script_sends_a_file(cast: Cast, group: str) -> None:
    alice = cast[0]
    with closing(alice.browser()) as browser:
        key = str(uuid.uuid4())
        for _ in range(2):
            fields = {"key": key, "body": "Look", "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
            page = browser.post(f"/c/{group}/", data=fields, files={"file": ("IMG.jpg", jpeg((80, 40)), "image/jpeg")})
            assert page.status_code == 200
        assert page.text.count('<img src="/c/') == 1
        assert 'width="80" height="40" alt="Look"' in page.text
        seq = alice.api.get(f"conversations/{group}").json()["head"]
        assert browser.get(f"/c/{group}/{seq}/file").headers["content-type"] == "image/jpeg"
        assert browser.get(f"/c/{group}/{seq}/thumbnail").headers["content-type"] == "image/webp"
        assert browser.get(f"/c/{group}/{2**70}/file").status_code == 404


# --- forwarding


def forward(who: Account, to: str, source: str, seq: int, key: str = "") -> httpx.Response:
    fields = {"key": key or str(uuid.uuid4()), "source_id": source, "source_seq": seq}
    return who.api.post(f"conversations/{to}/forwards", json=fields)


def test_a_message_is_forwarded_as_it_is_now_and_tells_who_said_it_first(cast: Cast, group: str) -> None:
    alice, bob, carol = cast
    said = alice.api.post(f"conversations/{group}/messages", json={"key": str(uuid.uuid4()), "body": "one"}).json()
    fields = {"key": str(uuid.uuid4()), "body": "**two**"}
    alice.api.patch(f"conversations/{group}/messages/{said['seq']}", json=fields)
    elsewhere, key = bob.make_group(carol), str(uuid.uuid4())
    answer = forward(bob, elsewhere, group, said["seq"], key)
    assert answer.status_code == 201
    told = answer.json()
    origin = {"author_id": alice.id, "conversation_id": group, "seq": said["seq"]}
    assert (told["body"], told["author_id"], told["forwarded"]) == ("**two**", bob.id, origin)
    assert "<strong>" in told["html"]
    further = forward(carol, carol.make_group(), elsewhere, told["seq"]).json()
    assert further["forwarded"] == origin
    delete(alice, group, said["seq"])
    assert forward(bob, elsewhere, group, said["seq"], key).json()["seq"] == told["seq"]
    assert code(forward(bob, elsewhere, group, said["seq"])) == (409, "message_deleted")


def test_who_forwards_may_read_there_and_write_here(cast: Cast, group: str) -> None:
    alice, bob, carol = cast
    seq = share(alice, group, TEXT)["seq"]
    hers = carol.make_group()
    refused = forward(carol, hers, group, seq)
    assert (code(refused), refused.json()["field"]) == ((404, "not_found"), "source_id")
    refused = forward(bob, hers, group, seq)
    assert (code(refused), refused.json()["field"]) == ((404, "not_found"), "conversation_id")
    assert code(forward(bob, group, group, 1)) == (404, "not_a_message")
    direct = alice.api.post("conversations", json={"user_id": carol.id}).json()["id"]
    assert carol.api.put(f"users/{carol.id}/blocks/{alice.id}").status_code == 201
    assert code(forward(alice, direct, group, seq)) == (403, "not_allowed")


def test_a_forwarded_file_stays_until_its_last_message_goes(cast: Cast, group: str) -> None:
    alice, bob, carol = cast
    first = share(alice, group, jpeg(), body="Look")
    elsewhere = bob.make_group(carol)
    second = forward(bob, elsewhere, group, first["seq"]).json()
    assert (second["file"], second["content_type"]) == (first["file"], "image")
    file_id = first["file"]["id"]
    only_here = share(alice, group, TEXT)
    delete(alice, group, first["seq"])
    delete(alice, group, only_here["seq"])
    # What was looked at with it is gone by now.
    wait_gone(alice.server, only_here["file"]["id"])
    assert on_disk(alice.server, file_id)
    assert carol.api.get(f"conversations/{elsewhere}/messages/{second['seq']}/file").status_code == 200
    delete(bob, elsewhere, second["seq"])
    wait_gone(alice.server, file_id)
