"""The page keeps up with what happens in a conversation: its names, its members, who writes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakePerson
from tests.live import Account

pytestmark = [pytest.mark.browser, pytest.mark.server]
Fill = Callable[[Account, str, list[str]], None]


def test_the_details_show_who_is_in_the_group_and_follow_changes(person: MakePerson) -> None:
    alice, bob, carol = person("alice"), person("bob"), person("carol")
    group = alice.account.make_group(bob.account, name=f"Club {alice.name}", description="Every Sunday")
    alice.enter(group)
    about = alice.page.locator("conversation-details")
    expect(about).to_contain_text("Every Sunday")
    expect(about.locator(".person")).to_have_count(2)
    carol.account.agree_to(alice.account)
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
    bob.account.agree_to(alice.account)
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
