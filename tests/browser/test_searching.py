"""Finding what was said, as people do it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE, MakePerson
from tests.live import Account

pytestmark = [pytest.mark.browser, pytest.mark.server]
Fill = Callable[[Account, str, list[str]], None]


def test_a_message_far_back_is_found_and_shown_where_it_was_said(person: MakePerson, history: Fill) -> None:
    alice, bob = person("alice"), person("bob")
    group = alice.account.make_group(bob.account, name="Climbing")
    other = alice.account.make_group(bob.account, name="Baking")
    history(bob.account, group, ["明日の<b>会議</b>は十時です", *(f"line {number}" for number in range(300))])
    history(bob.account, other, ["会議室のケーキ"])
    alice.enter(group)
    alice.page.locator("message-list .lines").focus()
    alice.page.keyboard.press("/")
    alice.page.keyboard.type("会議")
    found = alice.page.locator("message-search a.found")
    expect(found).to_have_count(2)
    expect(found.first).to_contain_text("Baking")
    expect(found.nth(1).locator("mark")).to_have_text("会議")
    expect(found.nth(1)).to_contain_text("<b>会議</b>")
    alice.page.get_by_role("button", name="In Climbing").click()
    expect(found).to_have_count(1)
    alice.page.keyboard.press("ArrowDown")
    alice.page.keyboard.press("Enter")
    expect(alice.page.locator("li.m.pointed .bubble")).to_contain_text("会議")
    expect(alice.page).to_have_url(re.compile(rf"/c/{group}/\?at=\d+$"))
    alice.page.keyboard.press("Control+Shift+F")
    expect(alice.page.locator("message-search input")).to_have_value("会議")
    alice.page.keyboard.type("nothing like it")
    expect(alice.page.locator("#searcher-status")).to_have_text("Nothing found.")
    alice.page.keyboard.press("Escape")
    expect(alice.page.locator("dialog[open]")).to_have_count(0)


@pytest.mark.parametrize("screen", [WIDE, PHONE])
def test_whom_and_where_is_completed(person: MakePerson, history: Fill, screen: Any) -> None:
    # Whoever stops after a name of nobody is told so, with an answer that the browser counts as a failure.
    alice, bob, carol = person("alice", viewport=screen, may_complain=True), person("bob"), person("carol")
    place = f"Rope and wall {uuid.uuid4().hex[:6]}"
    group = alice.account.make_group(bob.account, name=place)
    carol.account.make_group(name="Elsewhere")
    history(bob.account, group, ["a red rope"])
    history(alice.account, group, ["a blue rope"])
    alice.sign_in("/c/")
    alice.wait_connected()
    alice.page.keyboard.press("/")
    field, options = alice.page.get_by_role("combobox", name="Search messages"), alice.page.get_by_role("option")
    alice.page.keyboard.type("rope from:")
    expect(options).to_have_count(2)
    expect(options.first).to_contain_text("You")
    expect(field).to_have_attribute("aria-expanded", "true")
    alice.page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", str(options.nth(1).get_attribute("id")))
    alice.page.keyboard.type("c")
    expect(options).to_have_count(0)
    alice.page.keyboard.press("Backspace")
    alice.page.keyboard.type("bo")
    expect(options).to_have_count(1)
    expect(options).to_contain_text(bob.name)
    alice.page.keyboard.press("Enter")
    expect(field).to_have_value(f"rope from:{bob.name} ")
    found = alice.page.locator("message-search .found-text")
    expect(found).to_have_text("a red rope")
    alice.page.keyboard.type("in:rope")
    expect(options.locator("b")).to_have_text(place)
    alice.page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(field).to_have_value(f"rope from:{bob.name} in:rope")
    alice.page.keyboard.press("Backspace")
    options.click()
    expect(field).to_have_value(f'rope from:{bob.name} in:"{place}" ')
    expect(found).to_have_text("a red rope")
    alice.page.keyboard.press("Escape")
    expect(alice.page.locator("dialog[open]")).to_have_count(0)


def test_a_query_with_a_mistake_says_what_is_wrong(person: MakePerson) -> None:
    alice = person("alice", may_complain=True)
    alice.sign_in("/c/")
    alice.wait_connected()
    alice.page.keyboard.press("Control+K")
    alice.page.keyboard.type("tea from:nobody.here")
    alice.page.locator("quick-find .choice-row", has_text="Search messages").click()
    alice.page.keyboard.press("Enter")
    status = alice.page.locator("#searcher-status.errors")
    expect(status).to_have_text("Nobody is called “nobody.here”.")
    expect(alice.page.locator("message-search input")).to_have_attribute("aria-invalid", "true")
    alice.page.locator("message-search input").fill("")
    alice.page.get_by_role("button", name="has:file").click()
    expect(alice.page.locator("#searcher-status")).to_have_text("Nothing found.")


def test_on_a_phone_and_without_scripts_it_is_a_page(person: MakePerson, history: Fill) -> None:
    alice, bob = person("alice", viewport=PHONE), person("bob", java_script_enabled=False, may_complain=True)
    group = alice.account.make_group(bob.account, name="Climbing")
    history(alice.account, group, [f"rope {number}" for number in range(25)])
    alice.sign_in("/c/")
    alice.wait_connected()
    alice.page.get_by_role("link", name="Search messages").click()
    alice.page.keyboard.type("rope")
    expect(alice.page.locator("message-search a.found")).to_have_count(20)
    alice.page.get_by_role("button", name="Older messages").click()
    expect(alice.page.locator("message-search a.found")).to_have_count(25)
    alice.page.locator("message-search a.found", has_text="rope 0").click()
    expect(alice.page.locator("li.m.pointed .bubble")).to_have_text("rope 0")
    bob.sign_in(f"/c/{group}/")
    bob.page.get_by_role("link", name="Search this conversation").click()
    bob.page.locator("main input[name=q]").fill("rope from:me")
    bob.page.locator("main form.search button").click()
    expect(bob.page.locator(".empty")).to_contain_text("Nothing found")
    bob.page.locator("main input[name=q]").fill("rope")
    bob.page.locator("main form.search button").click()
    bob.page.get_by_role("link", name="Older messages").click()
    expect(bob.page.locator("a.found")).to_have_count(5)
    bob.page.locator("main input[name=q]").fill("rope after:soon")
    bob.page.locator("main form.search button").click()
    expect(bob.page.locator("#search-refused")).to_contain_text("A date looks like")
    bob.page.locator("main input[name=q]").fill('"rope 0"')
    bob.page.locator("main form.search button").click()
    bob.page.locator("a.found").click()
    expect(bob.page.locator("li.m .bubble").first).to_have_text("rope 0")
