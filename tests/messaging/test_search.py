"""Search from the request to the answer, on whichever database the tests run: the same texts are found on both."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from rest_framework.test import APIClient

from accounts.models import User
from groups import actions
from groups.models import Conversation
from messaging.files.facts import FileFacts
from messaging.history import history
from messaging.markup import render
from messaging.search import index
from messaging.search.index.contract import NAME_MARK
from messaging.search.query import read_query
from tests.messaging.conftest import message
from tests.messaging.searching import (
    delete,
    edit,
    say,
    search,
    texts,
)
from tests.people import add_member, create_group

pytestmark = pytest.mark.django_db(transaction=True)
Api = Callable[..., APIClient]


SAID = [
    "Meet me at the cooperative",
    "Crème brûlée für alle",
    "明日の会議は十時です",
    "여러분 안녕하세요",
    "我们明天开会",
    "See you tomorrow at **the** climbing wall",
    "100%_sure it's C:\\temp",
    "Hello 🎉",
]
ASKED = {
    "coop": [0],
    "the": [0, 5],
    "a": [0, 1, 5],
    "at the": [0, 5],
    '"at the"': [0, 5],
    '"the climbing"': [5],
    '"climbing the"': [],
    "CREME": [1],
    "brulee alle": [1],
    "会議": [2],
    "会": [2, 4],
    "開会": [],
    "안녕": [3],
    "明天": [4],
    "100%": [6],
    "100%_s": [6],
    "100%s": [],
    "0%_s": [],
    "c:\\temp": [6],
    "🎉": [7],
    "nothing": [],
}


def test_what_was_said_is_found_by_words_and_parts_of_them(alice: User, group: Conversation, alices: Any) -> None:
    for body in SAID:
        say(alice, group, body)
    plain = [body.replace("**", "") for body in SAID]
    for q, found in ASKED.items():
        assert texts(alices, q) == [plain[number] for number in reversed(found)], q


def test_operators_choose_by_person_place_time_and_kind(
    alice: User, bob: User, carol: User, group: Conversation, alices: APIClient
) -> None:
    other = create_group(alice, name="Baking club", members=[bob])
    direct, _ = actions.open_direct(alice, carol)
    say(alice, group, "one tea")
    say(bob, group, "two tea")
    say(bob, other, "three tea")
    say(carol, direct, "four tea")
    assert texts(alices, "tea") == ["four tea", "three tea", "two tea", "one tea"]
    assert texts(alices, "tea from:me") == ["one tea"]
    assert texts(alices, "from:@BOB") == ["three tea", "two tea"]
    assert texts(alices, 'from:"Alice archer"') == ["one tea"]
    assert texts(alices, "from:me from:carol") == ["four tea", "one tea"]
    assert texts(alices, 'tea in:"baking CLUB"') == ["three tea"]
    assert texts(alices, "tea in:climbing in:@carol") == ["four tea", "two tea", "one tea"]
    actions.change_group(alice, conversation=other, name="@Baking")
    assert texts(alices, "tea in:@Baking") == ["three tea"]
    assert texts(alices, "tea", conversation_id=group.pk) == ["two tea", "one tea"]
    today = datetime.fromisoformat(search(alices, "one")["results"][0]["sent_at"]).date().isoformat()
    assert texts(alices, f"one after:{today}") == ["one tea"]
    assert texts(alices, f"one before:{today}") == []
    assert texts(alices, "one after:2000-01 before:2999") == ["one tea"]
    assert texts(alices, "tea has:file") == []


def test_a_file_is_found_by_what_it_is_and_is_called(alice: User, group: Conversation, alices: APIClient) -> None:
    say(alice, group, "a plan")
    for kind, name, body in (("image", "Überblick.png", ""), ("file", "plan_2027.pdf", "the **new** plan")):
        draft = message(group.pk, alice.pk, body)
        draft.change.content_type = kind
        draft.change.html = render(body)
        draft.change.file = FileFacts(id=uuid.uuid4(), name=name, size=1, media_type="application/octet-stream")
        async_to_sync(history().commit)([draft])
    assert texts(alices, "has:image") == texts(alices, "uberblick") == ["Überblick.png"]
    assert texts(alices, "has:file") == ["the new plan · plan_2027.pdf", "Überblick.png"]
    assert texts(alices, "new 2027 has:file") == ["the new plan · plan_2027.pdf"]
    assert [row["content_type"] for row in search(alices, "plan")["results"]] == ["file", "text"]


def test_the_name_of_a_file_outlives_an_edit_of_what_is_said_of_it(alice: User, group: Conversation) -> None:
    entry = index.Entry(7, alice.pk, "2026-01-02T03:04:05.678901Z", "file", f"the plan{NAME_MARK}plan.pdf")
    assert index.cursor_of(group.pk) == 0
    assert index.advance(group.pk, 0, 7, index.Batch(entries=[entry]))
    assert index.advance(group.pk, 7, 8, index.Batch(texts={7: "the map"}))

    def found(q: str) -> int:
        asked = read_query(q)
        return len(index.find(index.Wanted([group.pk], asked.terms, asked.grams), 5))

    assert [found(q) for q in ("plan.pdf", "map", "the pdf", '"the plan"', '"map plan"')] == [1, 1, 1, 0, 0]


def test_edits_and_deletions_are_searched_as_they_are_now(alice: User, group: Conversation, alices: Any) -> None:
    kept, edited, gone = (say(alice, group, f"{word} apple") for word in ("kept", "old", "secret"))
    assert len(texts(alices, "apple")) == 3
    edit(alice, group, edited, "fresh pear")
    delete(alice, group, gone)
    assert texts(alices, "apple") == ["kept apple"]
    assert texts(alices, "pear") == ["fresh pear"]
    assert texts(alices, "old") == texts(alices, "secret") == []
    row = search(alices, "kept")["results"][0]
    assert (row["conversation_id"], row["seq"]) == (str(group.pk), kept)


def test_only_members_find_it_and_only_as_long_as_they_are(
    alice: User, bob: User, carol: User, group: Conversation, api: Api
) -> None:
    say(alice, group, "between us")
    assert texts(api(bob), "between") == ["between us"]
    assert texts(api(carol), "between") == []
    actions.remove_member(alice, conversation=group, user=bob)
    assert texts(api(bob), "between") == []
    absent = api(bob).get("/api/v1/search", {"q": "between", "conversation_id": group.pk})
    assert (absent.status_code, absent.json()["code"]) == (404, "not_found")
    assert api(bob).get("/api/v1/search", {"q": "in:Climbing"}).json()["field"] == "in"
    add_member(alice, conversation=group, user=carol)
    assert texts(api(carol), "between") == ["between us"]


def test_pages_go_on_where_the_last_ended(alice: User, bob: User, group: Conversation, alices: APIClient) -> None:
    other = create_group(alice, name="Other", members=[bob])
    for number in range(7):
        say(alice, (group, other)[number % 2], f"line {number}")
    found: list[str] = []
    address: str | None = "/api/v1/search?q=line&limit=3"
    while address:
        page = alices.get(address).json()
        found += ["".join(part["text"] for part in row["snippet"]) for row in page["results"]]
        address = page["next"]
    assert found == [f"line {number}" for number in reversed(range(7))]
    assert search(alices, "line 3", limit=1)["next"] is None


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({}, "q"),
        ({"q": " "}, "q"),
        ({"q": "x" * 201}, "q"),
        ({"q": "tea from:nobody"}, "from"),
        ({"q": "in:nowhere"}, "in"),
        ({"q": "after:soon"}, "after"),
        ({"q": "has:wings"}, "has"),
        ({"q": ["a", "b"]}, "q"),
        ({"q": "tea", "limit": 0}, "limit"),
        ({"q": "tea", "limit": 51}, "limit"),
        ({"q": "tea", "cursor": "abc"}, "cursor"),
        ({"q": "tea", "zone": "Middle/Earth"}, "zone"),
        ({"q": "tea", "zone": "../../etc/passwd"}, "zone"),
        ({"q": "tea", "conversation_id": "7"}, "conversation_id"),
    ],
)
def test_a_bad_query_is_refused_and_told_why(alices: APIClient, parameters: dict[str, Any], field: str) -> None:
    answer = alices.get("/api/v1/search", parameters)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "invalid", field)
