"""The composer and the timeline's finer points."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, WebSocketRoute, expect

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


def test_the_details_show_who_is_in_the_group_and_follow_changes(person: MakePerson) -> None:
    alice, bob, carol = person("alice"), person("bob"), person("carol")
    group = alice.account.make_group(bob.account, name=f"Club {alice.name}", description="Every Sunday")
    alice.enter(group)
    about = alice.page.locator("conversation-details")
    expect(about).to_contain_text("Every Sunday")
    expect(about.locator(".person")).to_have_count(2)
    assert alice.account.api.post(f"groups/{group}/members", json={"user_id": carol.account.id}).status_code == 201
    expect(about.locator(".person")).to_have_count(3)
    expect(alice.page.locator("li.note").last).to_have_text(f"You added {carol.name}")
    alice.account.api.patch(f"groups/{group}", json={"name": f"Klub {alice.name}"})
    expect(alice.page.locator("#talk-name")).to_have_text(f"Klub {alice.name}")
    expect(alice.page.locator("conversation-list a b")).to_have_text(f"Klub {alice.name}")
    alice.page.get_by_label("Details", exact=True).first.click()
    expect(about).to_be_hidden()


def test_a_new_conversation_appears_by_itself(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    bob.sign_in("/c/")
    bob.wait_connected()
    direct = alice.account.api.post("conversations", json={"user_id": bob.account.id}).json()["id"]
    key = "5f0c3c57-4a3e-4ab4-8b5b-0f6a4d1f2a10"
    assert (
        alice.account.api.post(f"conversations/{direct}/messages", json={"key": key, "body": "Hi"}).status_code == 201
    )
    row = bob.page.locator(f"conversation-list a[data-id='{direct}']")
    expect(row).to_contain_text(alice.name)
    expect(row.locator(".count")).to_contain_text("1")


def test_a_nickname_wins_over_the_name_and_lines_before_joining_are_not_new(person: MakePerson, history: Fill) -> None:
    alice, bob = person("alice"), person("bob")
    assert bob.account.api.put(
        f"users/{bob.account.id}/contacts/{alice.account.id}", json={"nickname": "Big sister"}
    ).is_success
    group = alice.account.make_group()
    history(alice.account, group, ["long ago", "a while ago"])
    bob.sign_in()
    bob.wait_connected()
    assert alice.account.api.post(f"groups/{group}/members", json={"user_id": bob.account.id}).status_code == 201
    row = bob.page.locator(f"conversation-list a[data-id='{group}']")
    expect(row).to_be_visible()
    history(alice.account, group, ["welcome"])
    expect(row.locator(".count")).to_contain_text("1")
    expect(row).to_contain_text("Big sister: welcome")
    row.click()
    bob.expect_lines("welcome")
    expect(bob.page.locator("li.note", has_text="Big sister added you")).to_be_visible()
    expect(bob.page.locator("li.new + li.m")).to_contain_text("welcome")


def test_a_page_opens_at_the_first_unread_line(person: MakePerson, history: Fill) -> None:
    alice, bob = person("alice"), person("bob")
    group = alice.account.make_group(bob.account)
    history(alice.account, group, [f"line {number}" for number in range(90)])
    bob.sign_in(f"/c/{group}/")
    expect(bob.page.locator("li.new")).to_be_in_viewport()
    expect(bob.page.locator("li.m").last).not_to_be_in_viewport()
    expect(bob.page.locator("[data-part=newest]")).to_have_text("90 new")
    bob.page.locator("[data-part=newest]").click()
    expect(bob.page.locator("li.m").last).to_be_in_viewport()
    expect(bob.page.locator("[data-part=newest]")).to_be_hidden()


def test_with_more_unread_than_a_page_one_begins_at_its_first_line_and_nothing_counts_as_read(
    person: MakePerson, history: Fill
) -> None:
    alice, bob = person("alice"), person("bob")
    group = alice.account.make_group(bob.account)
    other = bob.account.make_group()
    history(alice.account, group, [f"line {number}" for number in range(300)])
    bob.enter(group)
    for _ in range(2):
        expect(bob.page.locator("li.new")).to_be_in_viewport()
        expect(bob.page.locator("li.new + li.m")).to_contain_text("line 0")
        expect(bob.page.locator("[data-part=newest]")).to_have_text("300 new")
        expect(bob.page.locator("li.gap")).to_have_count(0)
        bob.page.locator(f"conversation-list a[data-id='{other}']").click()
        expect(bob.page.locator("li.new")).to_have_count(0)
        bob.page.locator(f"conversation-list a[data-id='{group}']").click()
    unread = {row["id"]: row["unread"] for row in bob.account.api.get("conversations").json()["results"]}
    assert unread[group] == 300
    bob.page.locator("[data-part=newest]").click()
    expect(bob.page.locator("li.m").last).to_contain_text("line 299")
    expect(bob.page.locator(f"conversation-list a[data-id='{group}'] .count")).to_have_count(0)


def test_the_details_show_everyone_when_asked(person: MakePerson) -> None:
    alice = person("alice")
    others = [alice.account.server.newcomer("many") for _ in range(51)]
    group = alice.account.make_group(*others)
    alice.sign_in(f"/c/{group}/")
    about = alice.page.locator("conversation-details")
    expect(about.locator(".person")).to_have_count(50)
    about.get_by_role("button", name="Show all 52 members").click()
    expect(about.locator(".person")).to_have_count(52)
    expect(about.get_by_role("button", name="Show all")).to_have_count(0)


def test_an_empty_conversation_says_so_until_the_first_word(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    direct = alice.account.api.post("conversations", json={"user_id": bob.account.id}).json()["id"]
    alice.enter(direct)
    expect(alice.page.locator(".timeline li")).to_have_text(["No messages yet."])
    alice.say("Hello")
    alice.expect_lines("Hello")
    expect(alice.page.get_by_text("No messages yet.")).to_have_count(0)


def test_one_sees_who_writes_until_their_message_comes(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    group = alice.account.make_group(bob.account)
    alice.sign_in(f"/c/{group}/")
    bob.sign_in(f"/c/{group}/")
    alice.wait_connected()
    bob.wait_connected()
    line = bob.page.locator("typing-line")
    box = line.bounding_box()
    alice.page.locator("#compose-body").press_sequentially("Hel")
    expect(line).to_have_text(f"{alice.name} is writing…")
    expect(alice.page.locator("typing-line")).to_have_text("")
    assert line.bounding_box() == box, "the line has its room before it says anything"
    alice.say("Hello")
    bob.expect_lines("Hello")
    expect(line).to_have_text("")
    bob.page.locator("#compose-body").press_sequentially("H")
    expect(alice.page.locator("typing-line")).to_have_text(f"{bob.name} is writing…")
    expect(alice.page.locator("typing-line")).to_have_text("", timeout=6_000)


def test_a_read_mark_that_was_refused_for_now_is_sent_again(person: MakePerson, history: Fill) -> None:
    alice, bob = person("alice"), person("bob")
    group = alice.account.make_group(bob.account)
    refused: list[str] = []

    def refuse_the_first(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            command = json.loads(frame)
            if command["type"] != "read.mark" or refused:
                return server.send(frame)
            refused.append(command["ref"])
            error = {"type": "error", "code": "unavailable", "message": "Later.", "ref": refused[0], "retry_after": 0.1}
            return route.send(json.dumps(error))

        route.on_message(pass_on)

    bob.page.route_web_socket("**/ws", refuse_the_first)
    bob.enter(group)
    history(alice.account, group, ["one", "two"])
    bob.expect_lines("one", "two")
    bob.wait_unread(group, 0)
    assert refused
