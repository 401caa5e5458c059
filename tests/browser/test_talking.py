"""What people do with the chat page, in Chromium, at a real server."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Error, expect

from tests.browser.cable import Cable
from tests.browser.conftest import PHONE, MakePerson, in_a_group
from tests.live import Account, LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.server]
Fill = Callable[[Account, str, list[str]], None]


def test_two_people_chat_both_ways(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    group = in_a_group(alice, bob)
    alice.sign_in(f"/c/{group}/")
    bob.sign_in(f"/c/{group}/")
    alice.say("Hello bob")
    bob.expect_lines("Hello bob")
    bob.say("Hello **alice**")
    alice.expect_lines("Hello bob", "Hello alice")
    expect(alice.page.locator(".rich strong")).to_have_text("alice")


def test_what_was_written_offline_arrives_once_and_in_order_after_the_tab_was_closed(
    person: MakePerson, cable: Cable
) -> None:
    alice = person("alice", url=cable.url, may_complain=True)  # Chromium reports every failed request
    bob = person("bob")
    group = in_a_group(alice, bob)
    bob.sign_in(f"/c/{group}/")
    alice.enter(group)
    cable.pull()
    for body in ("one", "two", "three"):
        alice.say(body)
    expect(alice.page.locator("li.m.unsent .bubble")).to_have_text(["one", "two", "three"])
    expect(alice.page.locator("connection-line")).to_contain_text("3 messages wait")
    alice.page.close()
    alice.open_page()
    with pytest.raises(Error):
        alice.goto(f"/c/{group}/")
    alice.page.wait_for_url("chrome-error://**")
    cable.plug()
    alice.goto(f"/c/{group}/")
    alice.expect_lines("one", "two", "three")
    bob.expect_lines("one", "two", "three")
    expect(bob.page.locator("li.m")).to_have_count(3)
    expect(alice.page.locator("li.m")).to_have_count(3)


def test_the_page_mends_its_connection_by_itself(person: MakePerson, cable: Cable) -> None:
    alice = person("alice", url=cable.url, may_complain=True)
    bob = person("bob")
    group = in_a_group(alice, bob)
    alice.sign_in(f"/c/{group}/")
    bob.sign_in(f"/c/{group}/")
    alice.wait_connected()
    cable.pull()
    alice.say("from the dark")
    bob.say("are you there?")
    bob.expect_lines("are you there?")
    cable.plug()
    bob.expect_lines("are you there?", "from the dark")
    alice.expect_lines("are you there?", "from the dark")
    expect(alice.page.locator("connection-line")).to_be_hidden()


def test_whoever_is_removed_sees_nothing_more_within_two_seconds(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob", may_complain=True)
    group = in_a_group(alice, bob)
    bob.sign_in(f"/c/{group}/")
    alice.sign_in(f"/c/{group}/")
    alice.say("before")
    bob.expect_lines("before")
    removed_at = time.monotonic()
    assert alice.account.api.delete(f"groups/{group}/members/{bob.account.id}").status_code == 204
    expect(bob.page.locator("[data-part=gone]")).to_be_visible(timeout=2000)
    assert time.monotonic() - removed_at < 2
    alice.say("after")
    alice.expect_lines("before", "after")
    expect(bob.page.locator("li.m")).to_have_count(0)
    expect(bob.page.locator(f"conversation-list a[data-id='{group}']")).to_have_count(0)
    assert bob.page.goto(f"{bob.url}/c/{group}/").status == 404  # type: ignore[union-attr]


def test_a_refused_message_says_so_and_can_be_taken_back(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    direct = alice.account.api.post("conversations", json={"user_id": bob.account.id}).json()["id"]
    alice.enter(direct)
    assert bob.account.api.put(f"users/{bob.account.id}/blocks/{alice.account.id}").status_code in (200, 201)
    alice.say("Why?")
    failed = alice.page.locator(".mark.failed")
    expect(failed).to_contain_text("Not sent")
    alice.page.reload()
    expect(failed).to_contain_text("Not sent")
    assert bob.account.api.delete(f"users/{bob.account.id}/blocks/{alice.account.id}").status_code == 204
    failed.get_by_role("button", name="Retry").click()
    alice.expect_lines("Why?")
    expect(failed).to_have_count(0)


def test_a_signed_out_session_leads_to_sign_in_and_keeps_the_text(person: MakePerson, cable: Cable) -> None:
    alice = person("alice", url=cable.url, may_complain=True)
    bob = person("bob")
    group = in_a_group(alice, bob)
    alice.enter(group)
    cable.pull()
    alice.say("kept for later")
    expect(alice.page.locator("li.m.unsent")).to_have_count(1)
    sessions = alice.account.api.get("sessions").json()["results"]
    assert [alice.account.api.delete(f"sessions/{one['id']}").status_code for one in sessions] == [204]
    cable.plug()
    alice.page.wait_for_url("**/accounts/login/**")
    alice.sign_in_by_form(f"/c/{group}/", name=bob.name)
    alice.wait_connected()
    expect(alice.page.locator("li.m")).to_have_count(0)
    alice.context.clear_cookies()
    alice.sign_in(f"/c/{group}/")
    alice.expect_lines("kept for later")


def test_two_tabs_send_each_message_once(person: MakePerson) -> None:
    alice = person("alice")
    group = in_a_group(alice)
    alice.sign_in(f"/c/{group}/")
    first = alice.page
    second = alice.open_page()
    alice.goto(f"/c/{group}/")
    alice.wait_connected()
    for number in range(6):
        page = (first, second)[number % 2]
        page.fill("#compose-body", f"line {number}")
        page.press("#compose-body", "Enter")
    for page in (first, second):
        expect(page.locator("li.m:not(.unsent) .bubble")).to_have_text([f"line {number}" for number in range(6)])


def test_everything_waits_while_the_server_restarts(person: MakePerson, own_server: LiveServer) -> None:
    alice = person("alice", server=own_server, may_complain=True)
    group = in_a_group(alice)
    alice.enter(group)
    own_server.stop()
    alice.say("one")
    alice.say("two")
    expect(alice.page.locator("li.m.unsent")).to_have_count(2)
    expect(alice.page.locator("connection-line")).to_contain_text("server")
    own_server.start()
    expect(alice.page.locator("li.m:not(.unsent) .bubble")).to_have_text(["one", "two"], timeout=30_000)


def test_the_finder_opens_conversations_and_people(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    group = alice.account.make_group(name="Trail walkers " + alice.name)
    alice.sign_in()
    alice.wait_connected()
    alice.page.keyboard.press("Control+k")
    alice.page.keyboard.type("trail")
    # And last, to search for it in messages.
    expect(alice.page.get_by_role("option")).to_have_count(2)
    alice.page.keyboard.press("Enter")
    expect(alice.page).to_have_url(f"{alice.url}/c/{group}/")
    expect(alice.page.locator("#compose-body")).to_be_focused()
    alice.page.keyboard.press("Control+k")
    alice.page.keyboard.type(bob.name)
    expect(alice.page.get_by_role("option")).to_have_count(2)
    alice.page.keyboard.press("Enter")
    expect(alice.page.locator("#talk-name")).to_have_text(bob.name)


def test_a_phone_shows_one_pane_with_a_way_back(person: MakePerson) -> None:
    alice = person("alice", viewport=PHONE, has_touch=True, is_mobile=True)
    group = in_a_group(alice)
    alice.sign_in()
    expect(alice.page.locator("conversation-list")).to_be_visible()
    alice.page.locator(f"conversation-list a[data-id='{group}']").tap()
    expect(alice.page.locator("#compose-body")).to_be_visible()
    expect(alice.page.locator("conversation-list")).to_be_hidden()
    alice.page.get_by_label("Back to your conversations").tap()
    expect(alice.page.locator("conversation-list")).to_be_visible()


def test_without_a_script_one_can_sign_in_read_with_paging_and_send(person: MakePerson, history: Fill) -> None:
    alice = person("alice", java_script_enabled=False)
    group = in_a_group(alice)
    history(alice.account, group, [f"line {number}" for number in range(100)])
    alice.sign_in_by_form(f"/c/{group}/")
    last = alice.page.locator("li.m").last
    expect(last).to_contain_text("line 99")
    expect(alice.page.locator(".find kbd, .chips")).to_have_count(2)
    expect(alice.page.locator(".find kbd:visible, .chips:visible")).to_have_count(0)
    expect(last).to_be_in_viewport()
    alice.page.get_by_role("link", name="Earlier messages").click()
    expect(alice.page.locator("li.m", has_text="line 30").first).to_be_attached()
    alice.page.get_by_role("link", name="Newest").click()
    alice.page.fill("#compose-body", "written by hand")
    alice.page.get_by_role("button", name="Send").click()
    expect(alice.page.locator("li.m").last).to_contain_text("written by hand")
