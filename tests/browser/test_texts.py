"""Texts as they are drawn: white space, direction, numbers of lists; and names in what is said of members."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import MakePerson, Person
from tests.browser.timeline import enter

pytestmark = [pytest.mark.browser, pytest.mark.server]

# The space between the sides of an element and those of the text in it.
SIDES = """(element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const [text, box] = [range.getBoundingClientRect(), element.getBoundingClientRect()];
    return [text.left - box.left, box.right - text.right];
}"""


def said(who: Person, body: str) -> Locator:
    who.page.fill("#compose-body", body)
    who.page.press("#compose-body", "Enter")
    bubble = who.page.locator("li.m .bubble").last
    expect(who.page.locator("li.m:not(.unsent) .bubble.rich").last).to_be_visible()
    expect(who.page.locator("li.m.unsent")).to_have_count(0)
    return bubble


def starts_left(element: Locator) -> bool:
    left, right = element.evaluate(SIDES)
    return bool(left < right)


def test_each_part_of_a_text_has_its_own_direction_and_code_none(person: MakePerson) -> None:
    alice, _ = enter(person, "alice")
    shown = said(
        alice, "שלום *עולם* שלום שלום שלום שלום שלום שלום שלום שלום\n\nHello there.\n\n> Quoted.\n\n```\ncode\n```"
    )
    first, second, quoted = (shown.locator("p").nth(number) for number in range(3))
    assert not starts_left(first) or first.evaluate(SIDES)[1] < 1
    assert starts_left(second)
    assert starts_left(quoted)
    for part in ("p", "blockquote"):
        assert shown.locator(part).first.evaluate("(one) => getComputedStyle(one).unicodeBidi") == "plaintext"
    assert shown.locator("pre").evaluate("(one) => getComputedStyle(one).direction") == "ltr"
    assert starts_left(shown.locator("pre"))
    items = said(alice, "1. שלום שלום שלום שלום שלום\n2. Hello!")
    assert starts_left(items.locator("li").nth(1))
    assert items.locator("li").first.evaluate("(one) => getComputedStyle(one).unicodeBidi") == "plaintext"


def test_white_space_is_drawn_as_it_was_typed(person: MakePerson) -> None:
    alice, group = enter(person, "alice")
    expect(said(alice, "`1  2   3    4` x").locator("code")).to_have_js_property("innerText", "1  2   3    4")
    width = "(one) => one.getBoundingClientRect().width"
    wide = said(alice, "`1        4`").locator("code").evaluate(width)
    assert wide > said(alice, "`1 4`").locator("code").evaluate(width) + 20
    expect(said(alice, "name    size *x*").locator("p")).to_have_js_property("innerText", "name    size x")
    typed = "  one\n\n\tthree https://a.example/x"
    lines = said(alice, typed).locator("p")
    expect(lines).to_have_js_property("innerText", typed)
    height = "(one) => Math.round(one.getBoundingClientRect().height / parseFloat(getComputedStyle(one).lineHeight))"
    assert lines.evaluate(height) == 3
    assert said(alice, "- *one*\ntwo\n- three").locator("li").first.evaluate(height) == 2
    nested = said(alice, "1. name    size\n  - a\n2. x")
    expect(nested.locator("li > p").first).to_have_js_property("innerText", "name    size")
    tall = nested.bounding_box()
    tight = said(alice, "1. name size\n  - a\n2. x").bounding_box()
    assert tall
    assert tight
    assert tall["height"] == tight["height"]
    alice.goto(f"/c/{group}/")
    expect(alice.page.locator("li.m .bubble p", has_text="three https").first).to_have_js_property("innerText", typed)


@pytest.mark.parametrize(
    "body", ["99. a\n100. b", "1000. *c*\n1001. d", "\n".join(f"{number}. x" for number in range(1, 102))]
)
def test_numbers_stand_inside_the_bubble(person: MakePerson, body: str) -> None:
    alice, _ = enter(person, "alice")
    shown = said(alice, body)
    room = shown.evaluate("""(bubble) => {
        const list = bubble.querySelector("ol");
        const style = getComputedStyle(list);
        if (style.listStylePosition === "inside") return 0;
        const probe = Object.assign(document.createElement("span"), { textContent: `${list.children.length}. ` });
        list.lastElementChild.append(probe);
        const width = probe.getBoundingClientRect().width;
        probe.remove();
        return parseFloat(style.paddingInlineStart) + parseFloat(getComputedStyle(bubble).paddingInlineStart) - width;
    }""")
    assert room >= 0


def test_names_keep_their_direction_to_themselves(person: MakePerson) -> None:
    alice, bob, carol = person("alice"), person("bob"), person("carol")
    for who, name in ((alice, "אבג"), (bob, "דהו")):
        assert who.account.api.patch("me", json={"display_name": name}).status_code == 200
    group = alice.account.make_group(bob.account, carol.account)
    carol.enter(group)
    note = carol.page.locator("li.note", has_text="דהו")
    expect(note).to_have_text("אבג added דהו")
    expect(note.locator("bdi")).to_have_count(2)
    order = """(note) => [...note.querySelectorAll("bdi")].map((one) => one.getBoundingClientRect().left)"""
    first, second = note.evaluate(order)
    browser = carol.context.browser
    assert browser is not None
    without = browser.new_context(java_script_enabled=False, storage_state=carol.context.storage_state())  # type: ignore[arg-type]
    page = without.new_page()
    page.goto(f"{carol.url}/c/{group}/")
    expect(page.locator("li.note bdi", has_text="דהו")).to_have_count(1)
    without.close()
    assert first < second


@pytest.mark.parametrize("typed", ["你好@", "請@bo", "_@bo", "＠bo", "@alice/@bo"])
def test_names_are_offered_wherever_they_mention(person: MakePerson, typed: str) -> None:
    alice, bob = person("alice"), person("bob")
    alice.enter(alice.account.make_group(bob.account))
    alice.page.locator("#compose-body").focus()
    alice.page.keyboard.insert_text(typed)
    expect(alice.page.get_by_role("option").first).to_be_visible()
    alice.page.keyboard.press("Enter")
    expect(alice.page.locator("#compose-body")).to_have_value(
        f"{typed[: max(typed.rfind('@'), typed.rfind('＠'))]}@{bob.name} "
    )


def test_no_names_are_offered_inside_an_address(person: MakePerson) -> None:
    alice, bob = person("alice"), person("bob")
    alice.enter(alice.account.make_group(bob.account))
    for typed in ("é@bo", "user@bo", "1@bo"):
        alice.page.fill("#compose-body", typed)
        expect(alice.page.get_by_role("option")).to_have_count(0)
