"""What is unread, and taking it back: on every device, and never undone by a page that stands open."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import PHONE, MakePerson, Person
from tests.live import Account

pytestmark = [pytest.mark.browser, pytest.mark.server]
Fill = Callable[[Account, str, list[str]], None]


def badge(who: Person, group: str) -> Locator:
    return who.page.locator(f"conversation-list a[data-id='{group}'] .count")


def test_from_a_message_on_all_is_unread_again_until_its_reader_comes_back(person: MakePerson, history: Fill) -> None:
    alice, bob = person("alice"), person("bob")
    group = alice.account.make_group(bob.account)
    history(alice.account, group, [f"line {number}" for number in range(6)])
    bob.enter(group)
    bob.wait_unread(group, 0)
    desk = bob.page
    phone = bob.open_page()
    bob.goto(f"/c/{group}/")
    bob.wait_connected()
    desk.bring_to_front()
    desk.locator("li.m", has_text="line 3").hover()
    desk.locator("li.m", has_text="line 3").get_by_role("button", name="Mark as unread").click()
    for page in (desk, phone):
        bob.page = page
        expect(badge(bob, group)).to_have_text("3 unread")
        expect(page.locator("li.new + li.m")).to_contain_text("line 3")
        expect(page).to_have_title(re.compile(r"^\(3\) "))
    # What comes meanwhile counts too, and no page that stands open takes it away.
    history(alice.account, group, ["line 6"])
    bob.page = desk
    expect(badge(bob, group)).to_have_text("4 unread")
    desk.mouse.move(300, 300)
    desk.evaluate("dispatchEvent(new Event('focus'))")
    bob.wait_unread(group, 4)
    # By its number one comes to the first of them.
    bob.goto("/c/")
    bob.wait_connected()
    bob.page.locator(f"conversation-list a[data-id='{group}']").hover()
    title = re.compile(f"^4 unread, first by {alice.name}: “line 3”$")
    expect(bob.page.locator(f"conversation-list a[data-id='{group}']")).to_have_attribute("title", title)
    badge(bob, group).click()
    expect(bob.page.locator("li.new + li.m")).to_contain_text("line 3")
    bob.wait_unread(group, 0)
    bob.page = phone
    expect(badge(bob, group)).to_have_count(0)


def test_by_keyboard_and_without_a_script(person: MakePerson, history: Fill) -> None:
    alice, bob = person("alice"), person("bob", viewport=PHONE, has_touch=True)
    group = alice.account.make_group(bob.account)
    history(alice.account, group, ["one", "two", "three"])
    bob.enter(group)
    bob.wait_unread(group, 0)
    bob.page.locator("li.m", has_text="two").focus()
    bob.page.get_by_role("button", name="Mark as unread").press("Enter")
    bob.wait_unread(group, 2)
    expect(bob.page.locator("[data-part=announce]")).to_have_text("Marked as unread")
    bob.account.api.put(f"conversations/{group}/read", json={"seq": 5})
    browser = bob.context.browser
    assert browser is not None
    without = browser.new_context(java_script_enabled=False, storage_state=bob.context.storage_state())  # type: ignore[arg-type]
    page = without.new_page()
    page.goto(bob.page.url)
    page.locator("li.m", has_text="three").get_by_role("button", name="Mark as unread").click()
    expect(page.locator("li.new + li.m")).to_contain_text("three")
    expect(page.locator("conversation-list .count").first).to_have_text("1 unread")
    without.close()
