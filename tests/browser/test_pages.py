"""The chat pages as a whole: nothing in the console, nothing for axe to find, and within their budgets."""

from __future__ import annotations

import gzip
import uuid

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, WIDE, MakePerson, Person
from tests.files.conftest import jpeg

pytestmark = [pytest.mark.browser, pytest.mark.server]
LOOKS = [(WIDE, "light"), (WIDE, "dark"), (PHONE, "light"), (PHONE, "dark")]
FINGER = 44
# What can be pressed and is too small, with what pseudo-elements add around it; links in running text are as the text.
SMALL = """(least) => {
    const pressed = "a, button, select, summary, input:not([type=checkbox], [type=radio])";
    const inText = ".skip, .visually-hidden, p a, .bubble a, .brand";
    const isSmall = (one) => {
        const box = one.getBoundingClientRect();
        const pieces = ["::before", "::after"].map((name) => getComputedStyle(one, name));
        const around = pieces.filter((style) => style.position === "absolute");
        const size = (side) => Math.max(box[side], ...around.map((style) => parseFloat(style[side])));
        return box.width > 1 && Math.min(size("width"), size("height")) < least - 0.5;
    };
    const shown = [...document.querySelectorAll(pressed)].filter((one) => one.checkVisibility());
    const small = shown.filter((one) => !one.matches(inText) && isSmall(one));
    return small.map((one) => `${one.tagName} ${one.className} ${one.ariaLabel ?? one.textContent.trim()}`);
}"""
SCRIPT_BYTES = 80_000
STYLE_BYTES = 25_000


