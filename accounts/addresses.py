"""Which client an IP address stands for: what headers and sockets write, and who shares an address. Pure."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

# Prefixes whose last 32 bits are somebody's IPv4 address: NAT64 (RFC 6052, RFC 8215) and SIIT (RFC 2765).
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("::ffff:0:0:0/96"))
# Whoever has one IPv6 address has its /64, a customer often the /56, an organisation the /48; each wider one holds
# more people.
_IPV6_NETWORKS = ((64, 1), (56, 4), (48, 16))
_WITH_PORT = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<v4>[0-9.]+))(?::[0-9]+)?")


def parse_address(text: str) -> Address | None:
    """The address that a header or a socket names, with or without port and zone; None when it names none.

    An IPv4-mapped one, as sockets for both protocols have them, is that IPv4 address.
    """
    text = text.strip()
    if parts := _WITH_PORT.fullmatch(text):
        text = parts["v6"] or parts["v4"]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def networks_of(address: Address) -> list[tuple[str, int]]:
    """The networks that share what this address may do, and how many times one client's share each of them has."""
    client = _carried(address)
    if isinstance(client, IPv4Address):
        return [(str(client), 1)]
    return [(str(ip_network((client, bits), strict=False)), shares) for bits, shares in _IPV6_NETWORKS]


def _carried(address: Address) -> Address:
    """The IPv4 address of a client that a translator or tunnel shows as an IPv6 address."""
    if isinstance(address, IPv4Address):
        return address
    if any(address in network for network in _TRANSLATED):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or address
