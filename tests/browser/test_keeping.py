"""Pinning and saving messages, as people do it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import PHONE, MakePerson, Person
from tests.live import Account

pytestmark = [pytest.mark.browser, pytest.mark.server]
Fill = Callable[[Account, str, list[str]], None]


def act(who: Person, text: str, words: str) -> None:
    row = who.page.locator("li.m", has_text=text)
    row.hover()
    row.get_by_role("button", name=words, exact=True).click()


def pinned(who: Person) -> Locator:
    return who.page.locator("pins-line")


def test_a_pinned_message_is_there_for_all_at_once_and_leads_back(person: MakePerson, history: Fill) -> None:
    alice, bob = person("alice"), person("bob", viewport=PHONE)
    group = alice.account.make_group(bob.account)
    history(alice.account, group, ["the plan", *(f"line {number}" for number in range(120)), "the map"])
    for someone in (alice, bob):
        someone.enter(group)
        expect(pinned(someone)).to_be_hidden()
    act(alice, "the map", "Pin")
    for someone in (alice, bob):
        expect(pinned(someone)).to_contain_text("the map")
        expect(someone.page.locator("li.m", has_text="the map").locator(".kept-mark")).to_have_text("Pinned")
    expect(alice.page.locator("conversation-details .pinned-list")).to_contain_text("the map")
    bob.page.locator("li.m", has_text="the map").focus()
    expect(bob.page.get_by_role("button", name="Reply")).to_be_visible()
    expect(bob.page.get_by_role("button", name="Pin", exact=True)).to_have_count(0)
    first = bob.account.api.get(f"conversations/{group}/messages", params={"after": 0}).json()["results"]
    seq = next(change["seq"] for change in first if change.get("body") == "the plan")
    alice.page.goto(f"{alice.url}/c/{group}/?at={seq}")
    act(alice, "the plan", "Pin")
    expect(pinned(bob)).to_contain_text("the plan")
    pinned(bob).get_by_role("link", name="the plan").click()
    expect(bob.page.locator("li.m.pointed .bubble")).to_have_text("the plan")
    pinned(bob).get_by_role("link", name="All 2").click()
    expect(bob.page.locator("main a.found")).to_have_count(2)
    act(alice, "the plan", "Unpin")
    expect(pinned(alice)).to_contain_text("the map")
    expect(pinned(alice)).not_to_contain_text("All")


def test_a_message_is_saved_for_oneself_and_found_again(person: MakePerson, history: Fill) -> None:
    alice, bob = person("alice"), person("bob")
    group = alice.account.make_group(bob.account)
    history(bob.account, group, ["keep this", "not this"])
    assert alice.context.browser
    phone = Person(alice.account, alice.name, alice.context.browser.new_context(viewport=PHONE), alice.url)
    for device in (alice, phone):
        device.enter(group)
    act(alice, "keep this", "Save")
    mark, phone_mark = (one.page.locator("li.m", has_text="keep this").locator(".kept-mark") for one in (alice, phone))
    for shown in (mark, phone_mark):
        expect(shown).to_have_text("Saved")
    phone.goto("/saved/")
    phone.wait_connected()
    alice.page.reload()
    alice.wait_connected()
    expect(mark).to_have_text("Saved")
    alice.page.get_by_role("link", name="Saved messages").click()
    expect(alice.page.locator("main a.found")).to_have_count(1)
    alice.page.locator("main a.found").click()
    expect(alice.page.locator("li.m.pointed .bubble")).to_have_text("keep this")
    act(alice, "keep this", "Remove from saved")
    expect(mark).to_have_count(0)
    expect(phone.page.locator("saved-list .empty")).to_contain_text("Nothing saved")
    changes = alice.account.api.get(f"conversations/{group}/messages").json()["results"]
    seq = next(change["seq"] for change in changes if change.get("body") == "not this")
    for method, lines in (("PUT", ["not this"]), ("DELETE", [])):
        alice.account.api.request(method, f"conversations/{group}/messages/{seq}/saved")
        expect(phone.page.locator("saved-list .found-text")).to_have_text(lines)
    phone.context.close()
    assert phone.complaints == []
    alice.page.get_by_role("link", name="Saved messages").click()
    expect(alice.page.locator("main .empty")).to_contain_text("Nothing saved")
    assert bob.account.api.get("saved").json()["results"] == []


def test_pages_tell_the_time_where_their_reader_is(person: MakePerson) -> None:
    alice = person("alice", timezone_id="Asia/Tokyo", locale="en-GB")
    group = alice.account.make_group()
    address = f"conversations/{group}/messages"
    seq = alice.account.api.post(address, json={"key": str(uuid.uuid4()), "body": "this"}).json()["seq"]
    sent_at = alice.account.api.get(address).json()["results"][-1]["sent_at"]
    alice.account.api.put(f"{address}/{seq}/saved").raise_for_status()
    there = datetime.fromisoformat(sent_at).astimezone(ZoneInfo("Asia/Tokyo"))
    clock = f"0?{there.hour}:{there:%M}"
    alice.sign_in("/saved/")
    expect(alice.page.locator(".found time")).to_have_text(re.compile(f"{there.day} .* {there.year}, {clock}$"))
    alice.wait_connected()
    second = alice.account.api.post(address, json={"key": str(uuid.uuid4()), "body": "that"}).json()["seq"]
    alice.account.api.put(f"{address}/{second}/saved").raise_for_status()
    expect(alice.page.locator(".found time")).to_have_count(2)
    expect(alice.page.locator(".found time").last).to_have_text(re.compile(f"{clock}$"))
    alice.goto("/settings/status/")
    alice.page.get_by_label("What you do now").fill("At lunch")
    alice.page.get_by_label("How long").select_option("today")
    alice.page.get_by_role("button", name="Save").click()
    expect(alice.page.locator("option[value=keep]")).to_have_text(re.compile(r"^until .* 0?0:00$"))


def test_what_was_done_or_could_not_be_is_said_to_eyes_and_ears(person: MakePerson, history: Fill) -> None:
    alice = person("alice", permissions=["clipboard-read", "clipboard-write"], may_complain=True)
    group, other = alice.account.make_group(), alice.account.make_group(name="Elsewhere")
    history(alice.account, group, ["this"])
    alice.sign_in(f"/c/{group}/")
    alice.wait_connected()
    page, words = alice.page, alice.page.locator("done-line")

    def expect_said(text: str) -> None:
        expect(words).to_have_text(text)
        expect(words).to_be_visible()
        expect(page.locator("[data-part=announce]")).to_have_text(text)

    act(alice, "this", "Copy link")
    expect_said("Link copied")
    seq = str(page.locator("li.m").get_attribute("id")).removeprefix("m")
    assert page.evaluate("navigator.clipboard.readText()") == f"{alice.url}/c/{group}/?at={seq}"
    act(alice, "this", "Forward")
    page.keyboard.type("Elsewhere")
    page.keyboard.press("Enter")
    expect_said("Forwarded to Elsewhere")
    alice.context.set_offline(True)
    act(alice, "this", "Save")
    expect_said("There is no connection. Try again when it is back.")
    page.get_by_role("link", name="Notifications").click()
    page.get_by_role("radio", name="Only mentions of me").click()
    expect(page.get_by_role("dialog")).to_contain_text("There is no connection")
    expect(page.get_by_role("radio", name="All messages")).to_be_checked()
    page.keyboard.press("Escape")
    page.locator(f"a[data-id='{other}']").click()
    expect(words).to_be_hidden()


def test_where_nothing_can_be_copied_the_link_is_shown(person: MakePerson, history: Fill) -> None:
    alice = person("alice")
    alice.context.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    group = alice.account.make_group()
    history(alice.account, group, ["this"])
    alice.sign_in(f"/c/{group}/")
    alice.wait_connected()
    act(alice, "this", "Copy link")
    seq = str(alice.page.locator("li.m").get_attribute("id")).removeprefix("m")
    link = alice.page.get_by_role("dialog").get_by_label("Link")
    expect(link).to_have_value(f"{alice.url}/c/{group}/?at={seq}")
    expect(link).to_be_focused()
