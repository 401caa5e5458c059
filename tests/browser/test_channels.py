"""Channels in the browser: made, joined, read; who may post is seen at once."""

from __future__ import annotations

import uuid

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, MakePerson

pytestmark = [pytest.mark.browser, pytest.mark.server]


def test_a_channel_is_made_and_joined_and_its_composer_follows_ones_role(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob", viewport=PHONE)
    name = f"News {uuid.uuid4().hex[:6]}"
    alice.sign_in("/groups/")
    alice.page.get_by_role("link", name="New channel").click()
    alice.page.get_by_label("Name").fill(name)
    alice.page.get_by_label("Public").check()
    alice.page.get_by_role("button", name="Make channel").click()
    alice.wait_connected()
    channel = alice.page.url.rstrip("/").rsplit("/", 1)[-1]
    bob.sign_in("/groups/")
    bob.goto(f"/groups/?q={name.replace(' ', '+')}")
    bob.page.get_by_role("button", name=f"Join {name}").click()
    bob.wait_connected()
    expect(bob.page.get_by_role("status").get_by_text("Only admins post here.")).to_be_visible()
    expect(bob.page.locator("#compose-body")).to_be_hidden()
    expect(bob.page.locator('[data-part="sub"]')).to_contain_text("Channel · 2 members")
    alice.say("The bridge is closed")
    bob.expect_lines("The bridge is closed")
    # A role that is given, and taken again while its holder types, is seen at once.
    role = f"groups/{channel}/members/{bob.account.id}"
    assert alice.account.api.patch(role, json={"role": "admin"}).status_code == 200
    expect(bob.page.locator("#compose-body")).to_be_visible()
    bob.page.locator("#compose-body").fill("I could say")
    assert alice.account.api.patch(role, json={"role": "member"}).status_code == 200
    expect(bob.page.locator("#compose-body")).to_be_hidden()
    expect(bob.page.locator('[data-part="closed"]')).to_be_focused()
