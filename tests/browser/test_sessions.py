"""What a page does when the session under it ends, changes or becomes somebody else's."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.cable import Cable
from tests.browser.conftest import MakePerson
from tests.live import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.server]

# Gone with the page, if that is loaded again.
WATCH_CONNECTION = """() => {
    const { documentElement } = document;
    window.connectionLost = new Promise((resolve) => {
        new MutationObserver(() => documentElement.dataset.connection !== "open" && resolve(true))
            .observe(documentElement, { attributes: true });
    });
}"""


def test_a_tab_goes_on_after_the_password_was_changed_in_another(person: MakePerson) -> None:
    alice = person("alice")
    group = alice.account.make_group()
    alice.enter(group)
    tab = alice.page
    # Told to the other devices by now: later it might be so in the instant in which the session is another.
    with tab.expect_response("**/draft"):
        tab.fill("#compose-body", "half a thought")
    tab.evaluate(WATCH_CONNECTION)
    other = alice.open_page()
    alice.goto("/settings/password/")
    other.fill("[name=oldpassword]", PASSWORD)
    other.fill("[name=password1]", "another long phrase 7")
    other.click("main form button:has-text('password')")
    expect(other.locator("main")).to_contain_text("changed")
    assert tab.evaluate("window.connectionLost") is True
    expect(tab.locator("html[data-connection=open]")).to_be_attached()
    expect(tab.locator("#compose-body")).to_have_value("half a thought")
    tab.press("#compose-body", "Enter")
    expect(tab.locator("li.m:not(.unsent) .bubble")).to_have_text(["half a thought"])


def test_a_page_never_sends_as_somebody_else(person: MakePerson, cable: Cable) -> None:
    alice = person("alice", url=cable.url, may_complain=True)
    bob = person("bob")
    group = alice.account.make_group(bob.account)
    alice.enter(group)
    tab = alice.page
    cable.pull()
    alice.say("said by alice")
    expect(tab.locator("li.m.unsent")).to_have_count(1)
    bob.enter(group)
    # Both cookies belong to the host, whatever the port: the browser is bob's now.
    alice.context.add_cookies(list(bob.context.cookies()))
    cable.plug()
    expect(tab.locator("conversation-list [aria-label='Settings of " + bob.name + "']")).to_be_attached(timeout=30_000)
    bob.say("said by bob")
    bob.expect_lines("said by bob")
    expect(bob.page.locator("li.m")).to_have_count(1)
