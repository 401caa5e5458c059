"""What a proxy says of a client is believed of trusted proxies only, up to the first address that is none of them."""

from __future__ import annotations

from typing import Any

import pytest

from chatproject.proxies import EVERYBODY, REAL_IP, TrustedProxies, parse_network

TRUSTED = TrustedProxies([parse_network(text) for text in ("10.0.0.0/8", "192.0.2.7", "fd00::/8")])


def scope(client: str, *headers: tuple[str, str], type: str = "http") -> dict[str, Any]:
    written = [(name.lower().encode(), value.encode()) for name, value in headers]
    return {"type": type, "client": [client, 4711], "headers": written, "scheme": "http"}


def client(proxies: TrustedProxies, *about: Any) -> str:
    return str(proxies.resolve(scope(*about))["client"][0])


def forwarded(*values: str) -> list[tuple[str, str]]:
    return [("X-Forwarded-For", value) for value in values]


@pytest.mark.parametrize(
    ("peer", "values", "address"),
    [
        # Nobody's word but a trusted proxy's.
        ("198.51.100.1", ["203.0.113.9"], "198.51.100.1"),
        ("192.0.2.8", ["203.0.113.9"], "192.0.2.8"),
        ("10.1.2.3", [], "10.1.2.3"),
        ("10.1.2.3", ["203.0.113.9"], "203.0.113.9"),
        ("192.0.2.7", ["203.0.113.9"], "203.0.113.9"),
        ("fd00::1", ["2001:db8::9"], "2001:db8::9"),
        # What the client wrote itself stands left of what the proxies added.
        ("10.1.2.3", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        ("10.1.2.3", ["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
        ("10.1.2.3", ["1.1.1.1, 203.0.113.9, 10.9.9.9"], "203.0.113.9"),
        ("10.1.2.3", ["10.7.7.7, 10.8.8.8"], "10.7.7.7"),
        # Nonsense ends the chain at the last that could be read.
        ("10.1.2.3", ["nonsense"], "10.1.2.3"),
        ("10.1.2.3", ["1.1.1.1, nonsense, 10.9.9.9"], "10.9.9.9"),
        ("10.1.2.3", [""], "10.1.2.3"),
        # As some proxies write them.
        ("10.1.2.3", ["203.0.113.9:51000"], "203.0.113.9"),
        ("10.1.2.3", ["[2001:DB8::9]:51000"], "2001:db8::9"),
        ("10.1.2.3", ["[2001:db8::9]"], "2001:db8::9"),
        ("10.1.2.3", ["fe80::1%eth0"], "fe80::1"),
        # IPv4 over a socket for both protocols.
        ("::ffff:10.1.2.3", ["203.0.113.9"], "203.0.113.9"),
        ("::ffff:198.51.100.1", ["203.0.113.9"], "198.51.100.1"),
        ("10.1.2.3", ["::ffff:203.0.113.9"], "203.0.113.9"),
    ],
)
def test_the_client_is_the_first_from_the_right_that_is_no_trusted_proxy(
    peer: str, values: list[str], address: str
) -> None:
    assert client(TRUSTED, peer, *forwarded(*values)) == address


@pytest.mark.parametrize(
    ("peer", "values", "scheme"),
    [
        ("10.1.2.3", ["https"], "https"),
        ("10.1.2.3", ["HTTPS"], "https"),
        ("10.1.2.3", ["http"], "http"),
        ("10.1.2.3", ["javascript"], "http"),
        ("10.1.2.3", ["https", "http"], "http"),
        ("10.1.2.3", [], "http"),
        ("198.51.100.1", ["https"], "http"),
    ],
)
def test_the_scheme_is_the_trusted_proxys_word(peer: str, values: list[str], scheme: str) -> None:
    headers = [("X-Forwarded-Proto", value) for value in values]
    assert TRUSTED.resolve(scope(peer, *headers))["scheme"] == scheme


def test_without_a_trusted_proxy_headers_mean_nothing() -> None:
    nobody = TrustedProxies([])
    told = scope("127.0.0.1", ("X-Forwarded-For", "1.1.1.1"), ("X-Real-IP", "1.1.1.1"), ("X-Forwarded-Proto", "https"))
    assert (nobody.resolve(told)["client"], nobody.resolve(told)["scheme"]) == (["127.0.0.1", 4711], "http")


def test_the_older_setting_believes_x_real_ip_of_whoever_connects() -> None:
    everybody = TrustedProxies(EVERYBODY, REAL_IP)
    assert client(everybody, "192.0.2.1", ("X-Real-IP", "198.51.100.1")) == "198.51.100.1"
    assert client(everybody, "192.0.2.1", ("X-Real-IP", "nonsense")) == "192.0.2.1"
    assert client(everybody, "192.0.2.1", *forwarded("198.51.100.1")) == "192.0.2.1"


def test_sockets_have_their_clients_too() -> None:
    told = scope("10.1.2.3", *forwarded("203.0.113.9"), type="websocket")
    assert TRUSTED.resolve(told)["client"][0] == "203.0.113.9"


def test_a_server_on_a_unix_socket_has_no_peer() -> None:
    assert TRUSTED.resolve({"type": "http", "client": None, "headers": []})["client"] is None
