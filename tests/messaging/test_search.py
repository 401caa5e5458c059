"""Search from the request to the answer, on whichever database the tests run: the same texts are found on both."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import User
from groups import actions
from groups.models import Conversation
from messaging import actions as talk
from messaging.files.facts import FileFacts
from messaging.history import history
from messaging.markup import render
from messaging.models import SearchCursor, SearchEntry, SearchGram
from messaging.protocol import DeleteMessage, EditMessage, SendMessage
from messaging.search import index
from messaging.search.grams import grams_of_text
from messaging.search.index.contract import NAME_MARK
from messaging.search.indexer import Indexer
from messaging.search.query import read_query
from tests.messaging.conftest import message

pytestmark = pytest.mark.django_db(transaction=True)
Api = Callable[..., APIClient]


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that is busy with other things taking in a few messages may last."""
    monkeypatch.setattr("messaging.search.finding.CATCH_UP_SECONDS", 60.0)


def say(user: User, place: Conversation, body: str, **fields: Any) -> int:
    command = SendMessage(key=uuid.uuid4(), conversation_id=place.pk, body=body, **fields)
    return async_to_sync(talk.write)(user.pk, command).change.seq


def edit(user: User, place: Conversation, seq: int, body: str) -> None:
    command = EditMessage(key=uuid.uuid4(), conversation_id=place.pk, target=seq, body=body)
    async_to_sync(talk.write)(user.pk, command)


def delete(user: User, place: Conversation, seq: int) -> None:
    async_to_sync(talk.write)(user.pk, DeleteMessage(key=uuid.uuid4(), conversation_id=place.pk, target=seq))


def search(client: APIClient, q: str, **parameters: Any) -> Any:
    answer = client.get("/api/v1/search", {"q": q, **parameters})
    assert answer.status_code == 200, answer.content
    assert answer.json()["is_complete"] is True
    return answer.json()


def texts(client: APIClient, q: str, **parameters: Any) -> list[str]:
    rows = search(client, q, **parameters)["results"]
    return ["".join(part["text"] for part in row["snippet"]) for row in rows]


@pytest.fixture
def alices(alice: User, api: Api) -> APIClient:
    return api(alice)


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
    other = actions.create_group(alice, name="Baking club", members=[bob])
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
    assert texts(alices, "has:file") == ["the new plan plan_2027.pdf", "Überblick.png"]
    assert texts(alices, "new 2027 has:file") == ["the new plan plan_2027.pdf"]
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


def test_nothing_of_a_deleted_or_older_text_stays_in_the_index(alice: User, group: Conversation, alices: Any) -> None:
    edited, gone = say(alice, group, "xylophone"), say(alice, group, "quagmire")
    search(alices, "xylophone")
    edit(alice, group, edited, "drum")
    delete(alice, group, gone)
    search(alices, "drum")
    assert [row.text for row in SearchEntry.objects.all()] == ["drum"]
    assert grams_in_index() == grams_of_text("drum")


def grams_in_index() -> set[str]:
    if connection.vendor == "sqlite":
        return set(SearchGram.objects.values_list("gram", flat=True))
    with connection.cursor() as asking:
        asking.execute("SELECT DISTINCT unnest(grams) FROM messaging_searchentry")
        return {gram for (gram,) in asking.fetchall()}


def test_what_the_index_has_not_taken_in_yet_is_never_shown(
    alice: User, group: Conversation, alices: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that indexes was killed, say: the index still knows texts that are gone."""
    edited, gone = say(alice, group, "old words"), say(alice, group, "secret words")
    say(alice, group, "kept words")
    assert len(texts(alices, "words")) == 3

    async def lag(indexer: Indexer, ids: Any, seconds: float) -> bool:
        return False

    monkeypatch.setattr(Indexer, "catch_up", lag)
    edit(alice, group, edited, "new")
    delete(alice, group, gone)
    answer = alices.get("/api/v1/search", {"q": "words", "limit": 1}).json()
    assert [row["snippet"][0]["text"] for row in answer["results"]] == ["kept "]
    rest = alices.get(answer["next"]).json()
    assert (rest["results"], rest["next"], rest["is_complete"]) == ([], None, False)


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
    actions.add_member(alice, conversation=group, user=carol)
    assert texts(api(carol), "between") == ["between us"]


def test_pages_go_on_where_the_last_ended(alice: User, bob: User, group: Conversation, alices: APIClient) -> None:
    other = actions.create_group(alice, name="Other", members=[bob])
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


def test_two_who_index_at_once_take_each_change_in_once(alice: User, group: Conversation) -> None:
    head = [say(alice, group, f"line {number}") for number in range(80)][-1]

    async def both() -> None:
        await asyncio.gather(*(Indexer(history()).finish(group.pk) for _ in range(3)))

    async_to_sync(both)()
    assert SearchCursor.objects.get(conversation_id=group.pk).seq == head
    assert SearchEntry.objects.count() == 80
    assert not index.advance(group.pk, head - 5, head, index.Batch())


def test_no_step_keeps_those_who_send_waiting_for_long(
    alice: User, group: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In SQLite who writes has the database alone; in PostgreSQL the steps are larger."""
    steps: list[int] = []
    advance = index.advance

    def noted(conversation_id: uuid.UUID, after: int, upto: int, batch: index.Batch) -> bool:
        steps.append(upto - after)
        return advance(conversation_id, after, upto, batch)

    monkeypatch.setattr(index, "advance", noted)
    head = [say(alice, group, f"line {number}") for number in range(25)][-1]
    async_to_sync(Indexer(history()).finish)(group.pk)
    most = 10 if connection.vendor == "sqlite" else 50
    assert sum(steps) == head
    assert max(steps) <= most


def test_a_sweep_finds_what_nobody_was_woken_for(alice: User, group: Conversation) -> None:
    say(alice, group, "forgotten")

    async def sweep() -> None:
        indexer = Indexer(history())
        await indexer.sweep()
        await asyncio.wait_for(indexer.work(), 20)

    async_to_sync(sweep)()
    assert SearchEntry.objects.filter(text="forgotten").exists()


def test_a_deleted_conversation_leaves_nothing_behind(alice: User, group: Conversation, alices: APIClient) -> None:
    say(alice, group, "to be gone")
    search(alices, "gone")
    actions.delete_group(alice, conversation=group)
    assert not SearchCursor.objects.exists()
    assert not SearchEntry.objects.exists()
    assert grams_in_index() == set()


def test_what_a_killed_worker_left_of_a_deleted_conversation_is_swept_away(
    alice: User, group: Conversation, alices: APIClient
) -> None:
    say(alice, group, "to be gone")
    search(alices, "gone")
    Conversation.objects.filter(pk=group.pk).delete()
    async_to_sync(Indexer(history()).sweep)()
    assert not SearchEntry.objects.exists()


def test_the_index_is_rebuilt_by_a_command(alice: User, group: Conversation, alices: APIClient) -> None:
    seq = say(alice, group, "first words")
    edit(alice, group, seq, "last words")
    delete(alice, group, say(alice, group, "no words"))
    search(alices, "words")
    SearchEntry.objects.update(text="something else")
    told = StringIO()
    call_command("rebuild_search", stdout=told)
    assert texts(alices, "words") == ["last words"]
    assert [row.text for row in SearchEntry.objects.all()] == ["last words"]
    assert "1 conversation" in told.getvalue()
