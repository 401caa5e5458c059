"""The order of a user's conversations: where somebody spoke last comes first, whatever else happens elsewhere."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from groups import actions
from groups.actions import set_attention
from groups.models import Conversation
from messaging import actions as talk
from messaging.listing import ConversationRow, list_conversations
from messaging.protocol import AddReaction, AnyWrite, DeleteMessage, EditMessage, SendMessage
from tests.many_conversations import make_conversations
from tests.people import add_member, create_group

pytestmark = pytest.mark.django_db(transaction=True)


def write(user: User, command: AnyWrite) -> int:
    return async_to_sync(talk.write)(user.pk, command).change.seq


def say(user: User, place: Conversation, body: str) -> int:
    return write(user, SendMessage(key=uuid.uuid4(), conversation_id=place.pk, body=body))


def listed(user: User) -> list[ConversationRow]:
    return list_conversations(user, limit=50).rows


def test_who_edits_reacts_or_joins_lifts_no_conversation(
    alice: User, bob: User, carol: User, group: Conversation
) -> None:
    other = create_group(alice, name="Other", members=[bob])
    seq = say(alice, group, "first")
    said_at = {row.id: row.last_at for row in listed(bob)}[group.pk]
    say(alice, other, "second")
    order = [other.pk, group.pk]
    assert [row.id for row in listed(bob)] == order
    write(alice, EditMessage(key=uuid.uuid4(), conversation_id=group.pk, target=seq, body="mended"))
    write(bob, AddReaction(key=uuid.uuid4(), conversation_id=group.pk, target=seq, emoji="👍"))
    add_member(alice, conversation=group, user=carol)
    assert [row.id for row in listed(bob)] == order
    write(alice, DeleteMessage(key=uuid.uuid4(), conversation_id=group.pk, target=seq))
    assert [row.id for row in listed(bob)] == order
    assert {row.id: row.last_at for row in listed(bob)}[group.pk] == said_at
    say(bob, group, "third")
    assert [row.id for row in listed(bob)] == order[::-1]


@pytest.fixture
def many(alice: User) -> list[Conversation]:
    return make_conversations(alice, 120)


def ask(user: User, path: str) -> dict[str, Any]:
    client = Client()
    client.force_login(user)
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_pages_of_the_list_meet_and_cost_the_same_at_any_length(
    alice: User, bob: User, many: list[Conversation]
) -> None:
    found: list[tuple[str, str]] = []
    path = "conversations?limit=50"
    while path:
        page = ask(alice, path)
        found += [(row["last_at"], row["id"]) for row in page["results"]]
        path = page["next"].split("/api/v1/")[1] if page["next"] else ""
    assert found == sorted(found, reverse=True)
    assert sorted(id_ for _, id_ in found) == sorted(str(one.pk) for one in many)
    make_conversations(bob, 20)
    counts = []
    for user in (alice, bob):
        with CaptureQueriesContext(connection) as queries:
            assert len(list_conversations(user, limit=20).rows) == 20
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10


def test_the_server_filters_and_searches(alice: User, many: list[Conversation]) -> None:
    rows = ask(alice, "conversations?limit=200")["results"]
    unread = [row["id"] for row in rows if row["unread"]]
    assert 0 < len(unread) < len(rows)
    assert [row["id"] for row in ask(alice, "conversations?show=unread&limit=200")["results"]] == unread
    for shown, is_fitting in (("people", lambda kind: kind == "direct"), ("groups", lambda kind: kind != "direct")):
        wanted = [row["id"] for row in rows if is_fitting(row["kind"])]
        assert [row["id"] for row in ask(alice, f"conversations?show={shown}&limit=200")["results"]] == wanted
    called = {row["name"] for row in ask(alice, "conversations?search=gROUP 11")["results"]}
    assert called == {f"Group {number}" for number in (11, 110, 111, 112, 113)}
    assert [row["name"] for row in ask(alice, "conversations?search=son 77")["results"]] == ["Person 77"]
    assert ask(alice, "conversations?search=son 77&show=groups")["results"] == []
    page = ask(alice, "conversations?show=groups&search=Group&limit=30")
    following = ask(alice, page["next"].split("/api/v1/")[1])
    assert [len(page["results"]), len(following["results"]), following["next"]] == [30, 18, None]


def test_one_asks_for_some_by_id(alice: User, bob: User, many: list[Conversation]) -> None:
    foreign = actions.create_group(bob, name="Not hers", members=[])
    ids = ",".join(str(one.pk) for one in (many[70], many[3], foreign))
    assert [row["id"] for row in ask(alice, f"conversations?ids={ids}")["results"]] == [
        str(many[70].pk),
        str(many[3].pk),
    ]


def test_the_totals_are_the_sum_of_the_rows(alice: User, many: list[Conversation]) -> None:
    set_attention(alice, conversation=many[0], level="nothing")
    set_attention(alice, conversation=many[2], is_muted=True)
    rows = ask(alice, "conversations?limit=200")["results"]
    totals = ask(alice, "unread")
    assert totals["conversations"] == sum(bool(row["unread"]) for row in rows) == 40
    assert totals["messages"] == sum(row["unread"] for row in rows)
    assert totals["mentions"] == sum(row["mentions"] for row in rows) > 0
    heard = [row for row in rows if row["attention"]["level"] == "all" and not row["attention"]["is_muted"]]
    assert totals["heard"] == sum(row["unread"] for row in heard) < totals["messages"]


@pytest.mark.parametrize(
    ("query", "field"),
    [("show=friends", "show"), ("cursor=nonsense", "cursor"), ("ids=1,2", "ids"), ("limit=0", "limit")],
)
def test_what_cannot_be_asked_names_its_field(alice: User, query: str, field: str) -> None:
    client = Client()
    client.force_login(alice)
    answer = client.get(f"/api/v1/conversations?{query}")
    assert (answer.status_code, answer.json()["field"]) == (400, field)
