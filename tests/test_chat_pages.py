"""The chat pages as the server renders them: they work without a script."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from groups import actions
from groups.models import Conversation
from tests.many_conversations import make_conversations
from tests.people import create_group

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser() -> Callable[[User], Client]:
    def make(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def alice_browser(browser: Callable[[User], Client], alice: User) -> Client:
    return browser(alice)


def address(group: Conversation) -> str:
    return f"/c/{group.id}/"


def say(client: Client, group: Conversation, body: str, key: str | None = None) -> int:
    return client.post(address(group), {"key": key or str(uuid.uuid4()), "body": body}).status_code


def bubbles(client: Client, path: str) -> list[str]:
    return re.findall(r'<div class="bubble[^>]*>(.*?)</div>', client.get(path).content.decode(), re.DOTALL)


def test_the_list_shows_the_conversations_of_who_asks(alice_browser: Client, group: Conversation) -> None:
    Conversation.objects.create(kind="group", name="Not hers")
    page = alice_browser.get("/c/").content.decode()
    assert "Climbing" in page
    assert "Not hers" not in page


def test_a_page_carries_each_message_once(alice_browser: Client, bob: User, group: Conversation) -> None:
    elsewhere = create_group(bob, name="Elsewhere", members=[])
    for number in range(3):
        say(alice_browser, group, f"line {number}, a sentence")
    say(alice_browser, group, "the newest, which the list shows too")
    page = alice_browser.get(address(group)).content.decode()
    assert [page.count(f"line {number}, a sentence") for number in range(3)] == [1, 1, 1]
    [data] = re.findall(r'<link id="parley-page"[^>]* href="([^"]+)"', page)
    bodies = [change.get("body") for change in alice_browser.get(data).json()["changes"]]
    assert bodies[-4:] == [
        "line 0, a sentence",
        "line 1, a sentence",
        "line 2, a sentence",
        "the newest, which the list shows too",
    ]
    assert alice_browser.get(f"/c/{elsewhere.id}/page").status_code == 404


def test_a_page_is_as_small_with_many_conversations_as_with_few(alice_browser: Client, alice: User) -> None:
    """Bytes, rows and queries: whatever is in the list beyond what a page shows."""
    make_conversations(alice, 40)
    sizes = []
    for more in (0, 260):
        place = [*make_conversations(alice, more), *Conversation.objects.all()][0]
        for path in ("/c/", address(place), "/search/", "/saved/"):
            alice_browser.get(path)  # what is asked once is not counted
            with CaptureQueriesContext(connection) as queries:
                page = alice_browser.get(path).content.decode()
            sizes.append((len(page), page.count('<a class="row'), len(queries)))
    few, many = sizes[:4], sizes[4:]
    for (bytes_few, rows_few, queries_few), (bytes_many, rows_many, queries_many) in zip(few, many, strict=True):
        assert {rows_few, rows_many} <= {30, 31}
        assert bytes_many < 1.1 * bytes_few < 150_000
        assert queries_many <= queries_few + 1


def test_a_stranger_is_sent_to_sign_in_and_back(client: Client) -> None:
    answer = client.get("/c/")
    assert answer.status_code == 302
    assert answer["Location"].endswith("?next=/c/")


def test_a_form_sends_a_message_and_comes_back_to_it(alice_browser: Client, group: Conversation) -> None:
    assert say(alice_browser, group, "Hello\r\nthere") == 303
    assert bubbles(alice_browser, address(group)) == ["Hello\nthere"]


def test_the_same_form_sent_twice_is_one_message(alice_browser: Client, group: Conversation) -> None:
    key = str(uuid.uuid4())
    assert [say(alice_browser, group, "Hello", key) for _ in range(2)] == [303, 303]
    assert bubbles(alice_browser, address(group)) == ["Hello"]


def test_what_people_write_is_shown_as_text(alice_browser: Client, group: Conversation) -> None:
    say(alice_browser, group, "<script>alert(1)</script> & </script>")
    page = alice_browser.get(address(group)).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_earlier_pages_are_reached_by_links(alice_browser: Client, group: Conversation) -> None:
    for number in range(70):
        say(alice_browser, group, f"line {number}")
    newest = alice_browser.get(address(group)).content.decode()
    before = re.search(r'href="(\?before=\d+)"', newest)
    assert before
    shown = bubbles(alice_browser, address(group))
    earlier = bubbles(alice_browser, address(group) + before[1])
    assert earlier + shown == [f"line {number}" for number in range(70)]
    assert "?after=" in alice_browser.get(address(group) + before[1]).content.decode()


def test_an_outsider_finds_nothing(browser: Callable[[User], Client], carol: User, group: Conversation) -> None:
    client = browser(carol)
    assert client.get(address(group)).status_code == 404
    assert say(client, group, "Let me in") == 404
    assert client.post(address(group), {"read": "1"}).status_code == 404


def test_unread_lines_are_counted_and_can_be_marked(
    browser: Callable[[User], Client], alice_browser: Client, bob: User, group: Conversation
) -> None:
    say(alice_browser, group, "For bob")
    client = browser(bob)
    page = client.get(address(group)).content.decode()
    assert '<li class="new">New ' in page
    head = re.search(r'name="read" value="(\d+)"', page)
    assert head
    assert client.post(address(group), {"read": head[1]}).status_code == 303
    assert '<li class="new">' not in client.get(address(group)).content.decode()


def test_in_a_channel_who_may_not_post_is_told_so_and_refused(
    browser: Callable[[User], Client], alice_browser: Client, alice: User, bob: User
) -> None:
    channel = create_group(alice, kind="channel", name="News", members=[bob])
    assert say(alice_browser, channel, "The bridge is closed") == 303
    assert bubbles(browser(bob), address(channel)) == ["The bridge is closed"]
    for client, may_post in ((alice_browser, True), (browser(bob), False)):
        page = client.get(address(channel)).content.decode()
        assert bool(re.search(r'<form class="compose"[^>]* hidden', page)) is not may_post
        assert bool(re.search(r'class="compose-closed"[^>]* hidden', page)) is may_post
    refused = browser(bob).post(address(channel), {"key": str(uuid.uuid4()), "body": "Let me"})
    assert refused.status_code == 403
    assert "Only admins post here." in refused.content.decode()
    actions.change_role(alice, conversation=channel, user=bob, role="admin")
    assert say(browser(bob), channel, "Now I may") == 303


@pytest.mark.parametrize(
    ("key", "body", "words"),
    [
        ("5f0c3c57-4a3e-4ab4-8b5b-0f6a4d1f2a10", "", "Write something first."),
        ("5f0c3c57-4a3e-4ab4-8b5b-0f6a4d1f2a10", " \u200b ", "nothing to see"),
        ("5f0c3c57-4a3e-4ab4-8b5b-0f6a4d1f2a10", "x" * 8001, "at most 8000 characters"),
        ("5f0c3c57-4a3e-4ab4-8b5b-0f6a4d1f2a10", "nul \x00", "Null characters are not allowed."),
        ("no key", "Hello", "The page was too old."),
        ("", "Hello", "The page was too old."),
    ],
)
def test_a_refused_message_stays_in_the_form(
    alice_browser: Client, group: Conversation, key: str, body: str, words: str
) -> None:
    answer = alice_browser.post(address(group), {"key": key, "body": body})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert words in page
    assert body.strip("\u200b \x00")[:60] in page
    assert uuid.UUID(re.search(r'name="key" value="([^"]+)"', page)[1])  # type: ignore[index]


@pytest.mark.parametrize("query", ["before=x", "after=-1", "at=1e9", "before=9" + "9" * 40, "before=1&after=2", "at=²"])
def test_a_position_that_is_no_number_is_a_bad_request(alice_browser: Client, group: Conversation, query: str) -> None:
    assert alice_browser.get(f"{address(group)}?{query}").status_code == 400


def test_a_mark_above_the_head_is_a_bad_request(alice_browser: Client, group: Conversation) -> None:
    for field, seq in (("read", "999999"), ("unread", "999999"), ("unread", "0"), ("unread", "x")):
        assert alice_browser.post(address(group), {field: seq}).status_code == 400


def test_private_pages_are_not_kept_by_caches(alice_browser: Client, group: Conversation) -> None:
    assert "no-store" in alice_browser.get(address(group))["Cache-Control"]


def test_every_module_of_the_page_is_fetched_at_once(alice_browser: Client) -> None:
    page = alice_browser.get("/c/").content.decode()
    for name in ("main", "store", "change-log", "timeline-items", "protocol"):
        assert re.search(rf'rel="modulepreload" href="/static/js/{name}[.\w]*\.js"', page), name


def test_the_first_page_reaches_up_to_what_is_unread(
    browser: Callable[[User], Client], alice_browser: Client, bob: User, group: Conversation
) -> None:
    for number in range(80):
        say(alice_browser, group, f"line {number}")
    assert bubbles(browser(bob), address(group))[0] == "line 0"
