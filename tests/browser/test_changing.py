"""Editing and deleting messages, as people do it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.cable import Cable
from tests.browser.conftest import PHONE, MakePerson, together
from tests.browser.timeline import act, enter, row
from tests.live import Account

pytestmark = [pytest.mark.browser, pytest.mark.server]
Fill = Callable[[Account, str, list[str]], None]


def test_a_message_is_edited_and_everyone_sees_it(person: MakePerson, history: Fill) -> None:
    alice, bob = person("alice"), person("bob")
    group = together(alice, bob)
    alice.say("one")
    alice.expect_lines("one")
    bob.expect_lines("one")
    act(alice, row(alice, "one"), "Edit")
    expect(alice.page.locator("[data-part=about]")).to_contain_text("Editing")
    expect(alice.page.locator("#compose-body")).to_have_value("one")
    alice.say("two **three**")
    for someone in (alice, bob):
        expect(someone.page.locator("li.m .bubble strong")).to_have_text("three")
        expect(someone.page.locator("li.m .edited")).to_have_text("edited")
        expect(someone.page.locator(f"conversation-list a[data-id='{group}'] .last")).to_contain_text("two three")
    expect(alice.page.locator("[data-part=about]")).to_be_hidden()
    bob.page.locator("button.edited").click()
    expect(bob.page.locator("dialog .version")).to_have_text(["two **three**", "one"])
    bob.page.keyboard.press("Escape")
    expect(bob.page.locator("dialog[open]")).to_have_count(0)
    bob.page.reload()
    expect(bob.page.locator("li.m .bubble strong")).to_have_text("three")


def test_up_edits_the_last_own_message_and_escape_brings_the_draft_back(person: MakePerson) -> None:
    alice, _ = enter(person, "alice")
    for body in ("first", "second"):
        alice.say(body)
        alice.expect_lines(body)
    field, keys = alice.page.locator("#compose-body"), alice.page.keyboard
    keys.press("ArrowUp")
    expect(field).to_have_value("second")
    keys.press("Escape")
    expect(field).to_have_value("")
    keys.type("a draft")
    keys.press("ArrowUp")
    expect(field).to_have_value("a draft")
    act(alice, row(alice, "first"), "Edit")
    expect(field).to_have_value("first")
    keys.type(" and more")
    alice.page.reload()
    alice.wait_connected()
    expect(field).to_have_value("first and more")
    expect(alice.page.locator("[data-part=about]")).to_be_visible()
    field.focus()
    keys.press("Escape")
    expect(field).to_have_value("a draft")


def test_a_deleted_message_leaves_a_marker_for_all(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    group = alice.account.make_group(bob.account)
    bob.enter(group)
    bob.say("a secret")
    bob.expect_lines("a secret")
    alice.enter(group)
    line = row(alice, "a secret")
    act(alice, line, "Delete")
    expect(alice.page.locator("dialog .quoted")).to_have_text("a secret")
    alice.page.get_by_role("button", name="Keep it").click()
    expect(line).to_be_visible()
    act(alice, line, "Delete")
    alice.page.locator("dialog").get_by_role("button", name="Delete").click()
    for someone in (alice, bob):
        expect(someone.page.locator(".bubble.gone")).to_have_text("Message deleted")
        expect(row(someone, "a secret")).to_have_count(0)
        expect(someone.page.locator("conversation-list .last")).to_contain_text("Message deleted")
    assert "a secret" not in bob.account.api.get(f"conversations/{group}/messages").text


def test_what_is_to_be_deleted_is_quoted_as_it_is_read(person: MakePerson) -> None:
    alice, _ = enter(person, "alice")
    alice.say("bring **rope** &\n- water\n- bread")
    act(alice, row(alice, "rope"), "Delete")
    expect(alice.page.get_by_role("dialog").locator(".quoted")).to_have_text(
        "bring rope &\nwater\nbread", use_inner_text=True
    )


def test_others_messages_offer_neither_edit_nor_delete(person: MakePerson, history: Fill) -> None:
    alice = person("alice")
    bob = person("bob")
    group = alice.account.make_group(bob.account)
    history(alice.account, group, ["mine"])
    bob.enter(group)
    row(bob, "mine").hover()
    expect(bob.page.get_by_role("button", name="Copy link")).to_be_visible()
    expect(bob.page.get_by_role("button", name="Edit")).to_have_count(0)
    expect(bob.page.get_by_role("button", name="Delete")).to_have_count(0)


def test_an_edit_and_a_deletion_made_offline_are_kept_over_a_reload(person: MakePerson, cable: Cable) -> None:
    alice = person("alice", url=cable.url, may_complain=True)
    group = alice.account.make_group()
    alice.enter(group)
    for body in ("one", "two"):
        alice.say(body)
        alice.expect_lines(body)
    cable.pull()
    act(alice, row(alice, "one"), "Edit")
    alice.say("uno")
    expect(row(alice, "uno").locator(".mark")).to_contain_text("waiting")
    act(alice, row(alice, "two"), "Delete")
    alice.page.locator("dialog").get_by_role("button", name="Delete").click()
    expect(alice.page.locator(".bubble.gone")).to_be_visible()
    page = alice.account.api.get(f"conversations/{group}/messages").json()
    assert [change["type"] for change in page["results"]][-1] == "message.sent"
    cable.plug()
    expect(alice.page.locator("html[data-connection=open]")).to_be_attached(timeout=30_000)
    expect(row(alice, "uno").locator("button.edited")).to_be_visible(timeout=20_000)
    alice.wait_stored(group, ["message.edited", "message.deleted"])


def test_a_refused_edit_is_handed_back(person: MakePerson, history: Fill) -> None:
    alice, group = enter(person, "alice")
    alice.say("one")
    alice.expect_lines("one")
    seq = alice.account.api.get(f"conversations/{group}/messages").json()["results"][-1]["seq"]
    act(alice, row(alice, "one"), "Edit")
    address = f"conversations/{group}/messages/{seq}"
    assert alice.account.api.request("DELETE", address, json={"key": str(uuid.uuid4())}).status_code == 200
    expect(alice.page.locator(".bubble.gone")).to_be_visible()
    alice.say("my long thought")
    mark = alice.page.locator("li.m .mark.failed")
    expect(mark).to_contain_text("Not changed: This message was deleted.")
    expect(mark.get_by_role("button", name="Copy")).to_be_visible()
    mark.get_by_role("button", name="Discard").click()
    expect(mark).to_have_count(0)


def test_actions_are_reached_by_keyboard_alone(person: MakePerson) -> None:
    alice, _ = enter(person, "alice")
    for body in ("one", "two"):
        alice.say(body)
        alice.expect_lines(body)
    keys = alice.page.keyboard
    row(alice, "two").focus()
    keys.press("ArrowUp")
    expect(row(alice, "one")).to_be_focused()
    keys.press("Tab")
    for words in ("React", "Reply", "Edit", "Pin", "Save", "Copy link", "Forward", "Who has read it"):
        expect(alice.page.get_by_role("button", name=words)).to_be_focused()
        keys.press("ArrowRight")
    expect(alice.page.get_by_role("button", name="Delete")).to_be_focused()
    keys.press("Escape")
    expect(row(alice, "one")).to_be_focused()
    for key, words in (("Tab", "React"), ("ArrowRight", "Reply"), ("ArrowRight", "Edit")):
        keys.press(key)
        expect(alice.page.get_by_role("button", name=words)).to_be_focused()
    keys.press("Enter")
    expect(alice.page.locator("#compose-body")).to_be_focused()
    expect(alice.page.locator("#compose-body")).to_have_value("one")


def test_the_actions_go_with_the_mouse_and_back_to_the_focus(person: MakePerson) -> None:
    alice, _ = enter(person, "alice")
    for body in ("one", "two"):
        alice.say(body)
        alice.expect_lines(body)
    page, bar = alice.page, alice.page.locator("message-actions")
    row(alice, "one").focus()
    page.keyboard.press("Tab")
    expect(row(alice, "one").get_by_role("button", name="React")).to_be_focused()
    page.mouse.move(*middle(row(alice, "two")), steps=3)
    expect(row(alice, "two").locator("message-actions")).to_be_visible()
    expect(row(alice, "one")).to_be_focused()
    page.mouse.move(*middle(page.locator(".talk-head")))
    expect(row(alice, "one").locator("message-actions")).to_be_visible()
    page.locator("#compose-body").focus()
    expect(bar).to_have_count(0)


def middle(what: Locator) -> tuple[float, float]:
    box = what.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_on_a_phone_a_tap_shows_what_can_be_done(person: MakePerson) -> None:
    alice, _ = enter(person, "alice", viewport=PHONE, has_touch=True, is_mobile=True)
    alice.say("one")
    alice.expect_lines("one")
    alice.page.locator("li.m .bubble").tap()
    bar = alice.page.locator("message-actions")
    expect(bar).to_be_visible()
    box = bar.get_by_role("button", name="Edit").bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 44
    bar.get_by_role("button", name="Edit").tap()
    expect(alice.page.locator("#compose-body")).to_have_value("one")
    alice.page.get_by_role("button", name="Stop editing").tap()
    expect(alice.page.locator("#compose-body")).to_have_value("")


def test_without_a_script_edits_and_deletions_show(person: MakePerson, history: Fill) -> None:
    alice = person("alice", java_script_enabled=False)
    group = alice.account.make_group()
    history(alice.account, group, ["one", "two"])
    for change in alice.account.api.get(f"conversations/{group}/messages").json()["results"]:
        address = f"conversations/{group}/messages/{change['seq']}"
        if change.get("body") == "one":
            alice.account.api.patch(address, json={"key": str(uuid.uuid4()), "body": "uno"})
        if change.get("body") == "two":
            alice.account.api.request("DELETE", address, json={"key": str(uuid.uuid4())})
    alice.sign_in(f"/c/{group}/")
    expect(alice.page.locator("li.m .bubble")).to_have_text(["uno", "Message deleted"])
    expect(alice.page.locator("li.m .edited")).to_have_attribute("title", re.compile("Edited"))


def test_what_changed_while_one_was_away_is_told_and_leads_there(person: MakePerson, history: Fill) -> None:
    alice, bob = person("alice"), person("bob")
    group = alice.account.make_group(bob.account)
    history(alice.account, group, ["first of all", *(f"line {number}" for number in range(150))])
    alice.enter(group)
    alice.expect_lines("line 149")
    alice.goto("/people/")
    api = f"conversations/{group}/messages"
    first = bob.account.api.get(api, params={"after": 0, "limit": 50}).json()["results"]
    seq = next(change["seq"] for change in first if change.get("body") == "first of all")
    bob.account.api.put(f"{api}/{seq}/reactions/🎉", json={"key": str(uuid.uuid4())})
    alice.goto(f"/c/{group}/")
    alice.wait_connected()
    line = alice.page.locator("li.new")
    expect(line).to_contain_text("Since you were here")
    line.get_by_role("link", name="What changed").click()
    item = alice.page.locator("dialog a.missed-item")
    expect(item).to_have_count(1)
    expect(item).to_contain_text("🎉 from bob")
    expect(item).to_contain_text("first of all")
    item.press("Enter")
    expect(alice.page.locator("li.m.pointed .bubble")).to_have_text("first of all")
    expect(alice.page.locator("dialog[open]")).to_have_count(0)
    alice.page.get_by_role("button", name="Newest").click()
    alice.expect_lines("line 149")
    alice.page.locator("conversation-list .brand").click()
    history(bob.account, group, ["something new"])
    alice.page.locator(f"conversation-list a[data-id='{group}']").click()
    expect(line).to_contain_text("New")
    line.get_by_role("link", name="What changed").click()
    expect(item).to_have_count(1)
    expect(item).to_contain_text("wrote 1 message")
