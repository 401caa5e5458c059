"""`make pictures`: the pictures of the README anew, of a real server with people who talk there."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.conftest import PHONE, WIDE, Person
from tests.live import CHROMIUM, ROOT, Account, LiveServer

IMAGES = ROOT / "docs" / "images"
CAST = {
    "mika": "Mika Korhonen",
    "seb": "sebsebseb",
    "thoreau": "",
    "ana": "Ana Ruiz",
    "jun": "Jun Okada",
    "pavel": "Pavel",
}
CONFIGURATION = "If that does not help, put this into `~/.config/panel.conf`:\n\n```\n[panel]\nreserve = true\n```"


@contextmanager
def server() -> Iterator[LiveServer]:
    with tempfile.TemporaryDirectory(prefix="parley-pictures-") as folder:
        live = LiveServer(Path(folder))
        live.prepare()
        live.start()
        try:
            yield live
        finally:
            live.stop()


def write(who: Account, method: str, path: str, **fields: object) -> int:
    answer = who.api.request(method, f"conversations/{path}", json={"key": str(uuid.uuid4()), **fields})
    answer.raise_for_status()
    return int(answer.json()["seq"])


def say(who: Account, conversation: str, body: str, **fields: object) -> int:
    return write(who, "POST", f"{conversation}/messages", body=body, **fields)


def sign_up(live: LiveServer) -> dict[str, Account]:
    cast = {name: live.sign_up(name) for name in CAST}
    for name, account in cast.items():
        account.api.patch("me", json={"display_name": CAST[name]}).raise_for_status()
    return cast


def furnish_the_list(cast: dict[str, Account]) -> None:
    """What stands below the conversation that is shown, the lowest first."""
    mika, ana, jun, pavel = (cast[name] for name in ("mika", "ana", "jun", "pavel"))
    channel = ana.make_group(mika, pavel, name="Release notes", kind="channel")
    say(ana, channel, "Version 24 is out")
    walkers = pavel.make_group(mika, ana, name="Trail walkers")
    say(pavel, walkers, "We start at the north gate")
    say(ana, walkers, "I bring the rope, @mika")
    direct = mika.api.post("conversations", json={"user_id": jun.id}).json()["id"]
    say(jun, direct, "See you on Tuesday?")
    read = mika.api.get(f"conversations/{direct}/messages").json()["results"][-1]["seq"]
    mika.api.put(f"conversations/{direct}/read", json={"seq": read}).raise_for_status()
    mika.api.put(f"conversations/{direct}/draft", json={"text": "I will be there, and"}).raise_for_status()
    tea = ana.make_group(mika, pavel, name="Tea room")
    say(ana, tea, "hello all")


def talk(cast: dict[str, Account]) -> str:
    mika, seb, thoreau, ana, pavel = (cast[name] for name in ("mika", "seb", "thoreau", "ana", "pavel"))
    help = seb.make_group(
        mika, thoreau, ana, pavel, name="Ubuntu help", description="Ask anything, be kind, say what you tried."
    )
    say(pavel, help, "Good morning")
    asked = say(thoreau, help, "The panel hides the last row of every window. Is there a setting I missed?")
    words = "Panel preferences, then untick `Don't reserve space on borders`. It was switched on by the new default."
    answered = say(seb, help, words, reply_to=asked)
    write(seb, "PUT", f"{help}/messages/{answered}/pin")
    for who in (mika, thoreau, ana):
        write(who, "PUT", f"{help}/messages/{answered}/reactions/👍")
    write(thoreau, "PUT", f"{help}/messages/{say(mika, help, CONFIGURATION)}/reactions/🎉")
    say(ana, help, "Same here, and the change **did** work for me. @mika, is it in the guide?")
    last = say(mika, help, "Lovely. I will add it to the guide today.")
    for who in (mika, thoreau, seb, ana):
        who.api.put(f"conversations/{help}/read", json={"seq": last}).raise_for_status()
    return help


def enter(browser: Browser, cast: dict[str, Account], name: str, group: str, **look: object) -> Person:
    account = cast[name]
    someone = Person(account, name, browser.new_context(**look), account.server.url)  # type: ignore[arg-type]
    someone.sign_in(f"/c/{group}/")
    someone.wait_connected()
    return someone


def take(browser: Browser, cast: dict[str, Account], group: str) -> None:
    desk = enter(browser, cast, "mika", group, viewport=WIDE)
    phone = enter(browser, cast, "mika", group, viewport=PHONE, color_scheme="dark", has_touch=True, is_mobile=True)
    thoreau = enter(browser, cast, "thoreau", group, viewport=WIDE)
    thoreau.say("that fixed it, thank you!")
    ana = enter(browser, cast, "ana", group, viewport=WIDE)
    expect(desk.page.locator("conversation-details .people .dot")).to_have_count(3)
    for device, name in ((desk, "chat-desktop-light"), (phone, "chat-phone-dark")):
        device.page.bring_to_front()
        expect(device.page.locator("li.m").last).to_contain_text("that fixed it")
        expect(device.page.locator("li.m.own .receipt").last).to_have_attribute("title", "Read by 3 of 4")
        ana.page.locator("#compose-body").press_sequentially("S")
        expect(device.page.locator("typing-line")).to_have_text("Ana Ruiz is writing…")
        device.page.screenshot(path=IMAGES / f"{name}.png")
        device.page.wait_for_timeout(3_000)  # one signal of typing in as many seconds


def main() -> None:
    with server() as live, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        cast = sign_up(live)
        furnish_the_list(cast)
        take(browser, cast, talk(cast))
        browser.close()


if __name__ == "__main__":
    main()
