"""An account with hundreds of conversations: what a page carries and draws stays as small as with thirty."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakePerson, Person

pytestmark = [pytest.mark.browser, pytest.mark.server]
COUNT = 400
MAKE = """
from accounts.models import User
from tests.many_conversations import make_conversations
make_conversations(User.objects.get(pk="{user}"), {count})
"""


def furnish(someone: Person, count: int = COUNT) -> None:
    someone.account.server.manage("shell", "-c", MAKE.format(user=someone.account.id, count=count))


def rows(someone: Person) -> list[dict[str, Any]]:
    api = someone.account.api
    found: list[dict[str, Any]] = []
    path = "conversations?limit=200"
    while path:
        page = api.get(path).json()
        found += page["results"]
        path = page["next"].split("/api/v1/")[1] if page["next"] else ""
    return found


def test_the_page_is_small_and_says_exactly_what_is_unread(person: MakePerson) -> None:
    alice = person("alice")
    furnish(alice)
    frames: list[str] = []
    alice.page.on("websocket", lambda ws: ws.on("framereceived", lambda frame: frames.append(str(frame))))
    alice.sign_in()
    alice.wait_connected()
    everything = rows(alice)
    heard = sum(row["unread"] for row in everything)
    mentions = sum(row["mentions"] for row in everything)
    expect(alice.page).to_have_title(f"({heard} · @{mentions}) Parley")
    assert sum(map(len, frames)) < 60_000
    assert alice.page.evaluate("document.querySelectorAll('*').length") < 1_500
    # One far down the list speaks up: it is read alone, comes to the top, and everything stays exact.
    last = next(row for row in reversed(everything) if row["kind"] == "group")
    expect(alice.page.locator(f'a.row[data-id="{last["id"]}"]')).to_have_count(0)
    bob = person("bob")
    furnish_sender(alice, bob, last["id"])
    expect(alice.page.locator(".rows a.row").first).to_have_attribute("data-id", last["id"])
    expect(alice.page.locator(f'a.row[data-id="{last["id"]}"] .count')).to_contain_text(str(last["unread"] + 1))
    expect(alice.page).to_have_title(f"({heard + 1} · @{mentions}) Parley")


def furnish_sender(alice: Person, bob: Person, group: str) -> None:
    """Bob, who comes by an invitation of the owner's, says something."""
    script = f"""
from groups import actions; from groups.models import Conversation, Membership
from accounts.models import User
Membership.objects.create(conversation_id="{group}", user=User.objects.get(pk="{bob.account.id}"))
"""
    alice.account.server.manage("shell", "-c", script)
    key = "00000000-0000-4000-8000-000000000300"
    bob.account.api.post(f"conversations/{group}/messages", json={"key": key, "body": "I am here"}).raise_for_status()


def test_the_list_scrolls_to_its_end_in_a_bounded_window(person: MakePerson) -> None:
    alice = person("alice")
    furnish(alice)
    alice.sign_in()
    alice.wait_connected()
    last = rows(alice)[-1]["id"]
    end = alice.page.locator(f'a.row[data-id="{last}"]')
    for _ in range(60):
        alice.page.evaluate("document.querySelector('.rows').scrollTop = 1e9")
        if end.count():
            break
        alice.page.wait_for_timeout(100)  # while the next page of the list is read
    expect(end).to_be_visible()
    assert alice.page.locator(".rows > li").count() < 120
    alice.page.evaluate("document.querySelector('.rows').scrollTop = 0")
    expect(alice.page.locator(".rows a.row").first).to_be_visible()


def test_the_finder_and_the_filters_ask_the_server(person: MakePerson) -> None:
    alice = person("alice")
    furnish(alice)
    alice.sign_in()
    alice.wait_connected()
    wanted = rows(alice)[-1]
    alice.page.keyboard.press("Control+k")
    alice.page.keyboard.type(wanted["name"])
    option = alice.page.locator(f'.choice-row:has(b:text-is("{wanted["name"]}"))')
    expect(option).to_be_visible()
    option.click()
    expect(alice.page.locator("#talk-name")).to_have_text(wanted["name"])
    alice.page.locator(".chip[data-show=groups]").click()
    groups = [row["id"] for row in rows(alice) if row["kind"] != "direct"]
    expect(alice.page.locator(f'a.row[data-id="{groups[40]}"]')).to_be_attached()


def test_without_a_script_show_more_leads_to_the_end(person: MakePerson) -> None:
    alice = person("alice", java_script_enabled=False)
    furnish(alice, 70)
    alice.sign_in()
    found = []
    while True:
        found += [one.get_attribute("href") for one in alice.page.locator(".rows a.row").all()]
        more = alice.page.get_by_role("link", name="Show more")
        if not more.count():
            break
        more.click()
    assert len(found) == len(set(found)) == 70
    alice.page.get_by_role("link", name="Newest conversations").click()
    assert alice.page.locator(".rows a.row").first.get_attribute("href") == found[0]


def focused(someone: Person) -> str | None:
    found: str | None = someone.page.evaluate("document.activeElement.dataset.id ?? null")
    return found


def test_the_row_with_the_focus_keeps_it_while_the_list_scrolls_and_moves(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    furnish(alice)
    alice.sign_in()
    alice.wait_connected()
    everything = rows(alice)
    row = alice.page.locator(".rows > li")
    expect(row.first).to_have_attribute("aria-posinset", "1")
    expect(row.first).to_have_attribute("aria-setsize", "-1")
    alice.page.evaluate("document.querySelector('.rows a.row').focus()")
    for _ in range(120):
        alice.page.keyboard.press("ArrowDown")
        here = focused(alice)
        place = alice.page.evaluate("Number(document.activeElement.closest('li').ariaPosInSet)")
        assert here == everything[place - 1]["id"]
    assert place > 100
    # Out of sight it is drawn all the same, and the way on begins at it.
    alice.page.evaluate("document.querySelector('.rows').scrollTop = 0")
    expect(alice.page.locator(f'.rows a.row[data-id="{everything[0]["id"]}"]')).to_be_in_viewport()
    last = next(one for one in reversed(everything) if one["kind"] == "group")
    furnish_sender(alice, bob, last["id"])
    expect(alice.page.locator(".rows a.row").first).to_have_attribute("data-id", last["id"])
    assert focused(alice) == here
    alice.page.keyboard.press("ArrowUp")
    assert focused(alice) == everything[place - 2]["id"]


def test_in_completes_conversations_that_the_page_does_not_hold(person: MakePerson) -> None:
    alice = person("alice")
    furnish(alice)
    alice.sign_in()
    alice.wait_connected()
    wanted = next(row for row in reversed(rows(alice)) if row["kind"] == "group")
    expect(alice.page.locator(f'a.row[data-id="{wanted["id"]}"]')).to_have_count(0)
    alice.page.locator('.list [data-search="all"]').click()
    alice.page.keyboard.type(f'in:"{wanted["name"]}')
    expect(alice.page.locator(f'search-picker [role=option]:has-text("{wanted["name"]}")').first).to_be_visible()
