"""What people see when the history under their open pages is put back to an earlier state, whatever it is stored in."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import MakePerson, Person, in_a_group, together
from tests.live import LiveServer

BUBBLES = "li.m .bubble"
PATIENCE_MILLISECONDS = 60_000


def expect_whole(page: Page, *bodies: str) -> None:
    """The timeline shows these messages, stored, each once, and no other."""
    expect(page.locator("li.m.unsent")).to_have_count(0, timeout=PATIENCE_MILLISECONDS)
    expect(page.locator(BUBBLES)).to_have_text(list(bodies), timeout=PATIENCE_MILLISECONDS)


def live_through_a_restore(
    person: MakePerson,
    server: LiveServer,
    save: Callable[[], None],
    lose: Callable[[], None],
    restore: Callable[[], None],
) -> None:
    """`save`: from here on all is lost. `lose`: the server is away, with what it had. `restore`: as the documents say,
    and up again."""
    alice, bob = (person(name, server=server, may_complain=True) for name in ("alice", "bob"))
    hall = in_a_group(alice, bob)
    group = together(alice, bob)
    for someone in (alice, bob):
        someone.page.evaluate("window.isTheSamePage = true")
    alice.say("kept")
    expect_whole(bob.page, "kept")
    alice.wait_stored(group, ["message.sent"])
    save()
    _say_what_is_lost(alice, bob, group)
    aside = _look_elsewhere(bob, hall)
    lose()
    alice.say("from the dark")
    restore()
    for someone in (alice, bob):
        expect(someone.page.locator("html[data-connection=open]")).to_be_attached(timeout=PATIENCE_MILLISECONDS)
        expect_whole(someone.page, "kept", "from the dark")
        assert someone.page.evaluate("window.isTheSamePage") is True
    for number in range(4):
        (alice, bob)[number % 2].say(f"new {number}")
        expect_whole((bob, alice)[number % 2].page, "kept", "from the dark", *(f"new {n}" for n in range(number + 1)))
    said = ["kept", "from the dark", *(f"new {number}" for number in range(4))]
    for someone in (alice, bob):
        expect_whole(someone.page, *said)
        expect_whole(_come_again(someone, group), *said)
    _expect_news_elsewhere(alice, aside, hall)


def _say_what_is_lost(alice: Person, bob: Person, group: str) -> None:
    """In more changes than there will be after the restore until all is checked."""
    for number in range(12):
        (alice, bob)[number % 2].say(f"lost {number}")
        expect((bob, alice)[number % 2].page.locator(BUBBLES).last).to_have_text(f"lost {number}")
    alice.wait_stored(group, ["message.sent"] * 12)


def _look_elsewhere(who: Person, hall: str) -> Page:
    """Another page of theirs, which stays at another conversation."""
    first, aside = who.page, who.open_page()
    who.page = first
    aside.goto(f"{who.url}/c/{hall}/")
    expect(aside.locator("html[data-connection=open]")).to_be_attached()
    return aside


def _come_again(who: Person, group: str) -> Page:
    """With what the browser kept, and nothing that the page knew."""
    who.page.close()
    page = who.open_page()
    page.goto(f"{who.url}/c/{group}/")
    who.wait_connected()
    return page


def _expect_news_elsewhere(writer: Person, aside: Page, hall: str) -> None:
    """A page that showed the other conversation all the while."""
    writer.goto(f"/c/{hall}/")
    writer.wait_connected()
    writer.say("in the hall")
    expect_whole(aside, "in the hall")
