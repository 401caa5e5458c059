"""What comes through nginx is compressed for clients that take it so, and says that it depends on that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from tests.cluster.behind_nginx import BehindNginx, running_behind_nginx

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BehindNginx]:
    with running_behind_nginx(tmp_path_factory.mktemp("data")) as server:
        yield server


def sizes(browser: httpx.Client, address: str) -> tuple[int, int]:
    """Bytes on the way to a client that takes gzip, and to one that takes nothing but plain bytes."""
    found = []
    for accepted in ("gzip", "identity"):
        with browser.stream("GET", address, headers={"Accept-Encoding": accepted}) as answer:
            assert answer.status_code == 200
            assert answer.headers.get("content-encoding", "identity") == accepted
            assert "accept-encoding" in answer.headers["vary"].lower()
            found.append(sum(len(piece) for piece in answer.iter_raw()))
    return found[0], found[1]


def test_pages_json_and_scripts_are_compressed_through_nginx(server: BehindNginx) -> None:
    alice = server.newcomer("alice")
    for number in range(5):
        alice.make_group(name=f"Group {number}")
    with closing(alice.browser()) as browser:
        [script] = re.findall(r'src="(/static/js/main\.[^"]+)"', browser.get("/c/").text)
        for address in ("/c/", "/api/v1/conversations", script):
            packed, plain = sizes(browser, address)
            assert packed < plain / 2, address
