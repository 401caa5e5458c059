"""Who is here, as people see it: on the faces, in words, and only when it is wanted."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import MakePerson, Person

pytestmark = [pytest.mark.browser, pytest.mark.server]
# Who leaves is waited for, so that a page may be loaded again.
RETURN_MS = 5_000


def direct(one: Person, other: Person) -> str:
    made = one.account.api.post("conversations", json={"user_id": other.account.id})
    assert made.status_code in (200, 201), made.text
    return str(made.json()["id"])


def words(person: Person) -> Locator:
    """What stands in the head of the conversation."""
    return person.page.locator(".talk-head presence-line")


def dots(person: Person, where: str) -> Locator:
    return person.page.locator(f"{where} .dot")


def test_somebody_comes_and_goes_under_anothers_eyes(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    conversation = direct(alice, bob)
    alice.sign_in(f"/c/{conversation}/")
    expect(words(alice)).to_have_text("offline")
    expect(dots(alice, "conversation-list")).to_have_count(0)
    bob.sign_in("/c/")
    expect(words(alice)).to_have_text("online")
    expect(dots(alice, "conversation-list a.row")).to_have_class("dot online")
    expect(dots(alice, "conversation-list a.row")).to_contain_text("online")
    assert dots(alice, "conversation-list a.row").get_attribute("title") == "online"
    bob.page.reload()
    bob.wait_connected()
    expect(words(alice)).to_have_text("online")
    bob.page.close()
    expect(words(alice)).to_have_text("last seen just now", timeout=RETURN_MS + 10_000)
    expect(dots(alice, "conversation-list")).to_have_count(0)
    alice.goto(f"/people/{bob.account.id}/")
    expect(alice.page.locator(".profile presence-line")).to_have_text("last seen just now")


def test_the_line_says_of_the_next_person_what_it_said_of_the_one_before(person: MakePerson) -> None:
    alice, bob, carol = person("alice"), person("bob"), person("carol")
    places = [direct(alice, other) for other in (bob, carol)]
    for other in (bob, carol):
        other.sign_in()
        other.wait_connected()
    alice.sign_in(f"/c/{places[0]}/")
    expect(dots(alice, "conversation-list a.row")).to_have_count(2)
    for place in (*places, places[0]):
        alice.page.locator(f"conversation-list a[data-id='{place}']").click()
        expect(words(alice)).to_have_text("online")


def test_two_pages_are_one_person_who_is_away_when_both_are(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    alice.sign_in(f"/c/{direct(alice, bob)}/")
    bob.page.clock.install()
    bob.sign_in("/c/")
    desk = bob.page
    phone = bob.open_page()
    bob.goto("/c/")
    bob.wait_connected()
    expect(words(alice)).to_have_text("online")
    phone.clock.install()
    desk.clock.fast_forward("05:01")
    phone.clock.fast_forward("05:01")
    expect(words(alice)).to_have_text("away")
    expect(dots(alice, "conversation-list a.row")).to_have_class("dot away")
    phone.mouse.move(50, 50)
    expect(words(alice)).to_have_text("online")
    phone.close()
    expect(words(alice)).to_have_text("away")
    desk.mouse.move(50, 50)
    expect(words(alice)).to_have_text("online")


def test_a_status_and_hiding_are_set_on_a_page_and_seen_at_once(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    conversation = direct(alice, bob)
    alice.sign_in(f"/c/{conversation}/")
    bob.sign_in("/settings/status/")
    expect(words(alice)).to_have_text("online")
    expect(dots(bob, "conversation-list a.row")).to_have_class("dot online")
    bob.page.get_by_label("What you do now").fill("At <b>lunch</b>")
    bob.page.get_by_label("How long").select_option("hour")
    bob.page.get_by_role("button", name="Save").click()
    expect(words(alice)).to_have_text("online · At <b>lunch</b>")
    expect(bob.page.get_by_label("How long")).to_have_value("keep")
    bob.page.get_by_label("Hide whether you are here").check()
    bob.page.get_by_role("button", name="Save").click()
    expect(words(alice)).to_have_text("offline · At <b>lunch</b>")
    expect(dots(bob, "conversation-list a.row")).to_have_count(0)
    bob.page.get_by_label("Hide whether you are here").uncheck()
    bob.page.get_by_label("What you do now").fill("")
    bob.page.get_by_role("button", name="Save").click()
    expect(words(alice)).to_have_text("online")
    expect(dots(bob, "conversation-list a.row")).to_have_class("dot online")


def test_the_members_of_a_group_show_who_is_here(person: MakePerson) -> None:
    alice, bob, carol = person("alice"), person("bob"), person("carol")
    group = alice.account.make_group(bob.account, carol.account)
    bob.sign_in("/c/")
    alice.sign_in(f"/c/{group}/")
    row = alice.page.locator(f"conversation-details [data-user='{bob.account.id}']")
    expect(row.locator(".dot")).to_have_class("dot online")
    expect(alice.page.locator("conversation-details .dot")).to_have_count(2)  # alice sees herself, too
    bob.page.close()
    expect(alice.page.locator("conversation-details .dot")).to_have_count(1, timeout=RETURN_MS + 10_000)
    expect(words(alice)).to_be_hidden()
