"""How a file's bytes are answered: ranges, ETags, and headers that let nothing in it run."""

from __future__ import annotations

import io
import uuid
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import RequestFactory

from accounts.errors import NotFoundError
from messaging.files import storage
from messaging.files.facts import FileFacts
from messaging.files.serving import answer

CONTENT = bytes(range(256)) * 4
PICTURE = FileFacts(uuid.uuid4(), "cat.jpg", len(CONTENT), "image/jpeg", 40, 20)
PAGE = FileFacts(uuid.uuid4(), "a “page”.html", len(CONTENT), "text/html")


@pytest.fixture(autouse=True)
def _kept(storage: None) -> None:
    for facts in (PICTURE, PAGE):
        keep(facts)


def keep(facts: FileFacts) -> None:
    storage.keep(storage.name_of(facts.id), io.BytesIO(CONTENT))


def ask(facts: FileFacts = PAGE, *, path: str = "/", method: str = "GET", **headers: str) -> Any:
    return answer(RequestFactory().generic(method, path, headers=headers), facts)


@async_to_sync
async def body(made: Any) -> bytes:
    return b"".join([piece async for piece in made.streaming_content])


def test_a_file_is_answered_whole() -> None:
    made = ask()
    assert (made.status_code, made["Content-Length"], made["Accept-Ranges"]) == (200, str(len(CONTENT)), "bytes")
    assert body(made) == CONTENT


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=1000-", 1000, 1023), ("bytes=-10", 1014, 1023), ("bytes=1000-9999", 1000, 1023)],
)
def test_a_range_is_answered_alone(asked: str, first: int, last: int) -> None:
    made = ask(Range=asked)
    assert (made.status_code, made["Content-Range"]) == (206, f"bytes {first}-{last}/1024")
    assert body(made) == CONTENT[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=9-2", "bytes=0-1,5-6", "bytes=-", "items=0-5", "bytes=x-5", "bytes=0-1023"])
def test_what_is_no_single_range_gets_the_whole(asked: str) -> None:
    made = ask(Range=asked)
    assert made.status_code == 200
    assert body(made) == CONTENT


def test_a_range_behind_the_end_is_refused() -> None:
    for asked in ("bytes=1024-", "bytes=-0"):
        made = ask(Range=asked)
        assert (made.status_code, made["Content-Range"]) == (416, "bytes */1024")


def test_who_has_it_already_is_told_so() -> None:
    etag = ask()["ETag"]
    assert ask(**{"If-None-Match": f'"other", W/{etag}'}).status_code == 304
    assert ask(**{"Range": "bytes=0-9", "If-Range": etag}).status_code == 206
    assert ask(**{"Range": "bytes=0-9", "If-Range": '"other"'}).status_code == 200


def test_nothing_in_a_file_runs_and_only_our_own_pictures_are_shown_in_place() -> None:
    for made, way in ((ask(), "attachment"), (ask(PICTURE), "inline"), (ask(PICTURE, path="/?download"), "attachment")):
        assert made["Content-Disposition"].startswith(f"{way}; filename")
        assert made["X-Content-Type-Options"] == "nosniff"
        assert made["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert made["Cache-Control"] == "private, no-cache"
    assert ask()["Content-Disposition"] == "attachment; filename*=utf-8''a%20%E2%80%9Cpage%E2%80%9D.html"


def test_the_head_says_what_the_whole_would() -> None:
    made = ask(method="HEAD")
    assert (made.content, made["Content-Length"]) == (b"", "1024")


def test_a_proxy_that_reaches_the_folder_is_told_where(settings: Any) -> None:
    settings.FILES_ACCEL = "/kept/"
    made = ask(Range="bytes=0-9")
    assert (made.status_code, made.content) == (200, b"")
    assert made["X-Accel-Redirect"] == f"/kept/{PAGE.id.hex[-2:]}/{PAGE.id.hex}"
    assert made["Content-Disposition"].startswith("attachment")


def test_what_is_gone_is_not_found() -> None:
    storage.erase(PAGE.id)
    with pytest.raises(NotFoundError):
        ask()
    with pytest.raises(NotFoundError):
        answer(RequestFactory().get("/"), PAGE, is_small=True)
