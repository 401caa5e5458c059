"""Muting, levels and quiet hours as people meet them: the list, the title, notifications, another device."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.cable import Cable
from tests.browser.conftest import PHONE, MakePerson, Person
from tests.live import DEADLINE_SECONDS, Account

pytestmark = [pytest.mark.browser, pytest.mark.server]
Fill = Callable[[Account, str, list[str]], None]

# Chromium without a screen shows no notifications: those that a page makes are remembered.
REMEMBER = """
    window.shown = [];
    window.Notification = class extends EventTarget {
        static permission = "granted";
        static async requestPermission() { return "granted"; }
        constructor(title, { body }) {
            super();
            window.shown.push(`${title}: ${body}`);
            document.documentElement.dataset.shown = window.shown.length;
        }
        close() {}
    };
    document.hasFocus = () => false;
"""


def group_of(alice: Person, bob: Person) -> str:
    return alice.account.make_group(bob.account, name=f"Climbing {bob.name}")


def say(person: Person, group: str, body: str) -> None:
    sent = person.account.api.post(f"conversations/{group}/messages", json={"key": str(uuid.uuid4()), "body": body})
    assert sent.status_code == 201, sent.text


def row(page: Page, group: str) -> Locator:
    return page.locator(f"conversation-list a.row[data-id='{group}']")


def notice_of(person: Person, page: Page, group: str) -> str:
    """The first notification of what the person says. After a leap of its clock a page takes its socket for dead, and
    by the server's clock it is muted still, so what it missed makes none: it is said until one is shown."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not page.evaluate("window.shown.length"):
        assert time.monotonic() < deadline, "no notification"
        say(person, group, "again")
        page.wait_for_timeout(300)  # the message comes, while the page goes on
        page.clock.fast_forward("00:05")
        page.wait_for_timeout(300)
    return str(page.evaluate("window.shown[0]"))


