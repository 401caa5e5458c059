"""The timeline for those who listen and those who use the keyboard alone: what a row says, what is announced, jumps,
and that the focus stays when rows are drawn anew."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import MakePerson, Person
from tests.live import Account

pytestmark = [pytest.mark.browser, pytest.mark.server]
Fill = Callable[[Account, str, list[str]], None]


def row(who: Person, text: str) -> Locator:
    return who.page.locator("li.m", has_text=text)


def write(who: Person, method: str, path: str, **fields: object) -> int:
    answer = who.account.api.request(method, path, json={"key": str(uuid.uuid4()), **fields})
    assert answer.status_code < 300, answer.text
    return int(answer.json()["seq"])


def announced(who: Person) -> Locator:
    return who.page.locator("message-list [role=status]")


def test_a_row_says_its_author_and_words_first_and_then_the_rest(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    group = alice.account.make_group(bob.account)
    address = f"conversations/{group}/messages"
    first = write(bob, "POST", address, body="Who brings the **rope**?")
    answer = write(alice, "POST", address, body="I do", reply_to=first)
    write(bob, "POST", address, body="Good")
    write(alice, "PATCH", f"{address}/{answer}", body="I do!")
    write(bob, "PUT", f"{address}/{answer}/reactions/🎉")
    alice.enter(group)
    time = r"\d+:\d\d( [AP]M)?"
    asked = alice.page.locator(f"#m{first}")
    expect(asked).to_have_accessible_name(re.compile(rf"^{bob.name}: Who brings the rope\? {time}$"))
    expect(row(alice, "I do!")).to_have_accessible_name(
        re.compile(rf"^You: I do! {time} Answers {bob.name}: Who brings .*\? edited 🎉 1: {bob.name}")
    )
    expect(row(alice, "Good")).to_have_accessible_name(re.compile(rf"^{bob.name}: Good {time}$"))
    snapshot = asked.aria_snapshot()
    assert snapshot.index(f"{bob.name}:") < snapshot.index("Who brings") < snapshot.index("Link to the message")


def test_a_burst_is_one_announcement_and_how_much_is_said_is_a_choice(person: MakePerson, history: Fill) -> None:
    alice, bob, carol = person("alice"), person("bob"), person("carol")
    group = bob.account.make_group(alice.account, carol.account, name="Climbing")
    alice.enter(group)
    history(bob.account, group, ["Hello"])
    expect(announced(alice)).to_have_text(f"{bob.name}: Hello")
    history(bob.account, group, ["one", "two"])
    history(carol.account, group, ["three"])
    expect(announced(alice)).to_have_text(f"3 new messages from {bob.name} and {carol.name} in Climbing")
    alice.page.get_by_role("link", name="Notifications").click()
    alice.page.get_by_role("radio", name="Only how many").check()
    alice.page.keyboard.press("Escape")
    history(bob.account, group, ["four"])
    expect(announced(alice)).to_have_text(f"1 new message from {bob.name} in Climbing")
    alice.page.reload()
    alice.wait_connected()
    alice.page.get_by_role("link", name="Notifications").click()
    expect(alice.page.get_by_role("radio", name="Only how many")).to_be_checked()


def test_keys_jump_to_what_is_unread_to_mentions_and_to_days(person: MakePerson, history: Fill) -> None:
    alice, bob = person("alice"), person("bob")
    group = bob.account.make_group(alice.account)
    history(bob.account, group, [f"@{alice.name} first", *(f"line {number}" for number in range(250))])
    head = bob.account.api.get(f"conversations/{group}/messages").json()["results"][-1]["seq"]
    alice.account.api.put(f"conversations/{group}/read", json={"seq": head}).raise_for_status()
    history(bob.account, group, ["unread one", f"unread two for @{alice.name}"])
    alice.enter(group)
    alice.wait_unread(group, 0)
    expect(alice.page.locator("#compose-body")).to_be_focused()
    keys = alice.page.keyboard
    keys.press("Alt+u")
    expect(row(alice, "unread one")).to_be_focused()
    keys.press("Alt+u")
    expect(row(alice, "unread two")).to_be_focused()
    keys.press("Alt+u")
    expect(announced(alice)).to_have_text("No further unread message")
    keys.press("Alt+Shift+u")
    expect(row(alice, "unread one")).to_be_focused()
    keys.press("Alt+Shift+m")
    expect(row(alice, "first")).to_be_focused()
    expect(row(alice, "first")).to_be_in_viewport()
    keys.press("Alt+m")
    expect(row(alice, "unread two")).to_be_focused()
    keys.press("Alt+PageUp")
    expect(row(alice, "first")).to_be_focused()
    expect(announced(alice)).to_have_text("Today")
    keys.press("Alt+PageUp")
    expect(announced(alice)).to_have_text("No earlier day")
    keys.press("?")
    expect(alice.page.get_by_role("dialog", name="Keys")).to_contain_text("Next unread message")
    keys.press("Escape")
    keys.press("Escape")
    keys.type("µ is typed")
    expect(alice.page.locator("#compose-body")).to_have_value("µ is typed")


def test_the_focus_stays_on_what_is_drawn_anew(person: MakePerson, history: Fill) -> None:
    alice, bob = person("alice"), person("bob")
    group = alice.account.make_group(bob.account)
    address = f"conversations/{group}/messages"
    history(alice.account, group, ["one", "two"])
    alice.enter(group)
    line = row(alice, "one")
    seq = int(str(line.get_attribute("id")).removeprefix("m"))
    keys = alice.page.keyboard
    # From writing to the timeline, to its lowest message, and up.
    alice.page.locator(".lines").focus()
    keys.press("ArrowUp")
    expect(row(alice, "two")).to_be_focused()
    keys.press("ArrowUp")
    expect(line).to_be_focused()
    keys.press("Tab")
    keys.press("ArrowRight")
    button = line.get_by_role("button", name="Reply")
    expect(button).to_be_focused()
    write(bob, "PUT", f"{address}/{seq}/reactions/🎉")
    expect(line.locator(".reaction")).to_have_text("🎉 1")
    expect(button).to_be_focused()
    chip = line.locator(".reaction")
    chip.focus()
    write(bob, "PUT", f"{address}/{seq}/reactions/👍")
    expect(line.locator(".reaction")).to_have_count(2)
    expect(line.locator("[data-emoji='🎉']")).to_be_focused()
    write(bob, "DELETE", f"{address}/{seq}/reactions/🎉")
    expect(line.locator(".reaction")).to_have_count(1)
    expect(line).to_be_focused()
    # What is pressed says something else then.
    button = line.get_by_role("button", name="Pin", exact=True)
    button.press("Enter")
    expect(line.get_by_role("button", name="Unpin")).to_be_focused()
    write(alice, "DELETE", f"{address}/{seq}")
    gone = alice.page.locator(f"#m{seq}")
    expect(gone).to_contain_text("Message deleted")
    expect(gone).to_be_focused()


def test_the_focus_is_where_one_left_it(person: MakePerson, history: Fill) -> None:
    alice = person("alice")
    group = alice.account.make_group()
    history(alice.account, group, [f"line {number}" for number in range(60)])
    alice.sign_in(f"/c/{group}/")
    alice.wait_connected()
    page = alice.page
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"words"}
    page.locator("[data-part=files]").set_input_files([file])
    page.get_by_role("button", name="Do not send a.txt").press("Enter")
    expect(page.locator("#compose-body")).to_be_focused()
    menu = page.locator(".list-new summary")
    menu.press("Enter")
    expect(page.locator(".list-new .menu-items")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    bell = page.locator("conversation-details .attention")
    bell.press("Enter")
    page.get_by_label("Only mentions of me").check()
    expect(bell).to_have_text("Only mentions of me")
    page.keyboard.press("Escape")
    expect(bell).to_be_focused()
    lines = page.locator(".lines")
    lines.evaluate("(lines) => { lines.scrollTop = -1500; }")
    expect(page.locator("[data-part=newest]")).to_be_visible()
    page.locator("a.skip").press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.wait_for_timeout(200)  # a jump would be made by then
    assert lines.evaluate("(lines) => lines.scrollTop") < -1000
