"""Reporting a message and settling the report, as people do it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE, MakePerson
from tests.browser.test_pages import check_with_axe
from tests.live import Account

pytestmark = [pytest.mark.browser, pytest.mark.server]
Fill = Callable[[Account, str, list[str]], None]


def test_a_reported_message_is_confirmed_seen_by_the_owner_and_deleted(person: MakePerson, history: Fill) -> None:
    alice, bob, carol = person("alice"), person("bob"), person("carol", viewport=PHONE)
    group = alice.account.make_group(bob.account, carol.account)
    history(bob.account, group, ["good morning", "something rude"])
    for someone in (alice, carol):
        someone.enter(group)
    waiting, flag = alice.page.locator("reports-line a"), alice.page.locator("conversation-list .reports-count")
    expect(flag).to_have_count(0)
    row = carol.page.locator("li.m", has_text="something rude")
    row.focus()
    row.get_by_role("button", name="Report", exact=True).click()
    asked = carol.page.get_by_role("dialog", name="Report this message")
    expect(asked.get_by_label("What is wrong with it")).to_be_focused()
    carol.page.keyboard.type("Not nice")
    asked.get_by_role("button", name="Report", exact=True).click()
    expect(asked.get_by_role("status")).to_have_text("Thank you: the message is reported.")
    carol.page.keyboard.press("Enter")
    expect(asked).to_have_count(0)
    expect(row).to_be_focused()
    expect(flag).to_have_text("1 open report, ")
    waiting.filter(has_text="1 open report").click()
    expect(alice.page.locator(".report")).to_contain_text("Not nice")
    expect(alice.page.locator(".report")).not_to_contain_text(carol.name)
    alice.page.get_by_role("link", name="Delete the message").click()
    alice.page.get_by_role("button", name="Delete the message").click()
    expect(alice.page.locator("main .empty")).to_contain_text("No open reports")
    expect(flag).to_have_count(0)
    expect(carol.page.locator("reports-line")).to_be_hidden()
    expect(carol.page.locator("li.m .bubble").last).to_have_text("Message deleted")


def test_in_slow_mode_the_composer_counts_down_and_keeps_the_words(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob", viewport=PHONE)
    group = alice.account.make_group(bob.account)
    bob.enter(group)
    line = bob.page.locator("slow-line")
    expect(line).to_be_hidden()
    alice.sign_in(f"/groups/{group}/edit/")
    alice.page.get_by_label("Slow mode").select_option("5 minutes")
    alice.page.get_by_role("button", name="Save").click()
    expect(line).to_have_text("Slow mode: 5 minutes between two messages.")
    bob.say("first")
    expect(line).to_contain_text("You can write again in")
    bob.say("second")
    # Heard, and seen in the line that counts.
    refusal = bob.page.get_by_role("alert").filter(has_text="in slow mode you can send this in")
    expect(refusal).to_have_class(re.compile("visually-hidden"))
    expect(line).to_have_class(re.compile("refused"))
    expect(bob.page.locator("#compose-body")).to_have_value("second")
    bob.page.reload()
    bob.wait_connected()
    expect(line).to_contain_text("You can write again in 4:")
    expect(bob.page.locator("#compose-body")).to_have_value("second")
    bob.page.press("#compose-body", "Enter")
    expect(refusal).to_have_count(1)
    alice.account.api.patch(f"groups/{group}", json={"slow_seconds": 0}).raise_for_status()
    expect(line).to_be_hidden()
    expect(bob.page.get_by_role("alert").filter(has_text="in slow mode")).to_have_count(0)
    bob.page.press("#compose-body", "Enter")
    bob.expect_lines("first", "second")


@pytest.mark.parametrize(("viewport", "scheme"), [(WIDE, "light"), (PHONE, "dark")], ids=["wide-light", "phone-dark"])
def test_axe_finds_nothing_where_a_group_is_kept_safe(
    person: MakePerson, history: Fill, viewport: dict[str, int], scheme: str
) -> None:
    alice = person("alice", viewport=viewport, color_scheme=scheme, bypass_csp=True)  # axe is injected
    bob, carol = person("bob"), person("carol")
    group = alice.account.make_group(bob.account, carol.account)
    history(bob.account, group, ["good morning", "something rude"])
    seq = bob.account.api.get(f"conversations/{group}").json()["head"]
    carol.account.api.post(f"conversations/{group}/messages/{seq}/report", json={"reason": "Rude"}).raise_for_status()
    alice.account.api.put(f"groups/{group}/bans/{carol.account.id}").raise_for_status()
    alice.account.api.post(f"groups/{group}/invitations", json={"uses_most": 3}).raise_for_status()
    alice.account.api.patch(f"groups/{group}", json={"slow_seconds": 30}).raise_for_status()
    alice.account.api.put(f"conversations/{group}/draft", json={"text": "What I mean"}).raise_for_status()
    alice.sign_in()
    alice.wait_connected()
    check_with_axe(alice.page)
    pages = (f"groups/{group}/bans/?q=bob", f"groups/{group}/invitations/", f"groups/{group}/edit/")
    for path in (*pages, f"c/{group}/reports/", f"c/{group}/{seq}/report/"):
        alice.goto(f"/{path}")
        check_with_axe(alice.page)
    alice.goto(f"/c/{group}/")
    alice.wait_connected()
    row = alice.page.locator("li.m", has_text="something rude")
    row.focus()
    row.get_by_role("button", name="Report", exact=True).click()
    expect(alice.page.get_by_role("dialog", name="Report this message")).to_be_visible()
    check_with_axe(alice.page)
