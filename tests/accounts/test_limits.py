"""Who counts as the same client, and how often they may try."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client, RequestFactory

from accounts import limits
from accounts.errors import RateLimitedError
from accounts.models import User


def request(**meta: str) -> Any:
    return RequestFactory().get("/", **meta)


@pytest.mark.parametrize(
    ("behind_proxy", "meta", "address"),
    [
        (False, {"REMOTE_ADDR": "192.0.2.1"}, "192.0.2.1"),
        (False, {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_REAL_IP": "198.51.100.1"}, "192.0.2.1"),
        (False, {"REMOTE_ADDR": ""}, "127.0.0.1"),
        (True, {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_REAL_IP": "198.51.100.1"}, "198.51.100.1"),
        (True, {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_REAL_IP": "nonsense"}, "10.0.0.1"),
        (True, {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}, "10.0.0.1"),
        (True, {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_REAL_IP": " 2001:DB8::1 "}, "2001:db8::1"),
    ],
)
def test_the_address_is_the_proxys_word_or_the_sockets(
    settings: Any, behind_proxy: bool, meta: dict[str, str], address: str
) -> None:
    settings.BEHIND_PROXY = behind_proxy
    assert limits.client_address(request(**meta)) == address


def test_all_of_an_ipv6_network_is_one_client(settings: Any) -> None:
    settings.RATE_LIMITS = {"login_by_address": "1/hour"}
    limits.take_for_address("login_by_address", request(REMOTE_ADDR="2001:db8:1:2::1"))
    with pytest.raises(RateLimitedError):
        limits.take_for_address("login_by_address", request(REMOTE_ADDR="2001:db8:1:2:ffff::2"))
    limits.take_for_address("login_by_address", request(REMOTE_ADDR="2001:db8:1:3::1"))


def test_one_name_is_one_name_in_any_case(settings: Any) -> None:
    settings.RATE_LIMITS = {"login_by_address": "9/hour", "login_by_username": "1/hour"}
    limits.take_login(request(), " Alice ")
    with pytest.raises(RateLimitedError) as refused:
        limits.take_login(request(), "aLICE")
    assert 1 <= refused.value.retry_after <= 3_600


def test_threads_count_one_after_another(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at once in its storage made it start one timer twice: a request was answered 500."""
    settings.RATE_LIMITS = {"api_by_user": "9/hour"}
    both, counted, met = threading.Barrier(2), limits._own().storage.incr, []

    def count(*args: Any, **kwargs: Any) -> int:
        try:
            both.wait(timeout=0.5)
            met.append(True)
        except threading.BrokenBarrierError:
            pass  # the other waits outside
        return counted(*args, **kwargs)

    monkeypatch.setattr(limits._own().storage, "incr", count)
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(limits.take, ["api_by_user"] * 2, ["alice"] * 2))
    assert not met


def test_sign_ups_by_page_are_limited_too(db: None, client: Client, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "signup_by_address": "1/hour"}
    form = {"username": "dora", "email": "dora@example.org", "password1": "correct horse battery"}
    assert client.post("/accounts/signup/", form, REMOTE_ADDR="192.0.2.1").status_code == 302
    other = Client()
    form = {**form, "username": "fred", "email": "fred@example.org"}
    assert other.post("/accounts/signup/", form, REMOTE_ADDR="192.0.2.1").status_code == 429
    assert other.post("/accounts/signup/", form, REMOTE_ADDR="192.0.2.2").status_code == 302


@pytest.mark.parametrize("username", ["admin", "Root", "here", "zoé", "a b", "x" * 65])
def test_pages_take_the_usernames_rest_takes(db: None, client: Client, username: str) -> None:
    form = {"username": username, "email": "dora@example.org", "password1": "correct horse battery"}
    assert client.post("/accounts/signup/", form).status_code == 200
    assert not User.objects.exists()
