"""Editing and deleting messages, as people do it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.cable import Cable
from tests.browser.conftest import PHONE, MakePerson, Person
from tests.live import Account

pytestmark = [pytest.mark.browser, pytest.mark.server]
Fill = Callable[[Account, str, list[str]], None]


def enter(person: MakePerson, name: str, group: str = "", **options: object) -> tuple[Person, str]:
    someone = person(name, **options)
    group = group or someone.account.make_group()
    someone.sign_in(f"/c/{group}/")
    someone.wait_connected()
    return someone, group


def row(who: Person, text: str) -> Locator:
    return who.page.locator("li.m", has_text=text)


def act(who: Person, line: Locator, words: str) -> None:
    line.hover()
    line.get_by_role("button", name=words).click()


def test_a_message_is_edited_and_everyone_sees_it(person: MakePerson, history: Fill) -> None:
    alice, bob = person("alice"), person("bob")
    group = alice.account.make_group(bob.account)
    for someone in (alice, bob):
        someone.sign_in(f"/c/{group}/")
        someone.wait_connected()
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
    bob.sign_in(f"/c/{group}/")
    bob.wait_connected()
    bob.say("a secret")
    bob.expect_lines("a secret")
    alice.sign_in(f"/c/{group}/")
    alice.wait_connected()
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


def test_others_messages_offer_neither_edit_nor_delete(person: MakePerson, history: Fill) -> None:
    alice = person("alice")
    bob = person("bob")
    group = alice.account.make_group(bob.account)
    history(alice.account, group, ["mine"])
    bob.sign_in(f"/c/{group}/")
    bob.wait_connected()
    row(bob, "mine").hover()
    expect(bob.page.get_by_role("button", name="Copy link")).to_be_visible()
    expect(bob.page.get_by_role("button", name="Edit")).to_have_count(0)
    expect(bob.page.get_by_role("button", name="Delete")).to_have_count(0)


def test_an_edit_and_a_deletion_made_offline_are_kept_over_a_reload(person: MakePerson, cable: Cable) -> None:
    alice = person("alice", url=cable.url, may_complain=True)
    group = alice.account.make_group()
    alice.sign_in(f"/c/{group}/")
    alice.wait_connected()
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


def test_a_reaction_is_picked_counted_and_taken_back(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    group = alice.account.make_group(bob.account)
    for someone in (alice, bob):
        someone.sign_in(f"/c/{group}/")
        someone.wait_connected()
    bob.say("one")
    alice.expect_lines("one")
    act(alice, row(alice, "one"), "React")
    alice.page.locator("reaction-picker").get_by_role("button", name="🎉").click()
    chips = [someone.page.locator("button.reaction") for someone in (alice, bob)]
    for chip, pressed in zip(chips, ("true", "false"), strict=True):
        expect(chip).to_have_text("🎉 1")
        expect(chip).to_have_attribute("aria-pressed", pressed)
    expect(chips[1]).to_have_attribute("title", alice.name)
    chips[1].click()
    for chip in chips:
        expect(chip).to_have_text("🎉 2")
    chips[1].click(button="right")
    expect(bob.page.locator("dialog[open] dd")).to_have_text([alice.name, "You"])
    bob.page.keyboard.press("Escape")
    chips[0].click()
    for chip in chips:
        expect(chip).to_have_text("🎉 1")
    alice.page.reload()
    expect(alice.page.locator("button.reaction")).to_have_attribute("aria-pressed", "false")


def test_any_emoji_is_typed_and_the_keyboard_is_enough(person: MakePerson) -> None:
    alice, _ = enter(person, "alice")
    alice.say("one")
    alice.expect_lines("one")
    keys = alice.page.keyboard
    row(alice, "one").focus()
    keys.press("Tab")
    expect(alice.page.get_by_role("button", name="React")).to_be_focused()
    keys.press("Enter")
    keys.press("ArrowRight")
    keys.press("Enter")
    expect(alice.page.locator("button.reaction")).to_have_text("❤️ 1")
    expect(row(alice, "one")).to_be_focused()
    act(alice, row(alice, "one"), "React")
    alice.page.get_by_label("Any other emoji").fill("🦔 ")
    expect(alice.page.locator("button.reaction")).to_have_text(["❤️ 1", "🦔 1"])
    act(alice, row(alice, "one"), "React")
    keys.press("Escape")
    expect(alice.page.locator("reaction-picker")).to_be_hidden()
    expect(alice.page.locator("button.reaction")).to_have_count(2)


def test_reactions_made_offline_arrive_in_their_order(person: MakePerson, cable: Cable) -> None:
    alice = person("alice", url=cable.url, may_complain=True)
    group = alice.account.make_group()
    alice.sign_in(f"/c/{group}/")
    alice.wait_connected()
    alice.say("one")
    alice.expect_lines("one")
    cable.pull()
    act(alice, row(alice, "one"), "React")
    alice.page.locator("reaction-picker").get_by_role("button", name="👍").click()
    chip = alice.page.locator("button.reaction")
    expect(chip).to_have_text("👍 1")
    chip.click()
    expect(chip).to_have_count(0)
    cable.plug()
    alice.say("two")
    alice.expect_lines("two")
    page = alice.account.api.get(f"conversations/{group}/messages").json()
    types = [change["type"] for change in page["results"]]
    assert types[-4:] == ["message.sent", "reaction.added", "reaction.removed", "message.sent"]


def test_a_reply_quotes_and_leads_to_what_it_answers(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    group = alice.account.make_group(bob.account)
    for someone in (alice, bob):
        someone.sign_in(f"/c/{group}/")
        someone.wait_connected()
    bob.say("shall we **meet**?")
    alice.expect_lines("shall we meet?")
    act(alice, row(alice, "shall we"), "Reply")
    expect(alice.page.locator("[data-part=about]")).to_contain_text(f"Reply to {bob.name}")
    expect(alice.page.locator("#compose-body")).to_be_focused()
    alice.say("yes")
    expect(alice.page.locator("[data-part=about]")).to_be_hidden()
    expect(alice.page.locator("a.quote")).to_have_text(f"{bob.name} shall we meet?")
    quote = bob.page.locator("a.quote")
    expect(quote).to_have_text("You shall we meet?")
    quote.click()
    expect(bob.page.locator("li.m:focus .bubble")).to_have_text("shall we meet?")
    act(bob, bob.page.locator("li.m.own"), "Edit")
    bob.say("shall we dine?")
    expect(alice.page.locator("a.quote")).to_have_text(f"{bob.name} shall we dine?")
    act(bob, bob.page.locator("li.m.own"), "Delete")
    bob.page.locator("dialog[open]").get_by_role("button", name="Delete").click()
    expect(alice.page.locator("a.quote")).to_have_text(f"{bob.name} Message deleted")


def test_escape_takes_the_reply_back_and_a_reload_keeps_it(person: MakePerson) -> None:
    alice, _ = enter(person, "alice")
    alice.say("one")
    alice.expect_lines("one")
    about, field, keys = (
        alice.page.locator("[data-part=about]"),
        alice.page.locator("#compose-body"),
        alice.page.keyboard,
    )
    act(alice, row(alice, "one"), "Reply")
    keys.type("my answer")
    alice.page.reload()
    alice.wait_connected()
    expect(about).to_contain_text("Reply to yourself one")
    expect(field).to_have_value("my answer")
    field.focus()
    keys.press("Escape")
    expect(about).to_be_hidden()
    expect(field).to_have_value("my answer")
    keys.press("Enter")
    alice.expect_lines("one", "my answer")
    expect(alice.page.locator("a.quote")).to_have_count(0)


def test_a_quote_leads_far_up_where_nothing_was_loaded(person: MakePerson, history: Fill) -> None:
    alice = person("alice")
    group = alice.account.make_group()
    history(alice.account, group, ["the beginning", *(f"line {number}" for number in range(450))])
    first = alice.account.api.get(f"conversations/{group}/messages", params={"after": 0}).json()["results"]
    [seq] = [change["seq"] for change in first if change.get("body") == "the beginning"]
    body = {"key": str(uuid.uuid4()), "body": "as I said", "reply_to": seq}
    assert alice.account.api.post(f"conversations/{group}/messages", json=body).status_code == 201
    alice.sign_in(f"/c/{group}/")
    alice.wait_connected()
    alice.expect_lines("as I said")
    alice.say("and again")
    alice.expect_lines("as I said", "and again")
    quote = alice.page.locator("a.quote")
    expect(quote).to_have_text("You the beginning")
    expect(alice.page.locator("li.m .bubble", has_text="the beginning")).to_have_count(0)
    expect(alice.page.locator("li.gap")).to_have_count(0)
    quote.click()
    expect(alice.page.locator("li.m.pointed .bubble")).to_have_text("the beginning")
    expect(alice.page.locator("li.m.pointed")).to_be_in_viewport()
    alice.page.go_back()
    alice.expect_lines("as I said", "and again")


def test_without_a_script_reactions_and_quotes_show(person: MakePerson, history: Fill) -> None:
    alice = person("alice", java_script_enabled=False)
    group = alice.account.make_group()
    history(alice.account, group, ["one"])
    address = f"conversations/{group}/messages"
    seq = alice.account.api.get(address).json()["results"][-1]["seq"]
    alice.account.api.put(f"{address}/{seq}/reactions/🎉", json={"key": str(uuid.uuid4())})
    history(alice.account, group, [f"line {number}" for number in range(100)])
    alice.account.api.post(address, json={"key": str(uuid.uuid4()), "body": "two", "reply_to": seq})
    alice.sign_in(f"/c/{group}/")
    quote = alice.page.locator("a.quote")
    expect(quote).to_have_text("You one")
    quote.click()
    expect(alice.page.locator(f"#m{seq} .reaction")).to_have_text("🎉 1")


def test_what_changed_while_one_was_away_is_told_and_leads_there(person: MakePerson, history: Fill) -> None:
    alice, bob = person("alice"), person("bob")
    group = alice.account.make_group(bob.account)
    history(alice.account, group, ["first of all", *(f"line {number}" for number in range(150))])
    alice.sign_in(f"/c/{group}/")
    alice.wait_connected()
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
