"""Confirming an e-mail address in a real browser, on a server that sends no mail: its mails lie in the data folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE, MakePerson, Person, chromium, person  # noqa: F401  # fixtures
from tests.live import PASSWORD, LiveServer
from tests.pages.test_in_chromium import check

pytestmark = [pytest.mark.browser, pytest.mark.server]

LOOKS = [(WIDE, "light"), (WIDE, "dark"), (PHONE, "light"), (PHONE, "dark")]
DOMAINS_ONLY = """
from accounts.policy import SitePolicy
SitePolicy.objects.create(pk=1, registration="domains", domains="example.org")
"""
LONG = f"{'long' * 16}@{'below-' * 10}.{'above-' * 10}.example.org".replace("-.", ".")
AS_BEFORE = "from accounts.policy import SitePolicy; SitePolicy.objects.all().delete()"


def link_for(someone: Person, server: LiveServer, email: str) -> str:
    """The one in the mail to this address that names the account."""
    paths = (server.data / "mail").iterdir()
    mails = [message_from_bytes(path.read_bytes(), policy=default) for path in paths]
    texts = [one.get_content() for one in mails if one["To"] == email]
    text = next(text for text in texts if f"@{someone.name} " in text)
    return re.findall(r"/accounts/confirm-email/\S+/", text)[0]


@contextmanager
def domains_only(server: LiveServer) -> Iterator[None]:
    server.manage("shell", "-c", DOMAINS_ONLY)
    try:
        yield
    finally:
        server.manage("shell", "-c", AS_BEFORE)


@pytest.mark.parametrize(("viewport", "scheme"), LOOKS, ids=["wide-light", "wide-dark", "phone-light", "phone-dark"])
def test_an_address_is_confirmed_by_the_link_in_the_mail_folder(
    person: MakePerson,  # noqa: F811
    parley_server: LiveServer,
    viewport: dict[str, int],
    scheme: str,
) -> None:
    options: dict[str, Any] = {"viewport": viewport, "color_scheme": scheme, "bypass_csp": True}
    alice, bob = person("alice", **options), person("bob", may_complain=True, **options)
    email = f"{alice.name}@example.org"
    moved = bob.account.api.patch("me", json={"email": email, "current_password": PASSWORD})
    assert moved.json()["email_pending"] == email
    bobs = link_for(bob, parley_server, email)
    alice.sign_in("/settings/")
    expect(alice.page.get_by_role("button", name="Send again")).to_be_visible()
    check(alice.page, "settings")
    alice.goto(link_for(alice, parley_server, email))
    check(alice.page, "confirm")
    alice.page.get_by_role("button", name="This account is mine").click()
    alice.page.wait_for_url("**/settings/")
    expect(alice.page.get_by_text(f"{email} is confirmed")).to_be_visible()
    expect(alice.page.get_by_label("Email")).to_have_value(email)
    check(alice.page, "confirmed")
    bob.goto(bobs)
    expect(bob.page.get_by_role("heading", name="This address has an account")).to_be_visible()
    check(bob.page, "taken")
    bob.account.api.patch("me", json={"email": LONG, "current_password": PASSWORD}).raise_for_status()
    bob.goto(link_for(bob, parley_server, LONG))
    check(bob.page, "confirm-long")
    bob.sign_in("/settings/")
    check(bob.page, "settings-long")


@pytest.mark.parametrize(("viewport", "scheme"), LOOKS, ids=["wide-light", "wide-dark", "phone-light", "phone-dark"])
def test_the_pages_that_ask_for_an_address_first_are_accessible_and_fit(
    person: MakePerson,  # noqa: F811
    parley_server: LiveServer,
    viewport: dict[str, int],
    scheme: str,
) -> None:
    stranger = person("carol", viewport=viewport, color_scheme=scheme, bypass_csp=True)
    with domains_only(parley_server):
        ask_for_a_link(stranger)


def ask_for_a_link(stranger: Person) -> None:
    stranger.goto("/accounts/signup/")
    stranger.page.wait_for_url("**/accounts/signup/address/")
    check(stranger.page, "address")
    stranger.page.get_by_label("Email").fill(f"new-{stranger.name}@example.org")
    stranger.page.get_by_role("button", name="Send the link").click()
    expect(stranger.page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    check(stranger.page, "sent")
