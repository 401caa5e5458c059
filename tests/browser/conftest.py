"""People with browsers, at a real server."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.cable import Cable
from tests.live import CHROMIUM, DEADLINE_SECONDS, PASSWORD, Account, LiveServer

WIDE = {"width": 1280, "height": 820}
PHONE = {"width": 390, "height": 844}

UNREAD = """async (id) => {
    const { results } = await (await fetch("/api/v1/conversations")).json();
    return results.find((item) => item.id === id).unread;
}"""

expect.set_options(timeout=10_000)


class Person:
    """An account, a browser of its own and a page. Remembers what the console complained of."""

    def __init__(self, account: Account, name: str, context: BrowserContext, url: str) -> None:
        self.account = account
        self.name = name
        self.context = context
        self.url = url
        self.complaints: list[str] = []
        self.page = self.open_page()

    def open_page(self) -> Page:
        page = self.context.new_page()
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(f"{error} {error.stack}"))
        self.page = page
        return page

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location.get('url')})")

    def sign_in(self, address: str = "/c/") -> None:
        """Signed in without the browser's showing the form, and at this address."""
        with closing(self.account.browser()) as browser:
            cookies = [{"name": name, "value": value, "url": self.url} for name, value in browser.cookies.items()]
        self.context.add_cookies(cookies)  # type: ignore[arg-type]
        self.goto(address)
        assert self.page.url == f"{self.url}{address}"

    def sign_in_by_form(self, address: str = "/c/", *, name: str = "") -> None:
        self.page.goto(f"{self.url}/accounts/login/?next={address}")
        self.page.fill("input[name=login]", name or self.name)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("main form button:has-text('Sign in')")
        self.page.wait_for_url(f"{self.url}{address}")

    def enter(self, conversation_id: str) -> None:
        """Signed in, with the conversation's page open and connected."""
        self.sign_in(f"/c/{conversation_id}/")
        self.wait_connected()

    def goto(self, address: str) -> None:
        self.page.goto(f"{self.url}{address}")

    def say(self, body: str) -> None:
        self.page.fill("#compose-body", body)
        self.page.press("#compose-body", "Enter")

    def wait_connected(self) -> None:
        expect(self.page.locator("html[data-connection=open]")).to_be_attached()

    def wait_unread(self, conversation_id: str, count: int) -> None:
        """The server counts so many; a page tells it a moment after it was read."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while (unread := self.page.evaluate(UNREAD, conversation_id)) != count:
            assert time.monotonic() < deadline, f"{unread} unread and not {count}"
            self.page.wait_for_timeout(50)  # between two questions, while the page goes on

    def wait_stored(self, conversation_id: str, types: list[str]) -> None:
        """The last changes that the server has are of these types; a page shows its own before."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while (stored := self._last_types(conversation_id, len(types))) != types:
            assert time.monotonic() < deadline, stored
            self.page.wait_for_timeout(50)  # between two questions, while the page goes on

    def _last_types(self, conversation_id: str, count: int) -> list[str]:
        page = self.account.api.get(f"conversations/{conversation_id}/messages").json()
        return [change["type"] for change in page["results"]][-count:]

    def expect_lines(self, *bodies: str) -> None:
        """The last lines of the timeline are these, stored."""
        expect(self.page.locator("li.m:not(.unsent) .bubble").nth(-1)).to_have_text(bodies[-1])
        shown = self.page.locator("li.m:not(.unsent) .bubble").all_inner_texts()
        assert shown[-len(bodies) :] == list(bodies)


MakePerson = Callable[..., Person]


def in_a_group(*people: Person) -> str:
    """A new one, which the first of them owns."""
    owner, *others = people
    return owner.account.make_group(*[one.account for one in others])


def together(*people: Person) -> str:
    """In a new group, with its page open before each of them."""
    group = in_a_group(*people)
    for someone in people:
        someone.enter(group)
    return group


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """For one module: while it runs, the thread has a running event loop, which other tests must not find."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def person(chromium: Browser, parley_server: LiveServer) -> Iterator[MakePerson]:
    """Makes people; the test fails when the console of one complained, unless it says `may_complain`."""
    made: list[tuple[Person, bool]] = []

    def make(
        name: str, *, server: LiveServer | None = None, url: str = "", may_complain: bool = False, **options: Any
    ) -> Person:
        server = server or parley_server
        username = f"{name}-{uuid.uuid4().hex[:6]}"
        context = chromium.new_context(**{"viewport": WIDE, **options})
        someone = Person(server.sign_up(username), username, context, url or server.url)
        made.append((someone, may_complain))
        return someone

    yield make
    for someone, may_complain in made:
        someone.context.close()
        assert may_complain or someone.complaints == []


@pytest.fixture
def cable(parley_server: LiveServer) -> Iterator[Cable]:
    cable = Cable(parley_server)
    yield cable
    cable.remove()


def say_many(account: Account, conversation_id: str, bodies: list[str]) -> None:
    """Fill a conversation over one socket, in a thread: this one belongs to the browser's loop."""

    async def talk() -> None:
        socket = await account.connect()
        for body in bodies:
            while (answer := await socket.say(conversation_id, body))["type"] != "ack":
                assert answer["code"] == "rate_limited", answer  # a cluster is as anybody starts it
                await asyncio.sleep(answer["retry_after"])
        await socket.connection.close()

    thread = threading.Thread(target=lambda: asyncio.run(talk()))
    thread.start()
    thread.join(120)
    assert not thread.is_alive()


@pytest.fixture
def history() -> Callable[[Account, str, list[str]], None]:
    return say_many
