"""How settings read environment variables.

What can be meant in one way only is put right; what cannot work ends every command with one line that names it
and says what it should look like. An empty variable counts as one that is not set.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from typing import NoReturn, TypeVar
from urllib.parse import SplitResult, urlsplit

from limits import parse_many

from chatproject.proxies import Network, parse_network

Number = TypeVar("Number", int, float)

_DEFAULT_PORTS = {"http": 80, "https": 443}
_ORIGIN = "an origin looks like https://chat.example, as browsers show it"
_HOST = re.compile(r"\*|\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]")


def reject(name: str, why: str) -> NoReturn:
    """Ends the command."""
    raise SystemExit(f"{name}: {why}.")


def read_url(name: str) -> str:
    """An address of a store. Special characters in its password must be percent-encoded, or they end its host early."""
    text = os.environ.get(name, "")
    cut = re.match(r"[a-z][a-z0-9+.-]*://[^/?#@:]*:(?P<cut>[^/?#@]*)[/?#].*@", text)
    if cut and not re.fullmatch(r"[0-9]+", cut["cut"]):
        reject(name, "percent-encode special characters in its password: # as %23, / as %2F, ? as %3F, % as %25")
    return text


def read_text(name: str, default: str = "") -> str:
    return os.environ.get(name) or default


def read_flag(name: str) -> bool:
    """Any value sets it."""
    return bool(os.environ.get(name))


def read_list(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in read_text(name, default).split(",") if item.strip()]


def read_choice(name: str, choices: Sequence[str], default: str) -> str:
    chosen = read_text(name, default)
    if chosen not in choices:
        reject(name, f"“{chosen}” is none of {', '.join(choices)}")
    return chosen


def read_number(name: str, default: Number, *, least: Number) -> Number:
    """A number of the default's kind, `least` or more."""
    text = read_text(name, str(default))
    kind = type(default)
    try:
        number = kind(text)
    except ValueError:
        reject(name, f"“{text}” is no {'whole ' if kind is int else ''}number")
    if not least <= number < float("inf"):
        reject(name, f"{text} is not {least} or more")
    return number


def read_port(name: str, default: int) -> int:
    port = read_number(name, default, least=1)
    if port > 65_535:
        reject(name, f"{port} is no port")
    return port


def read_limit(name: str, default: str) -> str:
    """How often something may be done, in one window or several, as the `limits` library writes it."""
    text = read_text(name, default)
    try:
        parse_many(text)
    except ValueError:
        reject(name, f"“{text}” is no limit; one looks like 30/hour")
    return text


def read_log_level(name: str, default: str) -> str:
    level = read_text(name, default).upper()
    if level not in logging.getLevelNamesMapping():
        reject(name, f"“{level}” is no level; take DEBUG, INFO, WARNING or ERROR")
    return level


def read_networks(name: str) -> list[Network]:
    networks = []
    for item in read_list(name):
        try:
            networks.append(parse_network(item))
        except ValueError:
            reject(name, f"“{item}” is no address or network; one looks like 10.0.0.7 or 10.0.0.0/8")
    return networks


def read_origins(name: str) -> list[str]:
    return [_origin(name, item) for item in read_list(name)]


def read_hosts(name: str, default: str) -> list[str]:
    return [_host(name, item) for item in read_list(name, default)]


def _origin(name: str, text: str) -> str:
    """As browsers write one: lower case, ASCII, without the scheme's own port and a slash at the end."""
    try:
        parts = urlsplit(text)
        port, host = parts.port, _ascii(parts.hostname or "")
    except ValueError:
        reject(name, f"“{text}” cannot be read; {_ORIGIN}")
    if parts.scheme not in _DEFAULT_PORTS or not host or parts.username is not None or not _is_bare(parts):
        reject(name, f"“{text}” is no origin; {_ORIGIN}")
    if ":" in host:
        host = f"[{host}]"
    shown = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{shown}"


def _host(name: str, text: str) -> str:
    """A name alone; of an origin, or a name with a port, its name."""
    bare = text if "://" in text else f"//[{text}]" if text.count(":") > 1 and text[0] != "[" else f"//{text}"
    try:
        parts = urlsplit(bare)
        _ = parts.port
        host = _ascii(parts.hostname or "")
    except ValueError:
        reject(name, f"“{text}” cannot be read; a host looks like chat.example")
    if ":" in host:
        host = f"[{host}]"
    if not _is_bare(parts) or not _HOST.fullmatch(host):
        reject(name, f"“{text}” is no host name; one looks like chat.example")
    return host


def _is_bare(parts: SplitResult) -> bool:
    return parts.path in ("", "/") and not parts.query and not parts.fragment


def _ascii(host: str) -> str:
    """Raises UnicodeError, a ValueError, for what no name can be."""
    return host if host.isascii() else host.encode("idna").decode()
