"""What the application answers is compressed for clients that accept it; files are not."""

from __future__ import annotations

import gzip
import io

import pytest
from django.http import FileResponse, HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts.models import User
from chatproject.compression import CompressionMiddleware
from tests.people import create_group

pytestmark = pytest.mark.django_db(transaction=True)
ACCEPTED = {"Accept-Encoding": "gzip"}


@pytest.mark.parametrize("address", ["/c/", "/api/v1/conversations"])
def test_pages_and_json_are_compressed_where_that_is_accepted(alice: User, address: str) -> None:
    for number in range(3):
        create_group(alice, name=f"Group {number}", members=[])
    client = Client()
    client.force_login(alice)
    plain = client.get(address)
    packed = client.get(address, headers=ACCEPTED)
    assert "Content-Encoding" not in plain.headers
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert b"Group 2" in gzip.decompress(packed.content)
    assert len(packed.content) < len(plain.content) / 2


def test_the_size_of_a_page_varies_at_random() -> None:
    """Or who guesses at its secrets could learn from it (BREACH)."""
    request = RequestFactory().get("/", headers=ACCEPTED)
    compress = CompressionMiddleware(lambda _: HttpResponse("a page " * 500))
    assert len({len(compress(request).content) for _ in range(30)}) > 1


@pytest.mark.parametrize(
    "response",
    [
        FileResponse(io.BytesIO(b"text of a file " * 100), content_type="text/plain"),
        HttpResponse(b"\xff\xd8" * 500, content_type="image/jpeg"),
        HttpResponse("x" * 1_000, content_type="application/octet-stream"),
    ],
    ids=["streamed", "picture", "bytes"],
)
def test_what_is_streamed_or_no_text_keeps_its_length(response: HttpResponse) -> None:
    request: HttpRequest = RequestFactory().get("/", headers=ACCEPTED)
    length = response.headers.get("Content-Length")
    answer = CompressionMiddleware(lambda _: response)(request)
    assert "Content-Encoding" not in answer.headers
    assert answer.headers.get("Content-Length") == length
