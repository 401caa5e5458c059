"""The index of searches: what it holds of a conversation, who fills it, and what is gone from it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
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
from messaging.history import history
from messaging.models import SearchBlock, SearchCursor, SearchEntry
from messaging.search import index, recent
from messaging.search.grams import grams_of_text
from messaging.search.indexer import Indexer
from tests.messaging.searching import (
    delete,
    edit,
    say,
    search,
    texts,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_of_a_deleted_or_older_text_stays_in_the_index(alice: User, group: Conversation, alices: Any) -> None:
    edited, gone = say(alice, group, "xylophone"), say(alice, group, "quagmire")
    search(alices, "xylophone")
    edit(alice, group, edited, "drum")
    delete(alice, group, gone)
    search(alices, "drum")
    assert [row.text for row in SearchEntry.objects.all()] == ["drum"]
    if connection.vendor == "postgresql":
        assert grams_in_index() == grams_of_text("drum")


def grams_in_index() -> set[str]:
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

    monkeypatch.setattr(recent, "MAX_CONVERSATIONS", 0)
    edit(alice, group, edited, "new")
    delete(alice, group, gone)
    answer = alices.get("/api/v1/search", {"q": "words", "limit": 1}).json()
    assert [row["snippet"][0]["text"] for row in answer["results"]] == ["kept "]
    rest = alices.get(answer["next"]).json()
    assert (rest["results"], rest["next"], rest["is_complete"]) == ([], None, False)


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
    """In SQLite who writes has the database alone."""
    steps: list[int] = []
    advance = index.advance_all

    def noted(some: Sequence[index.Step]) -> set[uuid.UUID]:
        steps.append(sum(step.upto - step.after for step in some))
        return advance(some)

    monkeypatch.setattr(index, "advance_all", noted)
    monkeypatch.setattr("messaging.search.indexer.PAGE_CHANGES", 10)
    head = [say(alice, group, f"line {number}") for number in range(25)][-1]
    async_to_sync(Indexer(history()).finish)(group.pk)
    assert sum(steps) == head
    assert max(steps) <= 10


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
    assert not SearchBlock.objects.exists()


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
