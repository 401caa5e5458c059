"""What became of one's own messages, as people see it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import PHONE, MakePerson, Person

pytestmark = [pytest.mark.browser, pytest.mark.server]


def direct(one: Person, other: Person) -> str:
    made = one.account.api.post("conversations", json={"user_id": other.account.id})
    assert made.status_code in (200, 201), made.text
    return str(made.json()["id"])


def receipt(who: Person) -> Locator:
    return who.page.locator("li.m.own .receipt").last


def test_a_message_is_sent_delivered_and_read_under_its_authors_eyes(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    conversation = direct(alice, bob)
    alice.enter(conversation)
    alice.say("hello")
    expect(receipt(alice)).to_have_text("Sent")
    bob.sign_in("/c/")
    expect(receipt(alice)).to_have_text("Delivered")
    bob.goto(f"/c/{conversation}/")
    expect(receipt(alice)).to_have_text("Read")
    # The same for a page that is loaded anew, before and after its script runs.
    without = alice.context.browser.new_context(java_script_enabled=False, storage_state=alice.context.storage_state())  # type: ignore[union-attr]
    page = without.new_page()
    page.goto(alice.page.url)
    expect(page.locator("li.m.own .receipt")).to_have_text("Read")
    without.close()
    alice.page.reload()
    expect(receipt(alice)).to_have_text("Read")
    bob.goto("/settings/status/")
    bob.page.get_by_label("Read privately").check()
    bob.page.get_by_role("button", name="Save").click()
    expect(receipt(alice)).to_have_text("Delivered")


def test_in_a_group_one_sees_who_has_read(person: MakePerson) -> None:
    alice, bob, carol = person("alice", viewport=PHONE, has_touch=True), person("bob"), person("carol")
    group = alice.account.make_group(bob.account, carol.account)
    alice.enter(group)
    alice.say("one")
    alice.say("two")
    expect(receipt(alice)).to_have_text("Sent")
    bob.sign_in(f"/c/{group}/")
    expect(receipt(alice)).to_contain_text("Read by 1 of 2")
    receipt(alice).click()
    dialog = alice.page.get_by_role("dialog")
    expect(dialog.locator("p")).to_have_text("1 of 2 have read it.")
    expect(dialog.locator("dl > *")).to_have_text(["Read", bob.name, "Not delivered yet", carol.name])
    carol.sign_in("/c/")
    expect(dialog.locator("dl > *")).to_have_text(["Read", bob.name, "Delivered", carol.name])
    alice.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    # Of every message of one's own, by keyboard too.
    alice.page.locator("li.m.own", has_text="one").focus()
    alice.page.get_by_role("button", name="Who has read it").press("Enter")
    expect(dialog.locator("dl > *")).to_have_text(["Read", bob.name, "Delivered", carol.name])
