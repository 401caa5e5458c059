"""Uploads: in parts, resumed, cancelled, bounded, and kept only while a message has them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.errors import UnavailableError
from accounts.models import User
from groups.actions import delete_conversation
from groups.models import Conversation
from messaging.files import actions, storage
from messaging.files.models import File, Use
from messaging.files.pictures.pool import PicturePool
from messaging.files.removal import remove_unused
from tests.files.conftest import gif_of, jpeg, jpeg_of_scans, png_of

Api = Callable[..., APIClient]
KEY = "5f0c3c57-4a3e-4ab4-8b5b-0f6a4d1f2a10"
CHUNK = 65_536
TEXT = bytes(range(256)) * 600


@pytest.fixture(autouse=True)
def _somewhere(storage: None) -> None:
    """Each test with each storage."""


@pytest.fixture
def alice_api(api: Api, alice: User) -> APIClient:
    return api(alice)


def begin(client: APIClient, group: Conversation, **fields: Any) -> Any:
    asked = {"conversation_id": str(group.pk), "key": KEY, "name": "notes.bin", "size": len(TEXT), **fields}
    return client.post("/api/v1/uploads", asked, format="json")


def send(client: APIClient, upload_id: str, content: bytes, offset: int) -> Any:
    return client.patch(
        f"/api/v1/uploads/{upload_id}",
        content,
        content_type="application/octet-stream",
        headers={"Upload-Offset": str(offset)},
    )


def whole(client: APIClient, group: Conversation, content: bytes, **fields: Any) -> dict[str, Any]:
    upload = begin(client, group, size=len(content), **fields).json()
    for offset in range(0, len(content), CHUNK):
        answer = send(client, upload["id"], content[offset : offset + CHUNK], offset)
        assert answer.status_code == 200, answer.content
    return dict(answer.json())


def refused(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def kept(file_id: str) -> bytes:
    with storage.storage().open(storage.name_of(uuid.UUID(file_id))) as content:
        return bytes(content.read())


def test_a_file_arrives_in_parts_and_is_kept_whole(alice_api: APIClient, group: Conversation) -> None:
    done = whole(alice_api, group, TEXT)
    assert done["offset"] == len(TEXT)
    assert done["file"] == {
        "id": done["id"],
        "name": "notes.bin",
        "size": len(TEXT),
        "media_type": "application/octet-stream",
    }
    assert kept(done["id"]) == TEXT
    assert not storage.storage().exists(f"arriving/{uuid.UUID(done['id']).hex}/{0:015}")


def test_who_lost_the_answer_asks_where_it_stands_and_goes_on(alice_api: APIClient, group: Conversation) -> None:
    first = begin(alice_api, group)
    again = begin(alice_api, group)
    assert (first.status_code, again.status_code) == (201, 200)
    upload = first.json()["id"]
    assert again.json()["id"] == upload
    assert send(alice_api, upload, TEXT[:CHUNK], 0).json()["offset"] == CHUNK
    refused(send(alice_api, upload, TEXT[:CHUNK], 0), 409, "wrong_offset")
    assert alice_api.get(f"/api/v1/uploads/{upload}").json()["offset"] == CHUNK
    send(alice_api, upload, TEXT[CHUNK : 2 * CHUNK], CHUNK)
    done = send(alice_api, upload, TEXT[2 * CHUNK :], 2 * CHUNK).json()
    # The last answer too may be lost.
    assert send(alice_api, upload, b"", len(TEXT)).json()["file"] == done["file"]
    assert begin(alice_api, group).json()["file"] == done["file"]
    assert kept(upload) == TEXT


def test_of_two_chunks_at_once_the_refused_one_replaces_nothing(
    alice_api: APIClient, group: Conversation, monkeypatch: Any
) -> None:
    upload = begin(alice_api, group, size=2 * CHUNK).json()["id"]
    keep_chunk, other = storage.keep_chunk, bytes(CHUNK)
    answers = []

    def keep_with_another_in_between(file_id: uuid.UUID, offset: int, content: bytes) -> None:
        keep_chunk(file_id, offset, content)
        monkeypatch.undo()
        answers.append(send(alice_api, upload, other, 0))

    monkeypatch.setattr(storage, "keep_chunk", keep_with_another_in_between)
    assert send(alice_api, upload, TEXT[:CHUNK], 0).json()["offset"] == CHUNK
    refused(answers[0], 409, "wrong_offset")
    send(alice_api, upload, TEXT[CHUNK : 2 * CHUNK], CHUNK)
    assert kept(upload) == TEXT[: 2 * CHUNK]


def test_a_chunk_that_could_not_be_kept_is_sent_again_at_once(
    alice_api: APIClient, group: Conversation, monkeypatch: Any
) -> None:
    upload = begin(alice_api, group).json()["id"]
    with monkeypatch.context() as broken:
        broken.setattr(storage, "keep_chunk", lambda *about: (_ for _ in ()).throw(UnavailableError()))
        refused(send(alice_api, upload, TEXT[:CHUNK], 0), 503, "unavailable")
    assert send(alice_api, upload, TEXT[:CHUNK], 0).json()["offset"] == CHUNK


def test_a_picture_is_told_with_its_size(alice_api: APIClient, group: Conversation) -> None:
    done = whole(alice_api, group, jpeg((40, 20), orientation=6), name="IMG_1.HEIC")
    facts = done["file"]
    assert (facts["name"], facts["media_type"], facts["width"], facts["height"]) == ("IMG_1.jpg", "image/jpeg", 20, 40)
    assert storage.storage().exists(storage.name_of(uuid.UUID(done["id"]), is_small=True))


def test_a_picture_that_nobody_can_decode_now_is_asked_for_again(
    alice_api: APIClient, group: Conversation, monkeypatch: Any
) -> None:
    content = jpeg()
    upload = begin(alice_api, group, size=len(content)).json()["id"]
    closed = PicturePool(1)
    closed.close()
    with monkeypatch.context() as stopping:
        stopping.setattr(actions, "picture_pool", lambda: closed)
        refused(send(alice_api, upload, content, 0), 503, "unavailable")
    # Everything has arrived: to ask again is enough.
    assert send(alice_api, upload, b"", len(content)).json()["file"]["media_type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("content", "name", "media_type", "reason"),
    [
        (jpeg((400, 400))[:900], "a.jpg", "image/jpeg", "damaged"),
        (png_of(size=(12_000, 9_000)), "a.png", "image/png", "too_large"),
        (gif_of(2_000), "a.gif", "image/gif", "too_large"),
        (jpeg_of_scans(2_000), "a.jpg", "image/jpeg", "too_complex"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100), "a.heic", "image/heif", "unknown_kind"),
        (b"BMX race on Sunday, 9 o'clock", "a.md", "text/plain", None),
        (b"BMA,1,2\n" * 9, "a.csv", "text/plain", None),
    ],
)
def test_what_cannot_be_shown_as_a_picture_is_sent_as_the_file_it_is(
    alice_api: APIClient, group: Conversation, content: bytes, name: str, media_type: str, reason: str | None
) -> None:
    done = whole(alice_api, group, content, name=name)
    assert done.get("sent_as_file") == reason
    facts = done["file"]
    assert (facts["name"], facts["media_type"], facts["size"]) == (name, media_type, len(content))
    assert "width" not in facts
    assert kept(done["id"]) == content
    assert alice_api.get(f"/api/v1/uploads/{done['id']}").json().get("sent_as_file") == reason


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"size": 0}, "size"),
        ({"size": "many"}, "size"),
        ({"name": 5}, "name"),
        ({"key": "mine"}, "key"),
        ({"conversation_id": None}, "conversation_id"),
        ({"path": "/etc"}, "path"),
    ],
)
def test_what_is_wrong_is_named(alice_api: APIClient, group: Conversation, fields: Any, field: str) -> None:
    answer = begin(alice_api, group, **fields)
    refused(answer, 400, "invalid")
    assert answer.json()["field"] == field


def test_chunks_have_bounds(alice_api: APIClient, group: Conversation) -> None:
    upload = begin(alice_api, group).json()["id"]
    refused(send(alice_api, upload, TEXT[:100], 0), 400, "invalid")
    refused(send(alice_api, upload, TEXT + b"x", 0), 400, "invalid")
    refused(send(alice_api, upload, b"x" * (actions.CHUNK_BYTES_MOST + 1), 0), 413, "file_too_large")
    refused(send(alice_api, upload, TEXT, "all"), 400, "invalid")  # type: ignore[arg-type]
    answer = alice_api.patch(f"/api/v1/uploads/{upload}", {"a": 1}, format="json")
    refused(answer, 415, "unsupported_media_type")


def test_a_user_has_so_much_room_and_no_more(alice_api: APIClient, group: Conversation, settings: Any) -> None:
    settings.FILE_BYTES_MOST, settings.FILES_BYTES_PER_USER = 1_000, 1_500
    refused(begin(alice_api, group, size=1_001), 413, "file_too_large")
    assert begin(alice_api, group, size=1_000).status_code == 201
    refused(begin(alice_api, group, size=501, key=str(uuid.uuid4())), 409, "quota_full")
    refused(begin(alice_api, group, size=999), 409, "key_reused")


def test_an_upload_is_its_owners_alone(api: Api, alice_api: APIClient, bob: User, group: Conversation) -> None:
    upload = begin(alice_api, group).json()["id"]
    bob_api = api(bob)
    assert bob_api.get(f"/api/v1/uploads/{upload}").status_code == 404
    assert send(bob_api, upload, TEXT, 0).status_code == 404
    assert bob_api.delete(f"/api/v1/uploads/{upload}").status_code == 404
    assert begin(bob_api, group).json()["id"] != upload


def test_an_outsider_cannot_upload_into_a_conversation(api: Api, carol: User, group: Conversation) -> None:
    refused(begin(api(carol), group), 404, "not_found")


def test_what_is_cancelled_is_gone_for_good(alice_api: APIClient, group: Conversation) -> None:
    upload = begin(alice_api, group).json()["id"]
    send(alice_api, upload, TEXT[:CHUNK], 0)
    assert alice_api.delete(f"/api/v1/uploads/{upload}").status_code == 204
    assert send(alice_api, upload, TEXT[CHUNK:], CHUNK).status_code == 404
    assert remove_unused() == 1
    assert not storage.storage().exists(f"arriving/{uuid.UUID(upload).hex}/{0:015}")
    assert begin(alice_api, group).status_code == 201


def test_one_that_is_finished_is_given_up_at_once_too(alice_api: APIClient, group: Conversation) -> None:
    upload = begin(alice_api, group, size=4).json()["id"]
    assert send(alice_api, upload, b"four", 0).json()["file_id"]
    assert alice_api.get(f"/api/v1/uploads/{upload}").status_code == 200
    assert alice_api.delete(f"/api/v1/uploads/{upload}").status_code == 204
    assert alice_api.get(f"/api/v1/uploads/{upload}").status_code == 404
    refused(send(alice_api, upload, b"", 4), 404, "not_found")
    assert alice_api.delete(f"/api/v1/uploads/{upload}").status_code == 404


def test_a_repeat_says_where_it_begins_too(alice_api: APIClient, group: Conversation) -> None:
    upload = begin(alice_api, group, size=4).json()["id"]
    send(alice_api, upload, b"four", 0)
    path, kind = f"/api/v1/uploads/{upload}", "application/octet-stream"
    refused(alice_api.generic("PATCH", path, b"", kind), 400, "invalid")
    assert send(alice_api, upload, b"", 4).status_code == 200


def test_a_storage_that_fails_is_tried_again(alice_api: APIClient, group: Conversation, monkeypatch: Any) -> None:
    upload = begin(alice_api, group).json()["id"]
    alice_api.delete(f"/api/v1/uploads/{upload}")
    with monkeypatch.context() as broken:
        broken.setattr(storage, "erase", lambda file_id: 1 / 0)
        assert remove_unused() == 0
    assert File.objects.filter(pk=upload).exists()
    assert remove_unused() == 1


def test_files_go_with_their_conversation_unless_another_has_them(
    alice_api: APIClient, alice: User, bob: User, group: Conversation
) -> None:
    only_here = whole(alice_api, group, TEXT, key=str(uuid.uuid4()))
    forwarded = whole(alice_api, group, TEXT, key=str(uuid.uuid4()))
    elsewhere = uuid.uuid4()
    actions.use_again(uuid.UUID(forwarded["id"]), conversation_id=elsewhere, author_id=bob.pk, key=uuid.uuid4())
    delete_conversation(group)
    assert remove_unused() == 1
    assert not storage.storage().exists(storage.name_of(uuid.UUID(only_here["id"])))
    assert kept(forwarded["id"]) == TEXT
    actions.end_uses_in(elsewhere)
    assert remove_unused() == 1


def test_a_message_that_is_there_is_asked_about_less_and_less_and_then_no_more(
    alice_api: APIClient, alice: User, group: Conversation
) -> None:
    whole(alice_api, group, TEXT)
    actions.doubt(group.pk, alice.pk, uuid.UUID(KEY))
    assert actions.doubtful(10) == []
    now = timezone.now()
    Use.objects.update(doubted_at=now - timedelta(hours=2), settles_at=now)
    [use] = actions.doubtful(10)
    actions.confirm(use)
    use.refresh_from_db()
    assert timedelta(hours=1.9) < use.settles_at - now < timedelta(hours=2.1)
    Use.objects.update(doubted_at=now - timedelta(days=2), settles_at=now)
    [use] = actions.doubtful(10)
    actions.confirm(use)
    assert Use.objects.get().settles_at is None
    assert File.objects.get().removed_at is None
