"""What opens something by being known stands in some addresses; no log repeats it, ours or nginx's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from chatproject.logs import without_secrets
from tests.live import ROOT, LiveServer

SECRET = "S3CRET-of-somebody"
KEYS = {"secret", "invite", "key"}
# Names of rows, of files in the admin, of parts of Parley: whoever knows them can do nothing with them.
HARMLESS = {
    "id",
    "emoji",
    "token_id",
    "session_id",
    "object_id",
    "content_type_id",
    "app_label",
    "url",
    "path",
    "final",
    "uidb36",
}
NGINX = (ROOT / "deploy" / "nginx.conf.template").read_text()
IN_QUERIES = ["/accounts/signup/?confirmation={}", "/accounts/login/?next=/join/{}/", "/?next=%2Fjoin%2F{}%2F"]


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, route)
        else:
            yield route, pattern


def parameters(pattern: URLPattern) -> set[str]:
    """Those that may have any text."""
    inner: Any = pattern.pattern
    converters = {name for name, kind in inner.converters.items() if type(kind).__name__.startswith(("S", "P"))}
    return converters | (set(inner.regex.groupindex) - set(inner.converters))


def secret_addresses() -> list[str]:
    found = []
    for route, pattern in patterns(get_resolver()):
        if KEYS & parameters(pattern):
            found.append("/" + re.sub(r"\(\?P<uidb36>.*?\)-|[$^]", "", route))
    return [re.sub(r"\(\?P<\w+>.*?\)|<[\w:]+>", SECRET, address) for address in found]


def test_every_parameter_is_known_as_a_secret_or_harmless() -> None:
    named = {name for _, pattern in patterns(get_resolver()) for name in parameters(pattern)}
    assert named - KEYS - HARMLESS == set()
    assert len(secret_addresses()) >= 3


@pytest.mark.parametrize("address", [*secret_addresses(), *(query.format(SECRET) for query in IN_QUERIES)])
def test_our_log_has_no_secret(address: str) -> None:
    written = without_secrets(f"Not Found: {address}")
    assert SECRET not in written
    assert written.startswith(f"Not Found: {address.split(SECRET)[0]}...")


def test_other_addresses_are_written_whole() -> None:
    for line in (
        "Not Found: /groups/1b/join/",
        "Forbidden: /c/1b/",
        "Not Found: /join/",
        "Method Not Allowed: /setup/",
    ):
        assert without_secrets(line) == line


@pytest.mark.parametrize("address", secret_addresses())
def test_nginx_logs_have_no_secret(address: str) -> None:
    masked = re.search(r'map \$uri \$logged_uri \{.*?"~\*(.*?)" ', NGINX, re.DOTALL)
    assert masked
    assert re.search(masked[1].replace("(?<", "(?P<"), address)["opened"] == address.split(SECRET)[0]  # type: ignore[index]
    quiet = re.search(r"location ~ (\S+) \{\s+error_log \S+ crit;", NGINX)
    assert quiet
    assert re.match(quiet[1], address)


@pytest.mark.server
def test_what_is_refused_is_logged_without_its_secret(parley_server: LiveServer) -> None:
    before = len(parley_server.log.read_text())
    for address in secret_addresses():
        for method in ("GET", "POST", "PUT"):
            answer = httpx.request(method, parley_server.url + address, follow_redirects=True, timeout=30)
            assert answer.status_code < 500
    written = parley_server.log.read_text()[before:]
    assert "/setup/..." in written
    assert SECRET not in written
