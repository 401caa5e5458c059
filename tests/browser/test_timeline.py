"""Where one is in a timeline: what scrolling, others' messages, coming back and addresses do to it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakePerson, in_a_group
from tests.live import Account

pytestmark = [pytest.mark.browser, pytest.mark.server]
Fill = Callable[[Account, str, list[str]], None]


SCROLL_STEP = """async () => {
  const lines = document.querySelector(".lines");
  const frame = () => new Promise(requestAnimationFrame);
  const box = lines.getBoundingClientRect();
  const middle = document.elementFromPoint(box.left + box.width / 2, box.top + 40).closest("li")
    ?? [...document.querySelectorAll("li.m")].find((row) => row.getBoundingClientRect().bottom > box.top + 40);
  const before = middle.getBoundingClientRect().top;
  const room = lines.scrollHeight - lines.clientHeight + lines.scrollTop;
  lines.scrollTop -= 600;
  const expected = before + Math.min(600, room);
  let worst = 0;
  for (let count = 0; count < 12; count += 1) {
    await frame();
    if (!middle.isConnected) break;
    worst = Math.max(worst, Math.abs(middle.getBoundingClientRect().top - expected));
  }
  return { worst, rows: document.querySelectorAll("li.m").length, text: document.querySelector("li.m").textContent };
}"""


def test_a_thousand_messages_scroll_up_without_a_jump(person: MakePerson, history: Fill) -> None:
    alice, bob = person("alice"), person("bob")
    group = in_a_group(alice, bob)
    bodies = [f"line {number} " + "words that take a line or more " * (number % 7) for number in range(1000)]
    history(alice.account, group, bodies)
    bob.account.api.put(f"conversations/{group}/read", json={"seq": 1001}).raise_for_status()
    bob.sign_in(f"/c/{group}/")
    expect(bob.page.locator("li.m").last).to_contain_text("line 999")
    deadline = time.monotonic() + 60
    while True:
        seen = bob.page.evaluate(SCROLL_STEP)
        assert seen["worst"] <= 3
        assert seen["rows"] <= 450
        if "line 0 " in seen["text"]:
            break
        assert time.monotonic() < deadline, seen
    bob.page.click("[data-part=newest]")
    expect(bob.page.locator("li.m").last).to_contain_text("line 999")
    expect(bob.page.locator("li.m").last).to_be_in_viewport()


def test_the_view_stays_when_others_write_and_a_pill_leads_down(person: MakePerson, history: Fill) -> None:
    alice, bob = person("alice"), person("bob")
    group = in_a_group(alice, bob)
    history(alice.account, group, [f"line {number}" for number in range(120)])
    bob.account.api.put(f"conversations/{group}/read", json={"seq": 121})
    bob.enter(group)
    expect(bob.page.locator("li.m").last).to_contain_text("line 119")
    bob.page.evaluate("document.querySelector('.lines').scrollTop = -1500")
    row = bob.page.locator("li.m", has_text="line 80").first
    before = row.bounding_box()
    history(alice.account, group, ["news one", "news two"])
    expect(bob.page.locator("[data-part=newest]")).to_have_text("2 new")
    after = row.bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) <= 2
    bob.page.click("[data-part=newest]")
    bob.expect_lines("news one", "news two")
    expect(bob.page.locator("li.m").last).to_be_in_viewport()
    expect(bob.page.locator("[data-part=newest]")).to_be_hidden()


SCROLL_AND_RESIZE = """async ({ from, draws }) => {
  const lines = document.querySelector(".lines");
  const frame = () => new Promise(requestAnimationFrame);
  lines.scrollTop = from;
  await frame();
  await frame();
  const edge = lines.getBoundingClientRect().top + 80;
  const row = [...document.querySelectorAll("li.m")].find((one) => one.getBoundingClientRect().top > edge);
  const before = row.getBoundingClientRect().top;
  requestAnimationFrame(() => {
    lines.scrollTop -= 67;
    lines.style.marginBottom = "40px"; // as by what is shown below it
  });
  if (draws) document.querySelector("message-list").window.moved(); // in the same frame, after the scrolling
  await frame();
  await frame();
  return row.getBoundingClientRect().top - before;
}"""


def test_a_pane_that_changes_its_size_takes_no_scrolling_back(person: MakePerson, history: Fill) -> None:
    alice = person("alice")
    group = in_a_group(alice)
    history(alice.account, group, [f"line {number}" for number in range(120)])
    alice.enter(group)
    expect(alice.page.locator("li.m").last).to_contain_text("line 119")
    for start, draws in ((-900, False), (-900, True), (0, False), (0, True)):
        assert abs(alice.page.evaluate(SCROLL_AND_RESIZE, {"from": start, "draws": draws}) - 67) <= 1
        alice.page.evaluate("document.querySelector('.lines').style.marginBottom = ''")


def test_the_unread_line_stays_until_the_person_leaves(person: MakePerson, history: Fill) -> None:
    alice, bob = person("alice"), person("bob")
    group, other = in_a_group(alice, bob), in_a_group(alice, bob)
    bob.enter(other)
    history(alice.account, group, ["one", "two"])
    row = bob.page.locator(f"conversation-list a[data-id='{group}']")
    expect(row.locator(".count")).to_contain_text("2")
    expect(bob.page).to_have_title("(2) " + bob.page.title().removeprefix("(2) "))
    row.click()
    expect(bob.page.locator("li.new")).to_be_visible()
    expect(row.locator(".count")).to_have_count(0)
    history(alice.account, group, ["three"])
    bob.expect_lines("one", "two", "three")
    expect(bob.page.locator("li.new")).to_have_count(1)
    bob.page.locator(f"conversation-list a[data-id='{other}']").click()
    row.click()
    bob.expect_lines("one", "two", "three")
    expect(bob.page.locator("li.new")).to_have_count(0)
    bob.wait_unread(group, 0)


def test_drafts_and_positions_are_kept_and_back_works(person: MakePerson, history: Fill) -> None:
    alice = person("alice")
    one, two = in_a_group(alice), in_a_group(alice)
    history(alice.account, one, [f"line {number}" for number in range(150)])
    alice.enter(one)
    alice.page.fill("#compose-body", "half a thought")
    alice.page.evaluate("document.querySelector('.lines').scrollTop = -2000")
    middle = alice.page.locator("li.m", has_text="line 90").first
    before = middle.bounding_box()
    alice.page.locator(f"conversation-list a[data-id='{two}']").click()
    expect(alice.page.locator("#compose-body")).to_have_value("")
    expect(alice.page).to_have_url(f"{alice.url}/c/{two}/")
    alice.page.go_back()
    expect(alice.page.locator("#compose-body")).to_have_value("half a thought")
    expect(middle).to_be_visible()
    after = middle.bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) <= 3
    alice.page.reload()
    expect(alice.page.locator("#compose-body")).to_have_value("half a thought")


def test_a_message_has_an_address(person: MakePerson, history: Fill) -> None:
    alice = person("alice")
    group = in_a_group(alice)
    history(alice.account, group, [f"line {number}" for number in range(300)])
    alice.sign_in(f"/c/{group}/?at=51")
    row = alice.page.locator("#m51")
    expect(row).to_be_in_viewport()
    expect(row).to_contain_text("line 49")
    expect(alice.page.locator("[data-part=newest]")).to_be_visible()
    alice.page.locator("[data-part=newest]").click()
    expect(alice.page.locator("li.m").last).to_contain_text("line 299")