def furnish(alice: Person, bob: Person) -> str:
    """A group with every kind of line, and a direct conversation with something unread."""
    group = alice.account.make_group(bob.account, name=f"Trail walkers {alice.name}", description="Every Sunday")
    direct = alice.account.api.post("conversations", json={"user_id": bob.account.id}).json()["id"]
    bodies = [
        "Hello",
        "A **list**:\n\n- one\n- two",
        "`code` and\n\n```\na block\n```",
        "> quoted\n\nhttps://example.org",
    ]
    for at, body in enumerate(bodies * 2):
        who = (alice, bob)[at // 4]
        key = f"00000000-0000-4000-8000-{at:012d}"
        answer = who.account.api.post(f"conversations/{group}/messages", json={"key": key, "body": body})
        assert answer.status_code == 201
    change_some(alice, bob, group)
    key = "00000000-0000-4000-8000-000000000100"
    bob.account.api.post(f"conversations/{direct}/messages", json={"key": key, "body": "Ready?"})
    alice.account.api.patch(f"groups/{group}/members/{bob.account.id}", json={"role": "admin"})
    return group


def change_some(alice: Person, bob: Person, group: str) -> None:
    """Two more messages, an answer and one that is deleted; an edit; reactions."""
    address = f"conversations/{group}/messages"
    seqs = [change["seq"] for change in alice.account.api.get(address).json()["results"] if "body" in change]

    def write(who: Person, method: str, path: str, **fields: object) -> int:
        answer = who.account.api.request(method, path, json={"key": str(uuid.uuid4()), **fields})
        assert answer.status_code < 300, answer.text
        return int(answer.json()["seq"])

    write(alice, "PATCH", f"{address}/{seqs[0]}", body="Hello all")
    for who, emoji in ((alice, "👍"), (bob, "👍"), (bob, "🎉")):
        write(who, "PUT", f"{address}/{seqs[1]}/reactions/{emoji}")
    write(bob, "POST", address, body="I do", reply_to=seqs[1])
    write(alice, "DELETE", f"{address}/{write(alice, 'POST', address, body='Oops')}")


def check_with_axe(page: Page) -> None:
    page.wait_for_timeout(200)  # axe measures colours: let a fade of 120 ms end
    found = Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()


@pytest.mark.parametrize(("viewport", "scheme"), LOOKS, ids=["wide-light", "wide-dark", "phone-light", "phone-dark"])
def test_axe_finds_nothing_on_the_chat_pages(person: MakePerson, viewport: dict[str, int], scheme: str) -> None:
    alice = person("alice", viewport=viewport, color_scheme=scheme, bypass_csp=True)  # axe is injected
    bob = person("bob")
    group = furnish(alice, bob)
    alice.sign_in()
    alice.wait_connected()
    check_with_axe(alice.page)
    alice.goto(f"/c/{group}/")
    alice.wait_connected()
    expect(alice.page.locator("li.m")).to_have_count(10)
    check_with_axe(alice.page)
    check_actions(alice.page)
    alice.page.keyboard.press("Control+k")
    expect(alice.page.get_by_role("option").first).to_be_visible()
    check_with_axe(alice.page)
    alice.page.keyboard.press("Escape")
    alice.page.locator(".lines").focus()
    alice.page.keyboard.press("?")
    expect(alice.page.locator("dialog.keys")).to_be_visible()
    check_with_axe(alice.page)


@pytest.mark.parametrize(("viewport", "scheme"), [LOOKS[0], LOOKS[3]], ids=["wide-light", "phone-dark"])
def test_axe_finds_nothing_in_what_opens(person: MakePerson, viewport: dict[str, int], scheme: str) -> None:
    alice = person("alice", viewport=viewport, color_scheme=scheme, bypass_csp=True)
    bob = person("bob")
    group = furnish(alice, bob)
    page, address = alice.page, f"conversations/{group}/messages"
    seqs = [change["seq"] for change in alice.account.api.get(address).json()["results"] if change.get("html")]
    for seq in seqs[:2]:
        for what in ("pin", "saved"):
            alice.account.api.put(f"{address}/{seq}/{what}", json={"key": str(uuid.uuid4())}).raise_for_status()
    alice.enter(group)
    expect(page.locator("pins-line")).to_contain_text("All 2")
    page.get_by_role("link", name="What changed").click()
    expect(page.locator("dialog a.missed-item").first).to_be_visible()
    check_with_axe(page)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Notifications").click()
    page.get_by_role("button", name="For an hour").click()
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("Muted until")
    check_with_axe(page)
    page.keyboard.press("Escape")
    page.locator("#compose-body").press_sequentially("@")
    expect(page.get_by_role("option").first).to_be_visible()
    check_with_axe(page)
    page.fill("#compose-body", "")
    check_pictures(page)
    page.locator(".lines").focus()
    page.keyboard.press("/")
    page.keyboard.type("Hello")
    expect(page.locator("message-search a.found").first).to_be_visible()
    check_with_axe(page)
    missed = f"/c/{group}/missed/?since=1"
    for path in (
        "/search/?q=Hello",
        "/saved/",
        f"/c/{group}/pins/",
        f"/c/{group}/attention/",
        missed,
    ):
        alice.goto(path)
        check_with_axe(page)
    alice.goto("/settings/attention/")
    page.get_by_label("Keep quiet every day").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your quiet hours are saved.")).to_be_visible()
    check_with_axe(page)


def check_pictures(page: Page) -> None:
    """Files that are about to be sent, and a picture looked at large."""
    note = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"notes"}
    picture = {"name": "wall.jpg", "mimeType": "image/jpeg", "buffer": jpeg((320, 200))}
    page.locator("[data-part=files]").set_input_files([note, picture])  # type: ignore[list-item]
    expect(page.locator(".chosen")).to_have_count(2)
    check_with_axe(page)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("li.m:not(.unsent) a.picture")).to_be_visible()
    check_with_axe(page)
    page.locator("a.picture").click()
    expect(page.get_by_role("dialog", name="wall.jpg")).to_be_visible()
    check_with_axe(page)
    page.keyboard.press("Escape")


