"""Everything behind a proxy that speaks TLS: links are https, everybody has their own address and their own limits."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from tests.cluster.fixtures import running_cluster
from tests.cluster.tls import ADDRESS, TlsProxy, tls_proxy
from tests.cluster.whole import Cluster, until
from tests.live import PASSWORD

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]
SIGN_UPS = 3
REQUESTS = 40


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    environment = {
        "PARLEY_TRUSTED_PROXIES": f"{ADDRESS}, fd00::/8",
        "PARLEY_SECURE": "1",
        "PARLEY_LIMIT_SIGNUP": f"{SIGN_UPS}/day",
        "PARLEY_LIMIT_API": f"{REQUESTS}/day",
    }
    with running_cluster(**environment) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def front(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsProxy]:
    with tls_proxy(tmp_path_factory.mktemp("tls"), cluster.port) as proxy:
        yield proxy


def new_account() -> dict[str, str]:
    name = f"u{uuid.uuid4().hex[:10]}"
    return {"username": name, "email": f"{name}@example.org", "password": PASSWORD}


def signed_up(client: httpx.Client) -> tuple[dict[str, str], str]:
    """A new account and its token."""
    account = new_account()
    answer = client.post("/api/v1/signup", json=account)
    assert answer.status_code == 201, answer.text
    return account, str(answer.json()["token"])


def statuses(client: httpx.Client, times: int, **headers: str) -> list[int]:
    return [client.post("/api/v1/signup", json=new_account(), headers=headers).status_code for _ in range(times)]


def signed_in(client: httpx.Client, account: dict[str, str]) -> httpx.Response:
    """By the form; Django compares where it was sent from with the scheme and host that it sees."""
    client.get("/accounts/login/").raise_for_status()
    form = {"login": account["username"], "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
    origin = str(client.base_url).rstrip("/")
    return client.post(
        "/accounts/login/", data=form, headers={"Origin": origin, "Referer": f"{origin}/accounts/login/"}
    )


def test_pages_are_strictly_https_and_their_forms_are_taken(front: TlsProxy) -> None:
    client = front.client("127.0.1.1")
    account, _ = signed_up(client)
    answer = signed_in(client, account)
    assert answer.status_code == 302
    assert "Secure" in answer.headers["set-cookie"]
    page = client.get("/c/")
    assert page.status_code == 200
    assert page.headers["strict-transport-security"].startswith("max-age=31536000")


def test_links_in_answers_and_redirects_are_https(front: TlsProxy) -> None:
    client = front.client("127.0.1.2")
    _, token = signed_up(client)
    signed_up(client)
    headers = {"Authorization": f"Bearer {token}"}
    people = client.get("/api/v1/users", params={"limit": 1}, headers=headers).json()
    assert people["next"].startswith(f"{front.url}/api/v1/users?")
    assert client.get(people["next"], headers=headers).status_code == 200
    folder = client.get("/static/css")
    assert not folder.headers.get("location", "/").startswith("http:")


def test_a_link_in_a_mail_is_https(cluster: Cluster, front: TlsProxy) -> None:
    account, _ = signed_up(front.client("127.0.1.3"))
    mails = [mail.read_text() for mail in Path(cluster.folder / "parley" / "mail").iterdir()]
    mine = next(mail for mail in mails if account["email"] in mail)
    assert re.findall(r"(\w+)://\S+/accounts/confirm-email/", mine) == ["https"]


def test_an_invitation_link_is_https(front: TlsProxy) -> None:
    client = front.client("127.0.1.4", follow_redirects=True)
    account, token = signed_up(client)
    headers = {"Authorization": f"Bearer {token}"}
    group = client.post("/api/v1/groups", json={"name": f"g {uuid.uuid4().hex[:8]}"}, headers=headers).json()
    assert client.post(f"/api/v1/groups/{group['id']}/invitations", json={}, headers=headers).status_code == 201
    signed_in(client, account)
    page = client.get(f"/groups/{group['id']}/invitations/").text
    assert re.findall(r"(\w+)://[^\"<\s]+/join/", page) == ["https"]


def test_no_log_has_a_key_that_opens_something(cluster: Cluster, front: TlsProxy) -> None:
    client = front.client("127.0.1.5")
    for path in ("/accounts/password/reset/key/4-SECRET/", "/join/SECRET/", "/accounts/confirm-email/SECRET/"):
        client.get(path, params={"q": "SECRET"})
    client.get("/people/", params={"q": "the last"})
    folder = cluster.folder / "nginx"
    until(lambda: "GET /people/" in (folder / "access.log").read_text(), "nginx did not write its log")
    written = [(folder / name).read_text() for name in ("access.log", "error.log")]
    assert "GET /join/..." in written[0]
    assert not any("SECRET" in text for text in written)


def test_everybody_has_the_sign_ups_of_their_own_address(front: TlsProxy) -> None:
    for address in ("127.0.2.1", "127.0.2.2"):
        assert statuses(front.client(address), SIGN_UPS + 1) == [201] * SIGN_UPS + [429]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.{}"},
        {"X-Real-IP": "203.0.113.{}"},
        {"X-Forwarded-For": "203.0.113.{}, " + ADDRESS},
        {"Forwarded": "for=203.0.113.{}"},
    ],
)
def test_nobody_writes_an_address_of_their_own(
    front: TlsProxy, request: pytest.FixtureRequest, headers: dict[str, str]
) -> None:
    client = front.client(f"127.0.3.{len(str(headers))}")
    made = []
    for number in range(SIGN_UPS + 1):
        made += statuses(client, 1, **{name: value.format(number) for name, value in headers.items()})
    assert made == [201] * SIGN_UPS + [429]


def test_past_the_trusted_proxy_nothing_that_is_forwarded_counts(cluster: Cluster) -> None:
    """Somebody who reaches nginx itself."""
    made, pages = [], []
    transport = httpx.HTTPTransport(local_address="127.0.4.1")
    with httpx.Client(base_url=f"http://localhost:{cluster.port}", transport=transport, timeout=30) as client:
        for number in range(SIGN_UPS + 1):
            headers = {"X-Forwarded-For": f"203.0.113.{number}", "X-Forwarded-Proto": "https"}
            made += statuses(client, 1, **headers)
            pages.append(client.get("/accounts/login/", headers=headers))
    assert made == [201] * SIGN_UPS + [429]
    assert not any("strict-transport-security" in page.headers for page in pages)


def test_every_user_has_requests_of_their_own(front: TlsProxy) -> None:
    """Both at one address, and one after the other uses all of theirs."""
    client = front.client("127.0.5.1")
    for _, token in (signed_up(client), signed_up(client)):
        headers = {"Authorization": f"Bearer {token}"}
        answered = [client.get("/api/v1/me", headers=headers).status_code for _ in range(REQUESTS + 1)]
        assert answered == [200] * REQUESTS + [429]


async def test_a_socket_opens_over_tls(front: TlsProxy) -> None:
    client = front.client("127.0.6.1")
    _, token = signed_up(client)
    ticket = client.post("/api/v1/ticket", headers={"Authorization": f"Bearer {token}"}).json()["ticket"]
    options: dict[str, Any] = {
        "subprotocols": [websockets.Subprotocol("parley.v1"), websockets.Subprotocol(f"ticket.{ticket}")],
        "ssl": front.trust(),
        "origin": front.url,
    }
    async with websockets.connect(front.url.replace("https", "wss") + "/ws", **options) as socket:
        assert '"welcome"' in str(await socket.recv())