def test_muted_for_an_hour_a_conversation_keeps_quiet_on_every_device_and_then_speaks_again(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    group = group_of(alice, bob)
    bob.page.clock.install()
    bob.page.add_init_script(REMEMBER + 'localStorage.setItem("parley.notifications", "on");')
    bob.enter(group)
    bob.page.get_by_role("link", name="Notifications").click()
    dialog = bob.page.get_by_role("dialog")
    dialog.get_by_role("button", name="For an hour").press("Enter")
    expect(dialog.get_by_role("status")).to_contain_text("Muted until")
    expect(dialog.get_by_role("button", name="Unmute", exact=True)).to_be_visible()
    bob.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(bob.page.get_by_role("link", name="Notifications: muted until")).to_be_visible()
    desk = bob.page
    phone = bob.open_page()
    phone.set_viewport_size(PHONE)
    bob.goto("/c/")
    bob.wait_connected()
    bob.page = desk
    bob.goto("/c/")
    bob.wait_connected()
    say(alice, group, "psst")
    for page in (desk, phone):
        expect(row(page, group).locator(".count.quiet")).to_have_text("1 unread")
        expect(row(page, group).locator(".when")).to_contain_text("muted")
        expect(page).to_have_title("Parley")
    desk.clock.fast_forward("01:00:30")
    expect(row(desk, group).locator(".count")).to_have_class("count")
    expect(row(desk, group).locator(".when")).not_to_contain_text("muted")
    expect(desk).to_have_title("(1) Parley")
    assert desk.evaluate("window.shown") == []
    phone.close()  # of several pages one gives the notice, and this one may not
    assert notice_of(alice, desk, group) == f"{alice.name} · Climbing {bob.name}: again"


def test_what_came_without_a_connection_makes_one_notification_unless_it_was_read_elsewhere(
    person: MakePerson, cable: Cable, history: Fill
) -> None:
    alice, bob = person("alice"), person("bob", url=cable.url, may_complain=True)
    climbing, baking = group_of(alice, bob), alice.account.make_group(bob.account, name="Baking")
    bob.page.add_init_script(REMEMBER + 'localStorage.setItem("parley.notifications", "on");')
    bob.sign_in("/c/")
    bob.wait_connected()
    cable.pull()
    history(alice.account, climbing, ["one", "two", f"three, @{bob.name}"])
    history(alice.account, baking, ["cake", "bread"])
    head = bob.account.api.get(f"conversations/{baking}/messages").json()["results"][-1]["seq"]
    bob.account.api.put(f"conversations/{baking}/read", json={"seq": head}).raise_for_status()
    cable.plug()
    bob.wait_connected()
    expect(bob.page.locator("html[data-shown]")).to_be_attached()
    assert bob.page.evaluate("window.shown") == [f"Climbing {bob.name}: 3 new messages from {alice.name}"]
    say(alice, baking, "butter")
    expect(bob.page.locator("html[data-shown='2']")).to_be_attached()
    assert bob.page.evaluate("window.shown[1]") == f"{alice.name} · Baking: butter"


def test_only_mentions_are_heard_and_in_quiet_hours_nothing(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    group = group_of(alice, bob)
    bob.enter(group)
    bob.page.locator("conversation-details").get_by_role("button", name="All messages").click()
    bob.page.get_by_role("radio", name="Only mentions of me").check()
    expect(bob.page.locator("conversation-details .attention")).to_have_text("Only mentions of me")
    bob.page.keyboard.press("Escape")
    bob.goto("/settings/attention/")
    bob.wait_connected()
    say(alice, group, "nothing for you")
    expect(row(bob.page, group).locator(".count.quiet")).to_have_text("1 unread")
    expect(bob.page).to_have_title("Notifications · Parley")
    say(alice, group, f"look, @{bob.name}!")
    expect(bob.page).to_have_title("(1 · @1) Notifications · Parley")
    expect(row(bob.page, group).locator(".count")).to_have_class("count")
    bob.page.get_by_label("Keep quiet every day").check()
    bob.page.locator("#id_begins").fill("00:00")
    bob.page.locator("#id_ends").fill("23:59")
    bob.page.get_by_role("button", name="Save").click()
    expect(bob.page.get_by_text("Your quiet hours are saved.")).to_be_visible()
    expect(bob.page).to_have_title("Notifications · Parley")


def test_a_level_stays_pressed_until_its_answer_though_others_write_meanwhile(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob", may_complain=True)
    group = group_of(alice, bob)
    bob.enter(group)
    held: list[Route] = []
    bob.page.route("**/attention", lambda route: held.append(route))
    bob.page.locator("conversation-details").get_by_role("button", name="All messages").click()
    levels = {name: bob.page.get_by_role("radio", name=name) for name in ("All messages", "Only mentions of me")}
    levels["Only mentions of me"].check()
    say(alice, group, "meanwhile")
    bob.expect_lines("meanwhile")
    expect(levels["Only mentions of me"]).to_be_checked()
    held[0].fulfill(status=503, json={"code": "unavailable", "detail": "Not now."})
    expect(levels["All messages"]).to_be_checked()
    expect(bob.page.get_by_role("dialog").get_by_role("status")).to_have_text("Not now.")


def test_this_device_makes_notices_only_after_it_was_allowed_to(person: MakePerson) -> None:
    bob = person("bob")
    bob.page.add_init_script(
        "window.asked = 0; window.Notification = class { static permission = 'default';"
        " static async requestPermission() { window.asked += 1; return 'denied'; } };"
    )
    bob.sign_in("/settings/attention/")
    bob.wait_connected()
    assert bob.page.evaluate("window.asked") == 0
    box = bob.page.get_by_label("Show notifications")
    box.click()
    expect(bob.page.get_by_text("Your browser blocks notifications")).to_be_visible()
    expect(box).not_to_be_checked()
    assert bob.page.evaluate("[window.asked, localStorage.getItem('parley.notifications')]") == [1, "off"]


def test_without_a_script_a_page_does_the_same(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob", java_script_enabled=False)
    group = group_of(alice, bob)
    bob.sign_in(f"/c/{group}/")
    bob.page.get_by_role("link", name="Notifications").click()
    bob.page.get_by_label("Nothing").check()
    bob.page.get_by_role("button", name="Save").click()
    expect(bob.page.get_by_label("Nothing")).to_be_checked()
    bob.page.get_by_role("button", name="For an hour").click()
    expect(bob.page.get_by_role("heading", name="Muted until")).to_be_visible()
    expect(row(bob.page, group).locator(".when")).to_contain_text("muted")
    bob.page.get_by_role("button", name="Unmute", exact=True).click()
    expect(bob.page.get_by_role("heading", name="Mute", exact=True)).to_be_visible()
