"""What CASSANDRA_URL says: cassandra://[user:password@]host[,host...][:port]/keyspace?dc=datacenter1[&replication=3]."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

WANTED = "CASSANDRA_URL looks like cassandra://host,host:9042/keyspace?dc=datacenter1."


@dataclass(frozen=True, slots=True)
class Address:
    """`replication` is how many nodes keep each row; 0: as many as there are, at most three."""

    hosts: tuple[str, ...]
    port: int
    keyspace: str
    dc: str
    replication: int = 0
    user: str = ""
    password: str = ""


def read_address(url: str) -> Address:
    """Raises ValueError with a line for the operator."""
    try:
        parts = urlsplit(url)
    except ValueError:  # half an IPv6 address
        raise ValueError(WANTED) from None
    account, _, places = parts.netloc.rpartition("@")
    hosts, _, port = places.partition(":")
    names = tuple(host for host in hosts.split(",") if host)
    keyspace = parts.path.strip("/")
    options = dict(parse_qsl(parts.query))
    if parts.scheme != "cassandra" or not names:
        raise ValueError(WANTED)
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,47}", keyspace):
        raise ValueError("CASSANDRA_URL names a keyspace after the slash: small letters, digits and underscores.")
    if unknown := options.keys() - {"dc", "replication"}:
        raise ValueError(f"CASSANDRA_URL has no option {min(unknown)!r}; there are dc and replication.")
    user, _, password = account.partition(":")
    return Address(
        names,
        _number(port or "9042", "port", 65_535),
        keyspace,
        options.get("dc", "datacenter1"),
        _number(options["replication"], "replication", 9) if "replication" in options else 0,
        unquote(user),
        unquote(password),
    )


def _number(text: str, name: str, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        raise ValueError(f"CASSANDRA_URL: the {name} is a number from 1 to {most}, not {text!r}.")
    return int(text)
