"""Searches while the index is behind: of what is indexed at once, and of the newest that is not."""

from __future__ import annotations

import random
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from rest_framework.test import APIClient

from accounts import limits
from accounts.models import User
from groups.models import Conversation
from messaging.history import history
from messaging.models import SearchBlock, SearchCursor, SearchEntry
from messaging.search import index, recent, version
from messaging.search.folding import folded
from messaging.search.index import block_finding, blocks, cursors
from messaging.search.indexer import Indexer
from tests.messaging.searching import delete, edit, index_all, say, texts
from tests.people import create_group

pytestmark = pytest.mark.django_db(transaction=True)
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="blocks are SQLite's")


def asked(client: APIClient, q: str, **parameters: Any) -> Any:
    """Of the index as it is."""
    answer = client.get("/api/v1/search", {"q": q, **parameters})
    assert answer.status_code == 200, answer.content
    return answer.json()


def lines(page: Any) -> list[str]:
    return ["".join(part["text"] for part in row["snippet"]) for row in page["results"]]


def all_lines(client: APIClient, q: str, limit: int) -> list[str]:
    limits.reset()
    found: list[str] = []
    page = asked(client, q, limit=limit)
    while page["next"]:
        found += lines(page)
        page = client.get(page["next"]).json()
    return found + lines(page)


def test_what_was_said_a_moment_ago_is_found_before_it_is_indexed(
    alice: User, group: Conversation, alices: APIClient
) -> None:
    say(alice, group, "older tea")
    index_all()
    say(alice, group, "newer tea")
    page = asked(alices, "tea")
    assert lines(page) == ["newer tea", "older tea"]
    assert page["is_complete"] is True
    assert SearchEntry.objects.count() == 1


def test_an_edit_is_found_before_it_is_indexed(alice: User, group: Conversation, alices: APIClient) -> None:
    edited, gone = say(alice, group, "first words"), say(alice, group, "other words")
    index_all()
    edit(alice, group, edited, "second thoughts")
    delete(alice, group, gone)
    assert lines(asked(alices, "thoughts")) == ["second thoughts"]
    assert lines(asked(alices, "words")) == []


def test_of_a_long_backlog_the_newest_is_found_and_the_answer_says_that_there_is_more(
    alice: User, group: Conversation, alices: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "MAX_CHANGES", 3)
    say(alice, group, "indexed tea")
    index_all()
    for number in range(6):
        say(alice, group, f"tea {number}")
    page = asked(alices, "tea")
    assert lines(page) == ["tea 5", "tea 4", "tea 3", "indexed tea"]
    assert page["is_complete"] is False
    index_all()
    page = asked(alices, "tea")
    assert (len(page["results"]), page["is_complete"]) == (7, True)


def test_operators_hold_for_what_is_not_indexed_yet(
    alice: User, bob: User, group: Conversation, alices: APIClient
) -> None:
    say(alice, group, "my tea")
    say(bob, group, "his tea")
    assert lines(asked(alices, "tea from:me")) == ["my tea"]
    assert lines(asked(alices, "from:bob")) == ["his tea"]
    assert lines(asked(alices, "tea after:2999")) == lines(asked(alices, "tea before:2000")) == []
    assert lines(asked(alices, "tea has:file")) == []


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_pages_miss_nothing_and_repeat_nothing_wherever_the_index_stands(
    alice: User, bob: User, group: Conversation, alices: APIClient, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """Blocks of a few changes, of which one query reads two; some conversations indexed, one half, one not at all."""
    monkeypatch.setattr(blocks, "BLOCK_CHANGES", 4)
    monkeypatch.setattr(block_finding, "MAX_BLOCKS", 2)
    chance = random.Random(5)
    places = [group, *(create_group(alice, name=f"Group {n}", members=[bob]) for n in range(2))]
    said: dict[tuple[Any, int], str] = {}
    order: list[tuple[Any, int]] = []
    for number in range(60):
        place = places[2 if number > 50 else chance.randrange(2)]
        word, more = chance.choice(["tea", "teapot", "coffee"]), chance.choice(["明日の会議", "Überblick", "x"])
        body = f"{word} {number} {more}"
        key = place, say(alice, place, body)
        said[key] = body
        order.append(key)
        if number == 40:
            index_all()
    for key in chance.sample(order, 8):
        edit(alice, *key, body := f"edited tea {key[1]}")
        said[key] = body
    for key in chance.sample(order, 8):
        delete(alice, *key)
        said.pop(key, None)
    async_to_sync(Indexer(history()).finish)(places[0].pk)
    for q in ("tea", "te", "x", "会", "uberblick", "fee 1", "edited"):
        term = folded(q)
        wanted = [said[key] for key in reversed(order) if key in said and _has(term, folded(said[key]))]
        found = all_lines(alices, q if " " not in q else f'"{q}"', limit)
        assert sorted(found) == sorted(wanted), q
        assert found == wanted, q


def _has(term: str, text: str) -> bool:
    if len(term) > 2 or not term.isascii():
        return term in text
    return any(word.startswith(term) for word in text.split())


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_CHANGES", 8)


@on_sqlite
def test_entries_of_the_version_before_are_found_and_get_their_blocks_in_the_background(
    alice: User, group: Conversation, alices: APIClient, small_blocks: None
) -> None:
    for number in range(20):
        say(alice, group, f"tea {number}")
    index_all()
    SearchBlock.objects.all().delete()
    SearchCursor.objects.update(sealed=0)
    assert len(lines(asked(alices, "tea", limit=50))) == 20

    async def sweep() -> None:
        indexer = Indexer(history())
        await indexer.sweep()
        await indexer.work()

    async_to_sync(sweep)()
    assert SearchBlock.objects.filter(is_stale=False).count() == 2
    assert len(lines(asked(alices, "tea", limit=50))) == 20


@on_sqlite
def test_nothing_of_a_text_that_is_gone_stays_in_a_block(
    alice: User, group: Conversation, alices: APIClient, small_blocks: None
) -> None:
    seqs = [say(alice, group, "xylophone" if number == 3 else "drum") for number in range(8)]
    index_all()
    delete(alice, group, seqs[3])
    index_all()
    drums = blocks.signature(["drum"] * 7)
    assert {bytes(some) for some in SearchBlock.objects.values_list("signature", flat=True)} <= {
        drums,
        blocks.signature([]),
    }
    assert not SearchBlock.objects.filter(is_stale=True).exists()


def test_entries_of_an_older_version_are_made_anew_while_searches_go_on(
    alice: User, group: Conversation, alices: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep finds them. What was edited keeps its last text, and what was deleted stays away."""
    edited = say(alice, group, "old — tea")
    gone = say(alice, group, "secret tea")
    say(alice, group, "kept tea")
    edit(alice, group, edited, "new — tea")
    delete(alice, group, gone)
    index_all()
    monkeypatch.setattr(cursors, "INDEX_VERSION", version.INDEX_VERSION + 1)
    monkeypatch.setattr("messaging.search.texts.folded", lambda text: folded(text).replace("—", "-"))
    page = asked(alices, "tea")
    assert lines(page) == ["kept tea", "new — tea"]
    assert page["is_complete"] is False

    async def sweep() -> None:
        indexer = Indexer(history())
        await indexer.sweep()
        await indexer.work()

    async_to_sync(sweep)()
    assert sorted(SearchEntry.objects.values_list("text", flat=True)) == ["kept tea", "new - tea"]
    assert index.behind({group.pk: SearchCursor.objects.get().seq}) == []
    assert asked(alices, "tea")["is_complete"] is True
    assert texts(alices, "tea") == ["kept tea", "new — tea"]
