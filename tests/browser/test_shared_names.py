"""Two people with one display name, as scripts draw them: each stands with the username."""

from __future__ import annotations

import uuid

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakePerson, Person, in_a_group

pytestmark = [pytest.mark.browser, pytest.mark.server]


def called(person: Person, name: str) -> str:
    """Gives them the name; how others read it."""
    person.account.api.patch("me", json={"display_name": name}).raise_for_status()
    return f"{name} \u2066(@{person.name})\u2069"


def say(person: Person, group: str, body: str) -> None:
    sent = person.account.api.post(f"conversations/{group}/messages", json={"key": str(uuid.uuid4()), "body": body})
    assert sent.status_code == 201, sent.text


@pytest.fixture
def namesakes(person: MakePerson) -> tuple[Person, Person, Person, str]:
    """Two who share a name of this test's alone, and a third who reads it."""
    name = f"Sam {uuid.uuid4().hex[:6].translate(str.maketrans('0123456789', 'ghjkmnpqrt')).title()}"
    one, other, reader = person("one"), person("other"), person("reader")
    for someone in (one, other):
        called(someone, name)
    return one, other, reader, name


def test_authors_and_notes_say_who_is_who(namesakes: tuple[Person, Person, Person, str]) -> None:
    one, other, reader, name = namesakes
    both = {someone.name: called(someone, name) for someone in (one, other)}
    group = in_a_group(one, other, reader)
    reader.enter(group)
    expect(reader.page.locator("li.note", has_text="added").first).to_have_text(
        f"{both[one.name]} added {both[other.name]}"
    )
    for someone in (one, other):
        say(someone, group, f"I am {someone.name}")
        row = reader.page.locator("li.m", has_text=f"I am {someone.name}")
        expect(row.locator(".who b")).to_have_text(both[someone.name])
    expect(reader.page.locator("conversation-list .last", has_text="I am other")).to_contain_text(both[other.name])
    for someone in (one, other):
        member = reader.page.locator("conversation-details a.person b", has_text=f"(@{someone.name})")
        expect(member).to_have_text(both[someone.name])


def test_the_list_and_the_finder_say_who_is_who(namesakes: tuple[Person, Person, Person, str]) -> None:
    one, other, reader, name = namesakes
    for someone in (one, other):
        reader.account.api.post("conversations", json={"user_id": someone.account.id}).raise_for_status()
    reader.sign_in("/c/")
    reader.wait_connected()
    rows = reader.page.locator("conversation-list a.row b.shared")
    expect(rows).to_have_count(2)
    assert sorted(rows.all_text_contents()) == sorted(f"{name} (@{someone.name})" for someone in (one, other))
    reader.page.keyboard.press("Control+k")
    reader.page.locator("quick-find input").fill(name)
    choices = reader.page.locator("quick-find [role=option] b", has_text="(@")
    expect(choices).to_have_text([f"{name} \u2066(@{someone.name})\u2069" for someone in (other, one)])
    reader.page.locator("quick-find input").press("Enter")
    expect(reader.page.locator("#talk-name")).to_have_text(f"{name} \u2066(@{other.name})\u2069")
    expect(reader.page).to_have_title(f"{name} \u2066(@{other.name})\u2069 · Parley")


def test_a_search_in_one_of_two_conversations_names_which(namesakes: tuple[Person, Person, Person, str]) -> None:
    one, other, reader, name = namesakes
    for someone in (one, other):
        reader.account.api.post("conversations", json={"user_id": someone.account.id}).raise_for_status()
    reader.sign_in("/c/")
    reader.wait_connected()
    reader.page.keyboard.press("Control+Shift+f")
    field = reader.page.locator("message-search input")
    field.press_sequentially("tea in:sam")
    offered = reader.page.locator("search-picker [role=option]")
    expect(offered).to_have_count(2)
    expect(offered.first).to_contain_text(name)
    field.press("Enter")
    expect(field).to_have_value(f"tea in:{other.name} ")
    field.press("Enter")
    expect(reader.page.locator("#searcher-status")).to_have_text("Nothing found.")


def test_mentions_offer_both_with_their_usernames_once(namesakes: tuple[Person, Person, Person, str]) -> None:
    one, other, reader, name = namesakes
    reader.enter(in_a_group(reader, one, other))
    reader.page.locator("#compose-body").press_sequentially("@sam")
    offered = reader.page.locator("mention-picker [role=option]")
    expect(offered).to_have_count(2)
    expect(offered.locator("b")).to_have_text([name, name])
    assert {hint.strip() for hint in offered.locator(".quiet").all_inner_texts()} == {f"@{one.name}", f"@{other.name}"}


def test_a_long_name_leaves_room_for_the_username(person: MakePerson) -> None:
    one, other, reader = person("one"), person("other"), person("reader")
    name = f"Wolfeschlegelsteinhausenbergerdorff {uuid.uuid4().hex[:12]}"
    for someone in (one, other):
        called(someone, name)
        reader.account.api.post("conversations", json={"user_id": someone.account.id}).raise_for_status()
    reader.sign_in("/c/")
    reader.wait_connected()
    for someone in (one, other):
        username = reader.page.locator("conversation-list .at-name", has_text=someone.name)
        expect(username).to_be_visible()
        assert username.evaluate("(one) => one.scrollWidth <= one.clientWidth")


def test_who_writes_is_named_apart_and_in_full(namesakes: tuple[Person, Person, Person, str]) -> None:
    one, _other, reader, name = namesakes
    hebrew = f"מירי {name}"
    group = in_a_group(reader, one)
    called(one, hebrew)
    reader.enter(group)
    one.enter(group)
    one.page.locator("#compose-body").press_sequentially("hm")
    expect(reader.page.locator("typing-line")).to_have_text(f"\u2068{hebrew}\u2069 is writing…")
