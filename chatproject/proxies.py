"""Who a request is from when it came through proxies: the client's address and whether it used TLS.

Only what a trusted proxy says counts. The answer goes into the ASGI scope, so that everything behind it (limits, links,
redirects, cookies, strict transport security) sees one client and one scheme.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from accounts.addresses import Address, parse_address

Network = IPv4Network | IPv6Network
EVERYBODY: tuple[Network, ...] = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))
FORWARDED_FOR = b"x-forwarded-for"
REAL_IP = b"x-real-ip"
_FORWARDED_PROTO = b"x-forwarded-proto"
_SCHEMES = (b"http", b"https")


def parse_network(text: str) -> Network:
    """Raises ValueError. An IPv4-mapped network is that IPv4 network."""
    network = ip_network(text, strict=False)
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped and network.prefixlen >= 96:
        return IPv4Network((network.network_address.ipv4_mapped, network.prefixlen - 96))
    return network


class TrustedProxies:
    """`header` names the client: X-Forwarded-For from the right, up to the first that is no trusted proxy."""

    def __init__(self, networks: Sequence[Network], header: bytes = FORWARDED_FOR) -> None:
        self._networks = tuple(networks)
        self._header = header
        self.trusts = functools.lru_cache(4_096)(self._trusts)

    def _trusts(self, host: str) -> bool:
        """Whether this address is a proxy of ours."""
        address = parse_address(host)
        return address is not None and self._has(address)

    def _has(self, address: Address) -> bool:
        return any(address in network for network in self._networks if network.version == address.version)

    def resolve(self, scope: dict[str, Any]) -> dict[str, Any]:
        """The scope with the client that the trusted proxies name, and the scheme that the nearest one does."""
        if not scope["client"]:
            return scope
        host, port = scope["client"]
        if not self._networks or not self.trusts(host):
            return {**scope, "client": [_canonical(host), port]}
        resolved = {**scope, "client": self._client(scope["headers"], host, port)}
        protos = {value.strip().lower() for name, value in scope["headers"] if name == _FORWARDED_PROTO}
        if len(protos) == 1 and (proto := protos.pop()) in _SCHEMES and scope["type"] == "http":
            resolved["scheme"] = proto.decode()
        return resolved

    def _client(self, headers: Iterable[tuple[bytes, bytes]], host: str, port: int) -> list[Any]:
        named = ",".join(value.decode("latin-1") for name, value in headers if name == self._header)
        client, port_of_client = _canonical(host), port
        for text in reversed(named.split(",")):
            address = parse_address(text)
            if address is None:
                break
            client, port_of_client = str(address), 0
            if not self._has(address):
                break
        return [client, port_of_client]


@functools.cache
def declared_proxies() -> TrustedProxies:
    """Those that the settings declare."""
    from django.conf import settings  # they are read with the help of this module

    if settings.TRUSTS_REAL_IP:
        return TrustedProxies(EVERYBODY, REAL_IP)
    return TrustedProxies(settings.TRUSTED_PROXIES)


def _canonical(host: str) -> str:
    address = parse_address(host)
    return str(address) if address else host
