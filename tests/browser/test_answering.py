"""Reactions and replies, as people give them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.cable import Cable
from tests.browser.conftest import MakePerson, together
from tests.browser.timeline import act, enter, row
from tests.live import Account

pytestmark = [pytest.mark.browser, pytest.mark.server]
Fill = Callable[[Account, str, list[str]], None]


def test_a_reaction_is_picked_counted_and_taken_back(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    together(alice, bob)
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


def test_the_picker_goes_with_the_conversation_it_was_opened_in(person: MakePerson) -> None:
    alice, _ = enter(person, "alice")
    other = alice.account.make_group()
    alice.say("one")
    alice.expect_lines("one")
    expect(alice.page.locator(f"conversation-list a[data-id='{other}']")).to_be_visible()
    act(alice, row(alice, "one"), "React")
    picker = alice.page.locator("reaction-picker")
    expect(picker).to_be_visible()
    alice.page.keyboard.press("Alt+ArrowDown")
    expect(alice.page.locator(f"conversation-list a[data-id='{other}']")).to_have_attribute("aria-current", "page")
    expect(picker).to_be_hidden()
    expect(alice.page.locator("#compose-body")).to_be_focused()


def test_what_the_browser_refuses_is_said(person: MakePerson) -> None:
    alice = person("alice")
    group = alice.account.make_group()
    alice.page.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined });"
        "const { add } = IDBObjectStore.prototype; IDBObjectStore.prototype.add = function (entry) {"
        " if (entry.emoji) throw new DOMException('Full', 'QuotaExceededError'); return add.call(this, entry); };"
    )
    alice.sign_in(f"/c/{group}/")
    alice.wait_connected()
    alice.say("one")
    alice.expect_lines("one")
    act(alice, row(alice, "one"), "React")
    alice.page.locator("reaction-picker").get_by_role("button", name="🎉").click()
    expect(alice.page.locator("[data-part=announce]")).to_contain_text("could not keep that")
    act(alice, row(alice, "one"), "Copy link")
    field = alice.page.get_by_role("dialog", name="Link to this message").get_by_label("Link")
    expect(field).to_have_value(re.compile(f"/c/{group}/\\?at="))
    alice.page.keyboard.press("Escape")


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
    alice.enter(group)
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
    together(alice, bob)
    bob.say("shall we **meet**?")
    alice.expect_lines("shall we meet?")
    act(alice, row(alice, "shall we"), "Reply")
    expect(alice.page.locator("[data-part=about]")).to_have_text(f"Reply to {bob.name} shall we meet?")
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
    alice.enter(group)
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
