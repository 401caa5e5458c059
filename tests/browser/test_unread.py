"""What is unread, and taking it back: on every device, and never undone by a page that stands open."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, WebSocketRoute, expect

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


def test_a_page_opens_at_the_first_unread_line(person: MakePerson, history: Fill) -> None:
    alice, bob = person("alice"), person("bob")
    group = alice.account.make_group(bob.account)
    history(alice.account, group, [f"line {number}" for number in range(90)])
    bob.sign_in(f"/c/{group}/")
    expect(bob.page.locator("li.new")).to_be_in_viewport()
    expect(bob.page.locator("li.m").last).not_to_be_in_viewport()
    expect(bob.page.locator("[data-part=newest]")).to_have_text("90 new")
    bob.page.locator("[data-part=newest]").click()
    expect(bob.page.locator("li.m").last).to_be_in_viewport()
    expect(bob.page.locator("[data-part=newest]")).to_be_hidden()


def test_with_more_unread_than_a_page_one_begins_at_its_first_line_and_nothing_counts_as_read(
    person: MakePerson, history: Fill
) -> None:
    alice, bob = person("alice"), person("bob")
    group = alice.account.make_group(bob.account)
    other = bob.account.make_group()
    history(alice.account, group, [f"line {number}" for number in range(300)])
    bob.enter(group)
    for _ in range(2):
        expect(bob.page.locator("li.new")).to_be_in_viewport()
        expect(bob.page.locator("li.new + li.m")).to_contain_text("line 0")
        expect(bob.page.locator("[data-part=newest]")).to_have_text("300 new")
        expect(bob.page.locator("li.gap")).to_have_count(0)
        bob.page.locator(f"conversation-list a[data-id='{other}']").click()
        expect(bob.page.locator("li.new")).to_have_count(0)
        bob.page.locator(f"conversation-list a[data-id='{group}']").click()
    unread = {row["id"]: row["unread"] for row in bob.account.api.get("conversations").json()["results"]}
    assert unread[group] == 300
    bob.page.locator("[data-part=newest]").click()
    expect(bob.page.locator("li.m").last).to_contain_text("line 299")
    expect(bob.page.locator(f"conversation-list a[data-id='{group}'] .count")).to_have_count(0)


def test_a_read_mark_that_was_refused_for_now_is_sent_again(person: MakePerson, history: Fill) -> None:
    alice, bob = person("alice"), person("bob")
    group = alice.account.make_group(bob.account)
    refused: list[str] = []

    def refuse_the_first(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            command = json.loads(frame)
            if command["type"] != "read.mark" or refused:
                return server.send(frame)
            refused.append(command["ref"])
            error = {"type": "error", "code": "unavailable", "message": "Later.", "ref": refused[0], "retry_after": 0.1}
            return route.send(json.dumps(error))

        route.on_message(pass_on)

    bob.page.route_web_socket("**/ws?*", refuse_the_first)
    bob.enter(group)
    history(alice.account, group, ["one", "two"])
    bob.expect_lines("one", "two")
    bob.wait_unread(group, 0)
    assert refused
