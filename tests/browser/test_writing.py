"""Writing: what the keys do, and that what was written stays until it is sent."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.cable import Cable
from tests.browser.conftest import MakePerson
from tests.browser.timeline import row
from tests.live import Account

pytestmark = [pytest.mark.browser, pytest.mark.server]
Fill = Callable[[Account, str, list[str]], None]

SLOW_STORE = """
const { set } = Object.getOwnPropertyDescriptor(IDBTransaction.prototype, "oncomplete");
const slowed = (listener) => (event) => setTimeout(listener, window.slowMs ?? 0, event);
Object.defineProperty(IDBTransaction.prototype, "oncomplete", { set(listener) { set.call(this, slowed(listener)); } });
"""
FULL_STORE = """
const { add } = IDBObjectStore.prototype;
IDBObjectStore.prototype.add = function (entry) {
  if (entry.file?.name === "large.txt") throw new DOMException("Full", "QuotaExceededError");
  return add.call(this, entry);
};
"""


def test_enter_sends_and_shift_enter_breaks_or_the_other_way_round(person: MakePerson) -> None:
    alice = person("alice")
    group = alice.account.make_group()
    alice.enter(group)
    keys = alice.page.keyboard
    expect(alice.page.locator("#compose-body")).to_be_focused()
    keys.type("one")
    keys.press("Shift+Enter")
    keys.type("two")
    keys.press("Enter")
    alice.expect_lines("one\ntwo")
    alice.page.locator(".lines").focus()
    keys.press("?")
    alice.page.get_by_label("The other way round").check()
    keys.press("Escape")
    alice.page.locator("#compose-body").focus()
    keys.type("three")
    keys.press("Enter")
    keys.type("four")
    keys.press("Shift+Enter")
    alice.expect_lines("one\ntwo", "three\nfour")


def test_enter_while_an_input_method_composes_never_sends(person: MakePerson) -> None:
    alice = person("alice")
    group = alice.account.make_group()
    alice.enter(group)
    alice.page.fill("#compose-body", "会議")
    composing = "{ key: 'Enter', isComposing: true, bubbles: true, cancelable: true }"
    alice.page.evaluate(
        f"document.querySelector('#compose-body').dispatchEvent(new KeyboardEvent('keydown', {composing}))"
    )
    expect(alice.page.locator("#compose-body")).to_have_value("会議")
    expect(alice.page.locator("li.m")).to_have_count(0)


def test_a_text_above_the_limit_stays_and_says_so(person: MakePerson) -> None:
    alice = person("alice")
    group = alice.account.make_group()
    alice.enter(group)
    alice.say("😀" * 8001)
    expect(alice.page.locator("[data-part=errors]")).to_contain_text("1 character too many")
    expect(alice.page.locator("[data-part=count]")).to_have_text("-1")
    alice.page.reload()
    alice.wait_connected()
    expect(alice.page.locator("#compose-body")).to_have_value("😀" * 8001)
    alice.say("😀" * 8000)
    expect(alice.page.locator("li.m:not(.unsent)")).to_have_count(1)
    expect(alice.page.locator("#compose-body")).to_have_value("")


def test_after_the_browser_cleared_what_sites_keep_messages_are_kept_and_sent_as_before(person: MakePerson) -> None:
    alice = person("alice")
    group = alice.account.make_group()
    alice.sign_in(f"/c/{group}/")
    alice.wait_connected()
    clearing = "() => new Promise((done) => { indexedDB.deleteDatabase('parley').onsuccess = done; })"
    alice.page.evaluate(clearing)
    alice.say("one")
    alice.expect_lines("one")


def test_what_was_sent_does_not_come_back_however_slowly_it_is_kept(person: MakePerson) -> None:
    alice = person("alice")
    group, other = alice.account.make_group(), alice.account.make_group()
    alice.page.add_init_script(SLOW_STORE)
    alice.sign_in(f"/c/{group}/")
    alice.wait_connected()
    field, keys = alice.page.locator("#compose-body"), alice.page.keyboard
    alice.say("zero")
    alice.expect_lines("zero")
    alice.page.evaluate("window.slowMs = 800")
    alice.say("one")
    keys.press("ArrowUp")
    expect(field).to_have_value("zero")
    alice.expect_lines("zero", "one")
    keys.press("Escape")
    expect(field).to_have_value("")
    alice.say("two")
    for id in (other, group):
        alice.page.locator(f"conversation-list a[data-id='{id}']").click()
    expect(field).to_have_value("")
    alice.expect_lines("zero", "one", "two")
    expect(field).to_have_value("")
    # An edit that is kept after its writer has gone elsewhere leaves alone what is there.
    keys.press("ArrowUp")
    keys.type("!")
    keys.press("Enter")
    alice.page.locator(f"conversation-list a[data-id='{other}']").click()
    alice.page.evaluate("window.slowMs = 0")
    alice.say("elsewhere")
    alice.expect_lines("elsewhere")
    keys.press("ArrowUp")
    alice.page.wait_for_timeout(1_000)  # until the first edit is kept
    expect(field).to_have_value("elsewhere")
    alice.page.locator(f"conversation-list a[data-id='{group}']").click()
    expect(alice.page.locator("li.m .bubble").last).to_have_text("two!")
    expect(field).to_have_value("")


def test_of_several_files_only_what_could_not_be_kept_comes_back(person: MakePerson) -> None:
    alice = person("alice")
    group = alice.account.make_group()
    alice.page.add_init_script(FULL_STORE)
    alice.sign_in(f"/c/{group}/")
    alice.wait_connected()
    files = [{"name": name, "mimeType": "text/plain", "buffer": b"words"} for name in ("small.txt", "large.txt")]
    alice.page.locator("[data-part=files]").set_input_files(files)
    expect(alice.page.locator("li.chosen")).to_have_count(2)
    alice.say("Both of them")
    expect(alice.page.locator("[data-part=errors]")).to_contain_text("could not keep the message")
    expect(alice.page.locator("li.chosen")).to_have_text(re.compile("large.txt"))
    expect(alice.page.locator("#compose-body")).to_have_value("")
    alice.expect_lines("Both of them")
    expect(alice.page.locator("li.m .attached")).to_have_count(1)


def test_what_is_typed_before_the_scripts_have_come_stays(person: MakePerson) -> None:
    alice = person("alice")
    group = alice.account.make_group()
    alice.sign_in()
    held: list[Route] = []
    alice.page.route("**/js/main*.js", lambda route: held.append(route))
    alice.page.goto(f"{alice.url}/c/{group}/", wait_until="commit")
    field = alice.page.locator("#compose-body")
    field.press_sequentially("early")
    held[0].continue_()
    alice.wait_connected()
    expect(field).to_have_value("early")
    alice.page.press("#compose-body", "Enter")
    alice.expect_lines("early")


def test_spaces_alone_are_not_sent(person: MakePerson) -> None:
    alice = person("alice")
    group = alice.account.make_group()
    alice.enter(group)
    alice.say(" \u200b\n ")
    expect(alice.page.locator("li.m")).to_have_count(0)


def test_a_conversation_opened_offline_shows_what_waits_in_it(person: MakePerson, cable: Cable) -> None:
    alice = person("alice", url=cable.url, may_complain=True)
    one, two = alice.account.make_group(), alice.account.make_group()
    alice.enter(one)
    cable.pull()
    alice.page.locator(f"conversation-list a[data-id='{two}']").click()
    alice.say("for later")
    expect(alice.page.locator("li.m.unsent .bubble")).to_have_text("for later")
    cable.plug()
    alice.expect_lines("for later")
    expect(alice.page.locator("li.note")).to_have_count(1)
    expect(alice.page.locator("li.gap")).to_have_count(0)


def test_what_was_missed_while_away_is_fetched(person: MakePerson, cable: Cable, history: Fill) -> None:
    alice, bob = person("alice", url=cable.url, may_complain=True), person("bob")
    group = bob.account.make_group(alice.account)
    history(bob.account, group, [f"early {number}" for number in range(30)])
    alice.enter(group)
    cable.pull()
    history(bob.account, group, [f"missed {number}" for number in range(250)])
    cable.plug()
    alice.expect_lines("missed 248", "missed 249")
    expect(alice.page.locator("li.gap")).to_have_count(0)
    texts = alice.page.locator("li.m .bubble").all_inner_texts()
    assert texts == [f"missed {number}" for number in range(250)][-len(texts) :] or texts[0].startswith("early")


def test_a_text_that_can_no_longer_be_sent_is_handed_back(person: MakePerson, cable: Cable) -> None:
    alice = person("alice", url=cable.url, may_complain=True)
    bob = person("bob")
    group = bob.account.make_group(alice.account)
    alice.enter(group)
    cable.pull()
    alice.say("my long thought")
    expect(alice.page.locator("li.m.unsent")).to_have_count(1)
    assert bob.account.api.delete(f"groups/{group}/members/{alice.account.id}").status_code == 204
    cable.plug()
    expect(alice.page.locator("[data-part=gone]")).to_be_visible(timeout=30_000)
    expect(alice.page.locator("[data-part=unsent] textarea")).to_have_value("my long thought")
    # A member again, which the page learns from the positions alone.
    cable.pull()
    assert bob.account.api.post(f"groups/{group}/members", json={"user_id": alice.account.id}).status_code == 201
    cable.plug()
    expect(row(alice, "my long thought").locator(".mark.failed")).to_be_visible(timeout=30_000)
    expect(alice.page.locator("[data-part=gone]")).to_be_hidden()
