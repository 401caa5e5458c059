"""Mentioning people: by hand, by keyboard and by touch, and finding what mentions oneself."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, MakePerson
from tests.live import Account

pytestmark = [pytest.mark.browser, pytest.mark.server]
Fill = Callable[[Account, str, list[str]], None]


def test_a_name_is_completed_and_who_is_mentioned_finds_it(person: MakePerson, history: Fill) -> None:
    alice, bob, carol = person("alice"), person("bob"), person("carol")
    group = alice.account.make_group(bob.account, carol.account)
    bob.sign_in("/c/")
    bob.wait_connected()
    alice.enter(group)
    field, keys = alice.page.locator("#compose-body"), alice.page.keyboard
    options = alice.page.get_by_role("option")
    field.focus()
    keys.type("Hello @")
    expect(options).to_have_count(3)
    expect(options.last).to_contain_text("Everybody")
    keys.type("bo")
    expect(options).to_have_count(1)
    expect(options).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", str(options.get_attribute("id")))
    keys.press("Escape")
    expect(options).to_have_count(0)
    keys.press("Backspace")
    keys.press("Tab")
    expect(field).to_have_value(f"Hello @{bob.name} ")
    keys.press("Enter")
    link = alice.page.locator("li.m .bubble a.mention")
    expect(link).to_have_attribute("href", f"/people/{bob.account.id}/")
    row = bob.page.locator(f"conversation-list a[data-id='{group}']")
    expect(row.locator(".at-count")).to_have_text("@1 mention, ")
    expect(row.locator(".count")).to_have_text("1 unread")
    expect(bob.page).to_have_title(re.compile(r"^\(1 · @1\) "))
    # Far above what is shown first, and everybody is meant as well.
    history(alice.account, group, [*(f"line {number}" for number in range(300)), "@all come", "and more"])
    expect(row.locator(".at-count")).to_have_text("@2 mentions, ")
    row.locator(".at-count").click()
    expect(bob.page.locator("li.m.pointed .mention.me")).to_have_text(f"@{bob.name}")
    bob.page.keyboard.press("Alt+m")
    expect(bob.page.locator("li.m:focus .mention.me")).to_have_text("@all")
    bob.page.keyboard.press("Alt+m")
    expect(bob.page.locator("[data-part=announce]")).to_have_text("No further mention")


def test_in_a_channel_the_server_is_asked_who_is_meant(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    channel = alice.account.make_group(bob.account, kind="channel")
    alice.enter(channel)
    alice.page.locator("#compose-body").focus()
    options = alice.page.get_by_role("option")
    with alice.page.expect_request(lambda asked: f"groups/{channel}/members?search=bo&" in asked.url):
        alice.page.keyboard.type("@bo")
    expect(options).to_have_count(1)
    alice.page.keyboard.press("Enter")
    expect(alice.page.locator("#compose-body")).to_have_value(f"@{bob.name} ")


def test_by_touch_and_without_a_script(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob", viewport=PHONE, has_touch=True)
    made = bob.account.api.post("conversations", json={"user_id": alice.account.id})
    conversation = made.json()["id"]
    bob.enter(conversation)
    bob.page.locator("#compose-body").fill("@")
    bob.page.get_by_role("option").tap()
    expect(bob.page.locator("#compose-body")).to_have_value(f"@{alice.name} ")
    expect(bob.page.locator("#compose-body")).to_be_focused()
    bob.page.get_by_role("button", name="Send").tap()
    expect(bob.page.locator("li.m .bubble a.mention")).to_have_text(f"@{alice.name}")
    alice.sign_in("/people/")
    browser = alice.context.browser
    assert browser is not None
    without = browser.new_context(java_script_enabled=False, storage_state=alice.context.storage_state())  # type: ignore[arg-type]
    page = without.new_page()
    page.goto(f"{alice.url}/c/{conversation}/")
    expect(page.locator("li.m.called .bubble a.mention")).to_have_text(f"@{alice.name}")
    expect(page.locator("conversation-list .at-count")).to_have_text("@1 mention, ")
    without.close()
