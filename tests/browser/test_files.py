"""Files and pictures in the page: pasted, picked, sent through a broken connection, looked at, taken away."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.cable import Cable
from tests.browser.conftest import PHONE, MakePerson, Person, together
from tests.files.conftest import jpeg

pytestmark = [pytest.mark.browser, pytest.mark.server]
PASTE = """async ([content, type]) => {
    const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], "image.png", { type }));
    const about = { clipboardData, bubbles: true, cancelable: true };
    document.querySelector("#compose-body").dispatchEvent(new ClipboardEvent("paste", about));
}"""
DROP = """async ([content, name]) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([content], name));
    for (const type of ["dragenter", "dragover", "drop"]) {
        const about = { dataTransfer, bubbles: true, cancelable: true };
        document.querySelector(".lines").dispatchEvent(new DragEvent(type, about));
    }
}"""
PLACES = "() => [...document.querySelectorAll('li.m')].map((row) => row.getBoundingClientRect().top)"
PICTURES = "li.m:not(.unsent) .picture img"


def png(width: int, height: int) -> bytes:
    made = io.BytesIO()
    Image.effect_noise((width, height), 80).convert("RGB").save(made, "PNG")
    return made.getvalue()


def paste(page: Page, content: bytes) -> None:
    page.evaluate(PASTE, [base64.b64encode(content).decode(), "image/png"])
    expect(page.locator(".chosen img")).to_be_visible()


def loaded(picture: Locator) -> None:
    expect(picture).to_be_visible()
    picture.evaluate("(image) => image.decode()")


def two(person: MakePerson) -> tuple[Person, Person, str]:
    alice, bob = person("alice"), person("bob", viewport=PHONE, has_touch=True, is_mobile=True)
    group = together(alice, bob)
    return alice, bob, group


def test_a_picture_pasted_on_a_phone_is_looked_at_large_and_nothing_jumps(person: MakePerson) -> None:
    alice, bob, _ = two(person)
    held: list[Route] = []
    alice.context.route("**/thumbnail", lambda route: held.append(route))
    expect(bob.page.get_by_role("button", name="Take a picture")).to_be_visible()
    expect(alice.page.get_by_role("button", name="Take a picture")).to_be_hidden()
    for caption in ("The wall", ""):
        paste(bob.page, png(600, 300))
        bob.page.fill("#compose-body", caption)
        bob.page.press("#compose-body", "Enter")
        expect(bob.page.locator(".chosen")).to_have_count(0)
    pictures = alice.page.locator(PICTURES)
    expect(pictures).to_have_count(2)
    places = alice.page.evaluate(PLACES)
    assert pictures.first.bounding_box()["height"] == 160  # type: ignore[index]
    for route in held:
        route.continue_()
    loaded(pictures.first)
    loaded(pictures.last)
    assert alice.page.evaluate(PLACES) == places
    alice.context.unroute("**/thumbnail")
    expect(pictures.first).to_have_attribute("alt", "The wall")
    expect(pictures.last).to_have_attribute("alt", "Picture: image.png")
    link = alice.page.locator("a.picture").first
    link.press("Enter")
    dialog = alice.page.get_by_role("dialog", name="The wall")
    loaded(dialog.get_by_role("img", name="The wall"))
    alice.page.keyboard.press("ArrowRight")
    expect(alice.page.get_by_role("dialog", name="image.png")).to_contain_text("2 of 2")
    alice.page.keyboard.press("Escape")
    expect(alice.page.get_by_role("dialog")).to_have_count(0)
    expect(link).to_be_focused()
    with bob.page.expect_response(lambda answer: answer.url.endswith("/file")):
        bob.page.locator("a.picture").last.click()
    expect(bob.page.get_by_role("dialog")).to_be_visible()


def test_a_dropped_file_is_downloaded_and_goes_with_its_message(person: MakePerson, tmp_path: Path) -> None:
    alice, bob, _ = two(person)
    alice.page.evaluate(DROP, ["to be or not to be", "play.txt"])
    alice.page.get_by_role("button", name="Do not send play.txt").click()
    expect(alice.page.locator(".chosen")).to_have_count(0)
    alice.page.evaluate(DROP, ["to be or not to be", "play.txt"])
    expect(alice.page.locator(".chosen")).to_have_count(1)
    alice.page.press("#compose-body", "Enter")
    row = bob.page.locator("a.attached", has_text="play.txt")
    expect(row).to_contain_text("18 bytes")
    with bob.page.expect_download() as download:
        row.click()
    assert Path(download.value.path()).read_text() == "to be or not to be"
    alice.page.locator("li.m").last.focus()
    alice.page.get_by_role("button", name="Delete", exact=True).click()
    alice.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(bob.page.locator(".bubble.gone")).to_have_text("Message deleted")
    expect(row).to_have_count(0)


class Watched:
    """The chunks that a page sends; at the second one `at_second` happens, and it does not arrive."""

    def __init__(self, person: Person, at_second: Any) -> None:
        self.offsets: list[int] = []
        self._at_second = at_second
        person.context.route("**/api/v1/uploads/*", self._see)

    def _see(self, route: Route) -> None:
        if route.request.method == "PATCH":
            self.offsets.append(int(route.request.headers["upload-offset"]))
            if len(self.offsets) == 2:
                self._at_second()
                return route.abort()
        return route.continue_()


def test_an_upload_goes_on_where_it_broke_off_in_the_next_page(person: MakePerson, cable: Cable) -> None:
    alice = person("alice", url=cable.url, may_complain=True)
    group = alice.account.make_group()
    alice.enter(group)
    watched = Watched(alice, cable.pull)
    content = bytes(range(256)) * 10_000
    chosen = {"name": "long.bin", "mimeType": "application/octet-stream", "buffer": content}
    alice.page.locator('[data-part="files"]').set_input_files(chosen)  # type: ignore[arg-type]
    expect(alice.page.locator(".chosen")).to_have_count(1)
    alice.say("Here it is")
    alice.say("Words need not wait for it")
    expect(alice.page.locator("html[data-connection=waiting], html[data-connection=connecting]")).to_be_attached()
    expect(alice.page.locator("li.m.unsent progress")).to_be_visible()
    alice.page.close()
    cable.plug()
    alice.open_page()
    alice.goto(f"/c/{group}/")
    row = alice.page.locator("li.m:not(.unsent)", has=alice.page.locator("a.attached"))
    expect(row.locator(".bubble")).to_have_text("Here it is", timeout=30_000)
    assert watched.offsets[2] == watched.offsets[1] > 0
    [seq] = [
        one["seq"]
        for one in alice.account.api.get(f"conversations/{group}/messages").json()["results"]
        if one.get("content_type") == "file"
    ]
    assert alice.account.api.get(f"conversations/{group}/messages/{seq}/file").content == content


def test_a_cancelled_upload_is_not_sent(person: MakePerson) -> None:
    alice = person("alice")
    group = alice.account.make_group()
    alice.enter(group)
    alice.context.route(
        "**/api/v1/uploads/*", lambda route: None if route.request.method == "PATCH" else route.continue_()
    )
    picked = {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": jpeg((80, 40))}
    alice.page.locator('[data-part="files"]').set_input_files(picked)  # type: ignore[arg-type]
    expect(alice.page.locator(".chosen")).to_have_count(1)
    alice.page.press("#compose-body", "Enter")
    with alice.page.expect_request(lambda request: request.method == "DELETE"):
        alice.page.locator("li.m.unsent").get_by_role("button", name="Cancel").click()
    expect(alice.page.locator("li.m")).to_have_count(0)
    alice.say("Never mind")
    alice.expect_lines("Never mind")


def test_a_picture_is_forwarded_by_keyboard_and_says_where_it_comes_from(person: MakePerson) -> None:
    alice, bob, group = two(person)
    name = f"Climbers {group[-6:]}"
    elsewhere = alice.account.make_group(name=name)
    expect(alice.page.locator(f'conversation-list a[data-id="{elsewhere}"]')).to_be_visible()
    paste(bob.page, png(200, 100))
    bob.say("The wall")
    expect(alice.page.locator(PICTURES)).to_be_visible()
    alice.page.locator("li.m").last.focus()
    alice.page.get_by_role("button", name="Forward").press("Enter")
    expect(alice.page.get_by_role("combobox", name="Forward to")).to_be_focused()
    alice.page.keyboard.type("climbers")
    alice.page.keyboard.press("Enter")
    expect(alice.page.locator("li.m").last).to_be_focused()
    moved = alice.page.locator("conversation-list a.row").first  # to the top: a click meets what stands still
    expect(moved).to_have_attribute("data-id", elsewhere)
    moved.click()
    row = alice.page.locator("li.m:not(.unsent)")
    expect(row.locator(".bubble")).to_have_text("The wall")
    expect(row.locator(".source")).to_contain_text(f"Forwarded from {bob.name} in group")
    loaded(row.locator(".picture img"))
    row.locator(".source a").click()
    expect(alice.page.locator("li.m .bubble", has_text="The wall")).to_be_visible()
    alice.page.keyboard.press("Control+k")
    expect(alice.page.get_by_role("combobox", name="Find or jump to")).to_be_focused()


PASTE_NAMED = """([name, text]) => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File(["%PDF-1.4"], name));
    clipboardData.setData("text/plain", text);
    const about = { clipboardData, bubbles: true, cancelable: true };
    return !document.querySelector("#compose-body").dispatchEvent(new ClipboardEvent("paste", about));
}"""


def test_a_copied_file_is_attached_and_copied_words_are_typed(person: MakePerson) -> None:
    alice = person("alice")
    alice.enter(alice.account.make_group())
    assert alice.page.evaluate(PASTE_NAMED, ["plan.pdf", "plan.pdf"])
    expect(alice.page.locator(".chosen")).to_contain_text("plan.pdf")
    assert not alice.page.evaluate(PASTE_NAMED, ["image.png", "Name\tSum"])
    expect(alice.page.locator(".chosen")).to_have_count(1)


def test_who_sends_a_damaged_picture_reads_that_it_goes_as_a_file(person: MakePerson) -> None:
    alice, bob, _ = two(person)
    picked = {"name": "torn.jpg", "mimeType": "image/jpeg", "buffer": jpeg((400, 400))[:900]}
    alice.page.locator('[data-part="files"]').set_input_files(picked)  # type: ignore[arg-type]
    expect(alice.page.locator(".chosen")).to_have_count(1)
    alice.page.press("#compose-body", "Enter")
    expect(alice.page.locator("done-line")).to_have_text("torn.jpg is sent as a file: the picture is damaged")
    expect(bob.page.locator("a.attached", has_text="torn.jpg")).to_be_visible()
