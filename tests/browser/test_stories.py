"""What people do with one another, from beginning to end. The stories of pasting a picture on a phone, of searching in
Japanese and of muting for an hour are told in test_files, test_searching and test_attention."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.cable import Cable
from tests.browser.conftest import PHONE, MakePerson, Person
from tests.live import Account, LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.server]
Fill = Callable[[Account, str, list[str]], None]
A_YEAR_AGO = """
from messaging.models import Change
for change in Change.objects.filter(seq__lte={seq}):
    year = change.content.split(b'"sent_at":"')[1][:4]
    then = str(int(year) - 1).encode()
    change.content = change.content.replace(b'"sent_at":"' + year, b'"sent_at":"' + then)
    change.save()
"""


def act(who: Person, text: str, words: str) -> None:
    line = who.page.locator("li.m", has_text=text)
    line.hover()
    line.get_by_role("button", name=words, exact=True).click()


def test_one_sees_somebody_come_online_type_and_read(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob", viewport=PHONE, has_touch=True, is_mobile=True)
    made = alice.account.api.post("conversations", json={"user_id": bob.account.id})
    alice.sign_in(f"/c/{made.json()['id']}/")
    alice.wait_connected()
    head, receipt = alice.page.locator(".talk-head presence-line"), alice.page.locator("li.m.own .receipt")
    expect(head).to_have_text("offline")
    alice.say("Are you there?")
    expect(receipt).to_have_text("Sent")
    bob.sign_in("/c/")
    expect(head).to_have_text("online")
    expect(receipt).to_have_text("Delivered")
    bob.page.locator("conversation-list a.row").tap()
    expect(receipt).to_have_text("Read")
    bob.page.locator("#compose-body").press_sequentially("Ye")
    expect(alice.page.locator("typing-line")).to_have_text(f"{bob.name} is writing…")
    bob.page.locator("#compose-body").press_sequentially("s")
    bob.page.get_by_role("button", name="Send").tap()
    alice.expect_lines("Are you there?", "Yes")
    expect(alice.page.locator("typing-line")).to_have_text("")


def test_what_is_edited_and_deleted_while_one_is_away_is_so_on_coming_back(
    person: MakePerson, cable: Cable, history: Fill
) -> None:
    alice, bob = person("alice"), person("bob", url=cable.url, may_complain=True)
    group = alice.account.make_group(bob.account)
    history(alice.account, group, ["a fisrt draft", "a mistake", "the end"])
    for someone in (alice, bob):
        someone.enter(group)
        someone.expect_lines("a fisrt draft", "a mistake", "the end")
    cable.pull()
    act(alice, "a fisrt draft", "Edit")
    alice.say("a first draft")
    act(alice, "a mistake", "Delete")
    alice.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    alice.wait_stored(group, ["message.edited", "message.deleted"])
    bob.expect_lines("a fisrt draft", "a mistake", "the end")
    cable.plug()
    expect(bob.page.locator("li.m .bubble")).to_have_text(["a first draft", "Message deleted", "the end"])
    expect(bob.page.get_by_text("a mistake")).to_have_count(0)
    bob.page.get_by_role("button", name="edited").click()
    expect(bob.page.locator(".version")).to_have_count(2)
    bob.page.keyboard.press("Escape")
    bob.page.reload()
    bob.wait_connected()
    bob.expect_lines("a first draft", "Message deleted", "the end")


def test_one_reacts_replies_and_jumps_a_year_back(person: MakePerson, own_server: LiveServer, history: Fill) -> None:
    alice, bob = person("alice", server=own_server), person("bob", server=own_server, viewport=PHONE, has_touch=True)
    group = alice.account.make_group(bob.account)
    history(alice.account, group, ["Happy birthday, Bob", *(f"line {number}" for number in range(300))])
    changes = alice.account.api.get(f"conversations/{group}/messages", params={"after": 0}).json()["results"]
    [seq] = [change["seq"] for change in changes if change.get("body") == "Happy birthday, Bob"]
    own_server.stop()
    own_server.manage("shell", "-c", A_YEAR_AGO.format(seq=seq + 150))
    own_server.start()
    bob.account.api.put(f"conversations/{group}/read", json={"seq": seq + 300}).raise_for_status()
    alice.sign_in(f"/c/{group}/?at={seq}")
    alice.wait_connected()
    act(alice, "Happy birthday, Bob", "Reply")
    alice.say("And again!")
    expect(alice.page.locator("li.m:not(.unsent) a.quote")).to_contain_text("Happy birthday, Bob")
    bob.enter(group)
    bob.page.locator("li.m", has_text="And again!").focus()
    bob.page.get_by_role("button", name="React").tap()
    bob.page.locator("reaction-picker button").first.tap()
    expect(alice.page.locator("li.m", has_text="And again!").locator(".reaction")).to_be_visible()
    expect(bob.page.locator("li.m .bubble", has_text="Happy birthday")).to_have_count(0)
    bob.page.locator("a.quote").tap()
    pointed = bob.page.locator("li.m.pointed .bubble")
    expect(pointed).to_have_text("Happy birthday, Bob")
    expect(pointed).to_be_in_viewport()
    expect(bob.page.locator("li.day").first).to_have_text(re.compile(r"\d{4}$"))
    # And by keys: from today's beginning to that of the day a year ago.
    bob.page.get_by_role("button", name="Newest").tap()
    expect(bob.page.locator("li.m").last).to_contain_text("And again!")
    bob.page.keyboard.press("Alt+PageUp")
    expect(bob.page.locator("li.m:focus .bubble")).to_have_text("line 150")
    bob.page.keyboard.press("Alt+PageUp")
    expect(bob.page.locator("li.m:focus .bubble")).to_have_text("Happy birthday, Bob")
    bob.page.keyboard.press("Alt+PageDown")
    expect(bob.page.locator("li.m:focus .bubble")).to_have_text("line 150")
