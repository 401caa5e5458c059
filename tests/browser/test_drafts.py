"""What is written on one device goes on on the other."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import PHONE, MakePerson, Person
from tests.browser.timeline import enter

pytestmark = [pytest.mark.browser, pytest.mark.server]


def test_a_draft_follows_its_writer_and_gives_way_to_what_is_typed(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob", may_complain=True)
    group, other = alice.account.make_group(bob.account, name="Climbing"), alice.account.make_group(bob.account)
    assert bob.context.browser
    phone = Person(bob.account, bob.name, bob.context.browser.new_context(viewport=PHONE), bob.url)
    for device in (bob, phone):
        device.enter(group)
    desk_field, phone_field = (device.page.locator("#compose-body") for device in (bob, phone))
    phone_field.press_sequentially("What I mean")
    expect(desk_field).to_have_value("What I mean")
    phone.goto("/c/")
    expect(phone.page.locator("conversation-list .row", has_text="Climbing")).to_contain_text("Draft: What I mean")
    phone.goto(f"/c/{group}/")
    phone.wait_connected()
    expect(phone_field).to_have_value("What I mean")
    desk_field.focus()
    desk_field.press("End")
    desk_field.press_sequentially(" is this")
    expect(phone_field).to_have_value("What I mean is this")
    # Without a connection each goes on by itself; the one that wrote later wins, but not over what is typed.
    bob.context.set_offline(True)
    desk_field.press_sequentially("!")
    phone_field.fill("What I mean is that")
    phone_field.blur()
    bob.page.wait_for_timeout(1_500)  # the phone's second after the last key
    bob.page.goto("about:blank")
    bob.context.set_offline(False)
    bob.goto(f"/c/{group}/")
    bob.wait_connected()
    expect(desk_field).to_have_value("What I mean is that")
    desk_field.press("Enter")
    bob.expect_lines("What I mean is that")
    expect(phone_field).to_have_value("")
    bob.goto(f"/c/{other}/")
    expect(bob.page.locator("conversation-list .draft")).to_have_count(0)
    phone.context.close()
    assert phone.complaints == []


def test_a_page_that_was_made_before_the_draft_was_told_shows_it(person: MakePerson) -> None:
    alice, group = enter(person, "alice")
    field = alice.page.locator("#compose-body")

    def answer(route: Route) -> None:
        """To the page that told it; the server has not heard it when it makes the next."""
        route.fulfill(json={"conversation_id": group, **route.request.post_data_json})

    alice.page.route("**/draft", answer)
    with alice.page.expect_response("**/draft"):
        field.press_sequentially("half a thought")
    alice.page.reload()
    alice.wait_connected()
    expect(field).to_have_value("half a thought")
