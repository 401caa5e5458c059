"""Who counts as the same client, and how often they may try."""

from __future__ import annotations

import ipaddress
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core import signing
from django.test import Client, RequestFactory
from rest_framework.test import APIClient

from accounts import devices, limits
from accounts.errors import RateLimitedError
from accounts.models import User
from tests.conftest import PASSWORD


def request(**meta: str) -> Any:
    return RequestFactory().get("/", **meta)


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", "127.0.0.1"),
    ],
)
def test_the_address_is_the_one_that_the_server_found(remote: str, address: str) -> None:
    headers = {"HTTP_X_REAL_IP": "198.51.100.1", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}
    assert limits.client_address(request(REMOTE_ADDR=remote, **headers)) == address


def sign_in_from(*addresses: str) -> list[bool]:
    """Whether each may try, one after another."""
    may: list[bool] = []
    for address in addresses:
        try:
            limits.take_for_address("login_by_address", request(REMOTE_ADDR=address))
            may.append(True)
        except RateLimitedError:
            may.append(False)
    return may


@pytest.mark.parametrize(
    ("one", "same", "another"),
    [
        ("192.0.2.1", "::ffff:192.0.2.1", "::ffff:192.0.2.2"),
        ("::ffff:192.0.2.1", "192.0.2.1", "::ffff:192.0.2.2"),
        ("64:ff9b::192.0.2.1", "192.0.2.1", "64:ff9b::192.0.2.2"),
        ("64:ff9b:1:fffe::192.0.2.1", "192.0.2.1", "64:ff9b:1:fffe::192.0.2.2"),
        ("::ffff:0:192.0.2.1", "192.0.2.1", "::ffff:0:192.0.2.2"),
        ("2002:c000:201::1", "2002:c000:201:ffff::9", "2002:c000:202::1"),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::2", "2001:db8:1:3::1"),
    ],
)
def test_one_client_is_one_client_however_its_address_is_written(
    settings: Any, one: str, same: str, another: str
) -> None:
    settings.RATE_LIMITS = {"login_by_address": "1/hour"}
    assert sign_in_from(one, same, another) == [True, False, True]


@pytest.mark.parametrize(("bits", "shares"), [(56, 4), (48, 16)])
def test_a_wider_network_has_more_but_not_as_much_as_it_has_addresses(settings: Any, bits: int, shares: int) -> None:
    settings.RATE_LIMITS = {"login_by_address": "1/hour"}
    # Each in a /64 of its own; for the /48 each in a /56 of its own, too.
    step = 1 << (64 if bits == 56 else 72)
    start = int(ipaddress.IPv6Address("2001:db8::1"))
    addresses = [str(ipaddress.IPv6Address(start + number * step)) for number in range(shares + 1)]
    assert sign_in_from(*addresses, "2001:db9::1") == [True] * shares + [False, True]


@pytest.mark.parametrize("again", ["aLICE", "Alice@Example.org"])
@pytest.mark.parametrize("limit", ["login_by_username", "login_anywhere"])
def test_one_account_is_one_name_however_it_is_written(alice: User, settings: Any, again: str, limit: str) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, limit: "1/hour"}
    limits.take_login(request(), " Alice ")
    with pytest.raises(RateLimitedError) as refused:
        limits.take_login(request(), again)
    assert 1 <= refused.value.retry_after <= 3_600


def try_to_sign_in(client: Client, password: str, address: str) -> bool:
    form = {"login": "alice", "password": password}
    return client.post("/accounts/login/", form, REMOTE_ADDR=address).status_code == 302


def test_wrong_guesses_elsewhere_keep_nobody_out(alice: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_by_username": "3/day"}
    for _ in range(5):
        assert not try_to_sign_in(Client(), "wrong password", "192.0.2.1")
    assert not try_to_sign_in(Client(), PASSWORD, "192.0.2.1")
    assert try_to_sign_in(Client(), PASSWORD, "192.0.2.2")


def test_guesses_from_everywhere_are_slow_but_a_device_that_was_signed_in_before_is_let_through(
    alice: User, bob: User, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_by_username": "3/day", "login_anywhere": "6/day"}
    known = Client()
    assert try_to_sign_in(known, PASSWORD, "192.0.2.1")
    known.post("/accounts/logout/")
    for number in range(10):
        try_to_sign_in(Client(), "wrong password", f"192.0.2.{10 + number}")
    assert not try_to_sign_in(Client(), PASSWORD, "192.0.2.99")
    assert try_to_sign_in(known, PASSWORD, "192.0.2.99")
    known.post("/accounts/logout/")
    # A device has a bound too, and what it was given for another account, or made up, opens nothing.
    assert [try_to_sign_in(known, "wrong password", "192.0.2.1") for _ in range(2)] == [False] * 2
    assert not try_to_sign_in(known, PASSWORD, "192.0.2.1")
    for cookie in (signing.dumps([str(bob.pk), "x"], salt="accounts.devices"), "made:up"):
        forged = Client()
        forged.cookies[devices.COOKIE] = cookie
        assert not try_to_sign_in(forged, PASSWORD, "192.0.2.98")


def test_a_program_that_keeps_the_cookie_is_let_through_too(alice: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_by_username": "9/day", "login_anywhere": "3/day"}
    known = APIClient()

    def status(client: APIClient, password: str = PASSWORD) -> int:
        body = {"username": "alice", "password": password}
        return int(client.post("/api/v1/login", body, format="json", REMOTE_ADDR="192.0.2.9").status_code)

    assert status(known) == 200
    assert [status(APIClient(), "wrong password") for _ in range(3)] == [401, 401, 429]
    assert status(APIClient()) == 429
    assert status(known) == 200


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
