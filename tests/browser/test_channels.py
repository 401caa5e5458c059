"""Channels in the browser: made, joined, read; who may post is seen at once."""

from __future__ import annotations

import uuid

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, MakePerson
from tests.live import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.server]


def test_a_channel_is_made_and_joined_and_its_composer_follows_ones_role(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob", viewport=PHONE)
    name = f"News {uuid.uuid4().hex[:6]}"
    alice.sign_in("/c/")
    new = alice.page.locator("conversation-list .list-new")
    new.get_by_text("New", exact=True).click()
    alice.page.keyboard.press("Escape")
    expect(new.get_by_role("link")).to_have_count(0)
    alice.page.keyboard.press("Enter")
    expect(new.get_by_role("link")).to_have_text(["New message", "New group", "New channel"])
    new.get_by_role("link", name="New channel").click()
    alice.page.get_by_label("Name").fill(name)
    alice.page.get_by_label("Public").check()
    alice.page.get_by_role("button", name="Make channel").click()
    alice.wait_connected()
    channel = alice.page.url.rstrip("/").rsplit("/", 1)[-1]
    bob.sign_in("/groups/")
    bob.goto(f"/groups/?q={name.replace(' ', '+')}")
    bob.page.get_by_role("button", name=f"Join {name}").click()
    bob.wait_connected()
    expect(bob.page.get_by_role("status").get_by_text("Only admins post here.")).to_be_visible()
    expect(bob.page.locator("#compose-body")).to_be_hidden()
    expect(bob.page.locator('[data-part="sub"]')).to_contain_text("Channel · 2 members")
    alice.say("The bridge is closed")
    bob.expect_lines("The bridge is closed")
    # A role that is given, and taken again while its holder types, is seen at once.
    role = f"groups/{channel}/members/{bob.account.id}"
    assert alice.account.api.patch(role, json={"role": "admin"}).status_code == 200
    expect(bob.page.locator("#compose-body")).to_be_visible()
    bob.page.locator("#compose-body").fill("I could say")
    assert alice.account.api.patch(role, json={"role": "member"}).status_code == 200
    expect(bob.page.locator("#compose-body")).to_be_hidden()
    expect(bob.page.locator('[data-part="closed"]')).to_be_focused()


def test_a_channel_that_is_not_shown_moves_up_the_list_and_is_whole_when_it_is_opened(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    group = alice.account.make_group(bob.account)
    channel = alice.account.make_group(bob.account, kind="channel", name=f"News {uuid.uuid4().hex[:6]}")
    alice.enter(channel)
    alice.say("A misprnt")
    alice.expect_lines("A misprnt")
    bob.enter(channel)
    bob.expect_lines("A misprnt")
    bob.wait_unread(channel, 0)
    row = bob.page.locator(f"conversation-list a[data-id='{channel}']")
    bob.page.locator(f"conversation-list a[data-id='{group}']").click()
    expect(row).not_to_have_attribute("aria-current", "page")
    page = alice.account.api.get(f"conversations/{channel}/messages").json()
    [sent] = [change for change in page["results"] if change["type"] == "message.sent"]
    edit = {"key": str(uuid.uuid4()), "body": "A misprint"}
    assert alice.account.api.patch(f"conversations/{channel}/messages/{sent['seq']}", json=edit).status_code == 200
    expect(row.locator(".last")).to_contain_text("A misprint")
    for number in range(5):
        alice.say(f"line {number}")
    expect(row.locator(".count")).to_have_text("5 unread")
    expect(row.locator(".last")).to_contain_text("line 4")
    expect(bob.page.locator("conversation-list .rows li").first.locator("a")).to_have_attribute("data-id", channel)
    assert alice.account.api.patch(f"groups/{channel}", json={"name": "Village"}).status_code == 200
    expect(row.locator("b")).to_contain_text("Village")
    row.click()
    expect(bob.page.locator("li.m .bubble")).to_have_count(6)
    bob.expect_lines("A misprint", *(f"line {number}" for number in range(5)))
    expect(row.locator(".count")).to_have_count(0)
    alice.say("Read at once")
    bob.expect_lines("line 4", "Read at once")
    bob.wait_unread(channel, 0)


CROWD = """
from accounts.models import User
from groups.models import Membership
people = (User(username=f"{group}-{{n}}", email=f"{{n}}-{group}@example.org") for n in range({count}))
crowd = User.objects.bulk_create(people)
Membership.objects.bulk_create(Membership(conversation_id="{group}", user=user) for user in crowd)
"""


def fill(server: LiveServer, group: str, count: int) -> None:
    """So many more are in the group, of whom nobody was told."""
    server.manage("shell", "--no-imports", "-c", CROWD.format(group=group, count=count))


def test_a_group_grows_past_500_under_an_open_window(person: MakePerson, parley_server: LiveServer) -> None:
    alice, bob, carol = person("alice"), person("bob", viewport=PHONE), person("carol")
    group = alice.account.make_group(bob.account, name=f"Crowd {uuid.uuid4().hex[:6]}", is_public=True)
    link = alice.account.api.post(f"groups/{group}/invitations", json={}).json()["invite"]
    fill(parley_server, group, 498)
    for who in (alice, bob):
        who.enter(group)
    alice.say("Before")
    bob.expect_lines("Before")
    bob.say("Me too")
    alice.expect_lines("Before", "Me too")
    expect(alice.page.locator('[data-part="sub"]')).to_have_text("500 members")
    bob.page.locator("#compose-body").fill("What I was about to say")
    assert carol.account.api.post("groups/join", json={"invite": link}).status_code == 201
    # At once, without a reload: told, drawn, and closed to who only reads now.
    for who in (alice, bob):
        expect(who.page.locator("li.note", has_text="This became a channel")).to_be_visible()
        expect(who.page.locator('[data-part="sub"]')).to_have_text("Channel · 501 members")
    expect(bob.page.locator("#compose-body")).to_be_hidden()
    expect(bob.page.get_by_role("status").get_by_text("Only admins post here.")).to_be_visible()
    expect(alice.page.locator(f"conversation-list a[data-id='{group}'] b")).to_contain_text("Channel")
    alice.say("After")
    for who in (alice, bob):
        who.expect_lines("Before", "Me too", "After")
    # Who was away finds the same, by the same address; so does a device that reads it anew.
    carol.sign_in(f"/c/{group}/")
    carol.expect_lines("Before", "Me too", "After")
    expect(carol.page.locator("#compose-body")).to_be_hidden()
    bob.page.reload()
    bob.expect_lines("Before", "Me too", "After")
    # What was being typed is kept, and goes on when its writer may post again.
    role = f"groups/{group}/members/{bob.account.id}"
    assert alice.account.api.patch(role, json={"role": "admin"}).status_code == 200
    expect(bob.page.locator("#compose-body")).to_have_value("What I was about to say")
    bob.page.press("#compose-body", "Enter")
    alice.expect_lines("After", "What I was about to say")