def check_actions(page: Page) -> None:
    """What can be done with a message, and what doing it opens."""
    line = page.locator("li.m.own:has(.edited)")
    line.focus()
    expect(page.get_by_role("toolbar")).to_be_visible()
    check_with_axe(page)
    page.get_by_role("button", name="React").click()
    expect(page.locator("reaction-picker")).to_be_visible()
    check_with_axe(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Reply").click()
    expect(page.locator("[data-part=about]")).to_be_visible()
    check_with_axe(page)
    page.keyboard.press("Escape")
    line.focus()
    page.get_by_role("button", name="Delete").click()
    check_with_axe(page)
    page.keyboard.press("Escape")
    page.locator("button.edited").click()
    expect(page.locator(".version")).to_have_count(2)
    check_with_axe(page)
    page.keyboard.press("Escape")


def test_what_is_pressed_on_a_phone_is_as_large_as_a_finger(person: MakePerson) -> None:
    alice = person("alice", viewport=PHONE, has_touch=True, is_mobile=True)
    bob = person("bob")
    group = furnish(alice, bob)
    for someone in (alice, bob):
        change = someone.account.api.get(f"conversations/{group}/messages").json()["results"][5]
        pin = f"conversations/{group}/messages/{change['seq'] + (someone is bob)}/pin"
        someone.account.api.put(pin, json={"key": str(uuid.uuid4())}).raise_for_status()
    alice.sign_in()
    for address in ("/c/", f"/groups/{group}/", f"/groups/{group}/invitations/", "/settings/", "/search/?q=Hello"):
        alice.goto(address)
        assert alice.page.evaluate(SMALL, FINGER) == [], address
    alice.goto(f"/c/{group}/")
    alice.wait_connected()
    expect(alice.page.locator("pins-line")).to_contain_text("All 2")
    line = alice.page.locator("li.m.own:has(.edited)")
    line.focus()
    expect(alice.page.get_by_role("toolbar")).to_be_visible()
    assert alice.page.evaluate(SMALL, FINGER) == []
    line.get_by_role("button", name="React").tap()
    expect(alice.page.locator("reaction-picker")).to_be_visible()
    assert alice.page.evaluate(SMALL, FINGER) == []


def test_axe_finds_nothing_without_a_script(person: MakePerson) -> None:
    alice = person("alice", bypass_csp=True)
    bob = person("bob")
    group = furnish(alice, bob)
    alice.context.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    alice.sign_in(f"/c/{group}/")
    check_with_axe(alice.page)


def test_the_scripts_and_styles_are_small_and_all_ours(person: MakePerson) -> None:
    alice = person("alice")
    group = alice.account.make_group()
    sizes = {"script": 0, "stylesheet": 0}
    foreign = []

    def weigh(response: object) -> None:
        kind, url = response.request.resource_type, response.url  # type: ignore[attr-defined]
        if not url.startswith((alice.url, "data:", "ws:")):
            foreign.append(url)
        if kind in sizes:
            sizes[kind] += len(gzip.compress(response.body()))  # type: ignore[attr-defined]

    alice.sign_in()
    alice.page.on("response", weigh)
    alice.goto(f"/c/{group}/")
    alice.wait_connected()
    assert foreign == []
    assert 0 < sizes["script"] < SCRIPT_BYTES
    assert 0 < sizes["stylesheet"] < STYLE_BYTES


@pytest.mark.parametrize("viewport", [WIDE, PHONE, {"width": 640, "height": 410}], ids=["wide", "phone", "zoomed"])
def test_nothing_is_wider_than_the_screen(person: MakePerson, viewport: dict[str, int]) -> None:
    alice = person("alice", viewport=viewport)
    bob = person("bob")
    group = furnish(alice, bob)
    key = "00000000-0000-4000-8000-000000000200"
    wide = {"key": key, "body": "w" * 500 + " `" + "c" * 300 + "`\n\n```\n" + "b" * 400 + "\n```"}
    address = f"conversations/{group}/messages"
    seq = alice.account.api.post(address, json=wide).json()["seq"]
    answer = {"key": str(uuid.uuid4()), "body": "yes", "reply_to": seq}
    assert bob.account.api.post(address, json=answer).status_code == 201
    for number in range(20):
        key = {"key": str(uuid.uuid4())}
        assert alice.account.api.put(f"{address}/{seq}/reactions/{chr(0x1F600 + number)}", json=key).status_code == 200
    alice.sign_in()
    for address in ("/c/", f"/c/{group}/"):
        alice.goto(address)
        alice.wait_connected()
        assert alice.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        inside = alice.page.evaluate(
            "(() => { const l = document.querySelector('.lines'); return l.scrollWidth - l.clientWidth })()"
        )
        assert inside <= 0
