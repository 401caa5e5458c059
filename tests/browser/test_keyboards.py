"""Keyboards of every script, the clipboard, notifications and midnight, as people meet them."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakePerson, Person, in_a_group, together
from tests.live import DEADLINE_SECONDS

pytestmark = [pytest.mark.browser, pytest.mark.server]

# Safari sends the Enter that ended a composition as key 229; elsewhere isComposing says it.
COMPOSING = """(field, key) => field.dispatchEvent(
    new KeyboardEvent("keydown", { key, keyCode: 229, bubbles: true, cancelable: true }))"""
PRESS = """([key, code, shiftKey]) => document.body.dispatchEvent(
    new KeyboardEvent("keydown", { key, code, ctrlKey: true, shiftKey, bubbles: true, cancelable: true }))"""
REMEMBER = """
    window.shown = [];
    window.Notification = class extends EventTarget {
        static permission = "granted";
        constructor(title, options) {
            super();
            Object.assign(this, { title, ...options, isOpen: true });
            window.shown.push(this);
        }
        close() { this.isOpen = false; this.dispatchEvent(new Event("close")); }
    };
    document.hasFocus = () => false;
    localStorage.setItem("parley.notifications", "on");
"""


def say(person: Person, group: str, body: str) -> int:
    sent = person.account.api.post(f"conversations/{group}/messages", json={"key": str(uuid.uuid4()), "body": body})
    assert sent.status_code == 201, sent.text
    return int(sent.json()["seq"])


def wait_until(someone: Person, condition: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not someone.page.evaluate(condition):
        assert time.monotonic() < deadline, condition
        someone.page.wait_for_timeout(50)  # between two questions, while the page goes on


@pytest.mark.parametrize("chosen_by", ["Enter", "Tab", "a press"])
def test_one_undo_takes_a_completed_name_out(person: MakePerson, chosen_by: str) -> None:
    """Also in the midst of a text."""
    alice, bob = person("alice"), person("bob")
    together(alice, bob)
    field = alice.page.locator("#compose-body")
    field.press_sequentially("hello  you")
    for _ in range(len(" you")):
        field.press("ArrowLeft")
    field.press_sequentially(f"@{bob.name[:5]}")
    offered = alice.page.locator("mention-picker [role=option]").first
    offered.wait_for()
    if chosen_by == "a press":
        offered.click()
    else:
        field.press(chosen_by)
    expect(field).to_have_value(f"hello @{bob.name}  you")
    field.press("Control+z")
    expect(field).to_have_value(f"hello @{bob.name[:5]} you")


@pytest.mark.parametrize("key", ["Enter", "Tab", "ArrowDown", "Escape"])
def test_keys_of_an_input_method_reach_the_field_alone(person: MakePerson, key: str) -> None:
    alice, bob = person("alice"), person("bob")
    group = together(alice, bob)
    page = alice.page
    field = page.locator("#compose-body")
    field.press_sequentially(f"@{bob.name[:5]}")
    page.locator("mention-picker [role=option]").first.wait_for()
    assert field.evaluate(COMPOSING, key) is True
    expect(field).to_have_value(f"@{bob.name[:5]}")
    expect(page.locator("mention-picker [role=option]").first).to_be_visible()
    page.keyboard.press("Control+k")
    page.locator("quick-find input").fill("a")
    assert page.locator("quick-find input").evaluate(COMPOSING, key) is True
    expect(page.locator("quick-find dialog")).to_be_visible()
    page.locator("quick-find button[aria-label=Close]").click()
    page.keyboard.press("Control+Shift+f")
    page.locator("message-search input").fill("from:nobody-is-called-so")
    assert page.locator("message-search input").evaluate(COMPOSING, key) is True
    expect(page.locator("#searcher-status")).to_have_text("")
    assert page.url.endswith(f"/c/{group}/")


@pytest.mark.parametrize(
    ("key", "code", "shift", "opens"),
    [
        ("л", "KeyK", False, "quick-find"),
        ("κ", "KeyK", False, "quick-find"),
        ("ל", "KeyK", False, "quick-find"),
        ("k", "KeyV", False, "quick-find"),
        ("А", "KeyF", True, "message-search"),
        ("Φ", "KeyF", True, "message-search"),
    ],
)
def test_shortcuts_work_on_keyboards_of_every_script(
    person: MakePerson, key: str, code: str, shift: bool, opens: str
) -> None:
    alice = person("alice")
    alice.sign_in("/c/")
    alice.wait_connected()
    assert alice.page.evaluate(PRESS, [key, code, shift]) is False
    expect(alice.page.locator(f"{opens} dialog")).to_be_visible()


def test_copied_messages_are_who_said_what_once(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    group = in_a_group(alice, bob)
    first = say(bob, group, "first words")
    last = [say(bob, group, "second **bold** words"), say(alice, group, "third words")][-1]
    reacted = {"key": str(uuid.uuid4()), "emoji": "👍"}
    bob.account.api.put(f"conversations/{group}/messages/{first}/reactions", json=reacted)
    alice.enter(group)
    copied = alice.page.evaluate(
        """([first, last]) => {
            const [from, to] = [first, last].map((seq) => document.getElementById(`m${seq}`));
            getSelection().setBaseAndExtent(from.querySelector(".who b").firstChild, 0, to, to.childNodes.length);
            return getSelection().toString();
        }""",
        [first, last],
    )
    lines = [line.strip() for line in copied.split("\n") if line.strip()]
    assert lines == [bob.name, "first words", "second bold words", "third words"]


def test_notifications_follow_what_is_still_to_be_read(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    group = in_a_group(alice, bob)
    bob.page.add_init_script(REMEMBER)
    bob.sign_in("/c/")
    bob.wait_connected()

    def shown() -> list[Any]:
        found: list[Any] = bob.page.evaluate("window.shown.map((one) => [one.body, one.isOpen, one.renotify === true])")
        return found

    first = say(alice, group, "first")
    wait_until(bob, "window.shown.length === 1")
    second = say(alice, group, "second")
    wait_until(bob, "window.shown.length === 2")
    assert [one[2] for one in shown()] == [True, True]
    path = f"conversations/{group}/messages/{second}"
    alice.account.api.patch(path, json={"key": str(uuid.uuid4()), "body": "second, mended"}).raise_for_status()
    wait_until(bob, "window.shown.length === 3")
    assert shown()[2] == ["second, mended", True, False]
    alice.account.api.request("DELETE", path, json={"key": str(uuid.uuid4())}).raise_for_status()
    wait_until(bob, "!window.shown[2].isOpen")
    third = say(alice, group, "third")
    wait_until(bob, "window.shown.length === 4")
    bob.account.api.put(f"conversations/{group}/read", json={"seq": third}).raise_for_status()
    wait_until(bob, "!window.shown[3].isOpen")
    assert first < second < third


def test_today_becomes_yesterday_at_midnight(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    group = in_a_group(alice, bob)
    say(bob, group, "late")
    alice.page.clock.install()
    alice.enter(group)
    expect(alice.page.locator("li.day").last).to_have_text("Today")
    alice.page.clock.fast_forward("24:00:00")
    expect(alice.page.locator("li.day").last).to_have_text("Yesterday")
