"""The pages in a real browser: every one of them clean, on a phone and a desktop, and what scripts add to them."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, WIDE, MakePerson, Person, chromium, person  # noqa: F401  # fixtures
from tests.live import PASSWORD, LiveServer
from tests.pages.conftest import STRANGERS_PAGES

pytestmark = [pytest.mark.browser, pytest.mark.server]

POLICY = """
from accounts.policy import SitePolicy
about = {{"registration": {registration!r}, "domains": "example.org"}}
SitePolicy.objects.update_or_create(pk=1, defaults=about)
"""
TARGET_PIXELS = 44
# Controls below the size of a finger: not those inside a line of text, nor boxes whose label is the target.
SMALL_TARGETS = """() => [...document.querySelectorAll("main :is(a, button, summary, select, textarea, input)")]
  .filter((e) => {
  const { width, height } = e.getBoundingClientRect();
  const inText = e.tagName === "A" && getComputedStyle(e).display === "inline";
  const small = width < TARGET - 0.5 || height < TARGET - 0.5;
  return width && small && !inText && !["checkbox", "radio", "hidden"].includes(e.type);
}).map((e) => e.outerHTML.slice(0, 120))""".replace("TARGET", str(TARGET_PIXELS))


@dataclass
class Scene:
    """Alice with a contact, a public group, an invitation, a block: no list is empty."""

    alice: Person
    bob: Person
    group: str
    invite: str

    def pages(self) -> list[str]:
        group, bob, absent = f"/groups/{self.group}/", f"/people/{self.bob.account.id}/", uuid.uuid4()
        settings = [f"/settings/{name}" for name in ("", "status/", "password/", "sessions/", "tokens/", "blocked/")]
        people = ["/people/", f"/people/?q={self.bob.name}", "/people/?q=nobody-at-all", bob]
        groups = ["/groups/", "/groups/?show=mine", "/groups/new/", f"/join/{self.invite}/", "/join/nothing/"]
        group_pages = [group, f"{group}edit/", f"{group}add/?q=b", f"{group}invitations/"]
        asked = [f"{group}members/{self.bob.account.id}/owner/", f"/groups/{absent}/"]
        return [*people, *groups, *group_pages, *asked, *settings, "/accounts/logout/", "/accounts/reauthenticate/"]


def call(someone: Person, method: str, path: str, **body: Any) -> Any:
    answer = someone.account.api.request(method, path, json=body or None)
    assert answer.status_code < 300, answer.text
    return json.loads(answer.text or "{}")


@pytest.fixture
def scene(person: MakePerson) -> Any:  # noqa: F811
    def make(**options: Any) -> Scene:
        # A page that is not there is an error to the console too, and these tests open some.
        alice = person("alice", may_complain=True, **options)
        bob = person("bob")
        group = alice.account.make_group(
            bob.account, name=f"Walkers {alice.name}", description="On Sundays.\nBring water."
        )
        call(alice, "POST", f"groups/{group}/invitations")
        call(alice, "PUT", f"users/{alice.account.id}/contacts/{bob.account.id}", nickname="Bobby")
        call(alice, "PUT", f"users/{alice.account.id}/blocks/{person('carol').account.id}")
        other = bob.account.make_group(name=f"Board {bob.name}")
        call(bob, "POST", f"groups/{other}/invitations", user_id=alice.account.id)
        invite = call(bob, "POST", f"groups/{other}/invitations")["invite"]
        return Scene(alice, bob, group, invite)

    return make


def check(page: Page, path: str) -> None:
    violations = Axe().run(page).response["violations"]
    assert violations == [], (path, [(found["id"], found["nodes"][0]["html"]) for found in violations])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} scrolls sideways"
    if page.evaluate("innerWidth < 720"):
        assert page.evaluate(SMALL_TARGETS) == [], path


@pytest.mark.parametrize(("viewport", "scheme"), [(WIDE, "light"), (PHONE, "dark")], ids=["wide", "phone"])
def test_every_page_is_accessible_and_fits(scene: Any, viewport: dict[str, int], scheme: str) -> None:
    here = scene(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    for path in STRANGERS_PAGES:
        here.alice.goto(path)
        check(here.alice.page, path)
    here.alice.sign_in("/people/")
    for path in here.pages():
        here.alice.goto(path)
        check(here.alice.page, path)
    refused = [line for line in here.alice.complaints if "404" not in line]
    assert refused == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_asking_for_an_address_first_is_accessible_and_fits(
    parley_server: LiveServer,
    person: MakePerson,  # noqa: F811
    viewport: dict[str, int],
    scheme: str,
) -> None:
    """The page is there only where people of given domains sign up."""
    stranger = person("stranger", viewport=viewport, color_scheme=scheme, reduced_motion="reduce", may_complain=True)
    path = "/accounts/signup/address/"
    parley_server.manage("shell", "--no-imports", "-c", POLICY.format(registration="domains"))
    try:
        stranger.goto(path)
        assert stranger.page.url.endswith(path)
        check(stranger.page, path)
        for email, words in (
            ("me@elsewhere.example", "cannot sign up here"),
            ("me@example.org", "Look into your mail"),
        ):
            stranger.page.get_by_label("Email").fill(email)
            stranger.page.get_by_role("button", name="Send the link").click()
            expect(stranger.page.get_by_text(words).first).to_be_visible()
            check(stranger.page, f"{path} {words}")
    finally:
        parley_server.manage("shell", "--no-imports", "-c", POLICY.format(registration="open"))


def test_a_password_is_shown_and_hidden_and_leaves_as_a_password(scene: Any) -> None:
    here = scene()
    page = here.alice.page
    here.alice.goto("/accounts/login/")
    field = page.locator("input[name=password]")
    field.fill(PASSWORD)
    page.get_by_role("button", name="Show password").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide password").click()
    expect(field).to_have_attribute("type", "password")


def test_a_menu_opens_by_keyboard_and_escape_closes_it(scene: Any) -> None:
    here = scene()
    here.alice.sign_in(f"/groups/{here.group}/")
    summary = here.alice.page.locator("main details.menu > summary")
    summary.focus()
    here.alice.page.keyboard.press("Enter")
    item = here.alice.page.get_by_role("button", name="Make an admin")
    expect(item).to_be_visible()
    here.alice.page.keyboard.press("Escape")
    expect(item).to_be_hidden()
    expect(summary).to_be_focused()


def test_a_group_is_made_shared_by_its_link_and_joined_without_a_script(person: MakePerson) -> None:  # noqa: F811
    alice, bob = person("alice", java_script_enabled=False), person("bob", java_script_enabled=False)
    alice.sign_in("/groups/new/")
    alice.page.get_by_label("Name").fill(f"Cooks of {alice.name}")
    alice.page.get_by_role("button", name="Make group").click()
    group = alice.page.url.rstrip("/").rsplit("/", 1)[1]
    alice.goto(f"/groups/{group}/")
    alice.page.get_by_role("link", name="Invitations").click()
    alice.page.get_by_role("button", name="Make a link").click()
    link = alice.page.get_by_label("Link into Cooks").input_value()
    bob.page.goto(link)
    bob.page.get_by_role("link", name="Sign in").click()
    bob.page.get_by_label("Username or email").fill(bob.name)
    bob.page.get_by_label("Password", exact=True).fill(PASSWORD)
    bob.page.locator("main").get_by_role("button", name="Sign in").click()
    bob.page.get_by_role("button", name="Join Cooks").click()
    bob.page.wait_for_url(f"**/c/{group}/")


def test_someone_is_found_and_written_to_by_keyboard_alone(person: MakePerson) -> None:  # noqa: F811
    alice, bob = person("alice"), person("bob")
    alice.sign_in("/people/")
    alice.page.get_by_role("searchbox", name="Search people by name").focus()
    alice.page.keyboard.type(bob.name)
    alice.page.keyboard.press("Enter")
    button = alice.page.get_by_role("button", name=f"Message {bob.name}")
    expect(button).to_be_visible()
    for _ in range(40):
        if button.evaluate("element => element === document.activeElement"):
            break
        alice.page.keyboard.press("Tab")
    alice.page.keyboard.press("Enter")
    alice.page.wait_for_url("**/c/*-*/")
