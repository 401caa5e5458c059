"""What one search may take: nothing of the event loop, a bounded part of a thread, and so many a minute."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from groups.models import Conversation
from messaging.history import history
from messaging.scope import wanted_by
from messaging.search import FoundPage, Search, finding, matching, snippets
from messaging.search.snippets import hits, snippet
from tests.messaging.searching import (
    index_all,
    say,
)

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "a b c d e f g h i j k l"
LONG = f"{WORDS} " * 300


async def test_the_event_loop_compares_no_text(
    alice: User, group: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits. Decoding, folding and marking 50 long messages held everybody's messages up for half a second."""

    for _ in range(2):
        await sync_to_async(say)(alice, group, LONG)
    await sync_to_async(index_all)()
    await sync_to_async(say)(alice, group, LONG)
    seen: set[threading.Thread] = set()

    def noting(work: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*arguments: Any) -> Any:
            seen.add(threading.current_thread())
            return work(*arguments)

        return noted

    for module, name in ((matching, "hits"), (matching, "decode_change"), (matching, "visible_text")):
        monkeypatch.setattr(module, name, noting(getattr(module, name)))
    wanted = await sync_to_async(wanted_by)(alice, WORDS)
    page = await Search(history()).find(wanted, 50)
    assert len(page.results) == 3
    assert seen
    assert threading.current_thread() not in seen


def test_one_search_looks_at_so_much_text_and_the_next_page_goes_on(
    alice: User, group: Conversation, alices: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10):
        say(alice, group, f"{number} {LONG}")
    monkeypatch.setattr(finding, "MAX_CHARACTERS", int(2.5 * len(LONG)))
    index_all()
    found: list[str] = []
    counts: list[int] = []
    address: str | None = "/api/v1/search?q=a+b+c&limit=50"
    while address:
        page = alices.get(address).json()
        found += [row["snippet"][0]["text"].split()[0] for row in page["results"]]
        counts.append(len(page["results"]))
        address = page["next"]
    assert found == [str(number) for number in reversed(range(10))]
    assert max(counts) <= 3


def test_letters_that_take_longer_to_fold_count_for_more() -> None:
    plain, wide = (matching.Budget(matching.MAX_CHARACTERS) for _ in range(2))
    plain.spend("a" * 1_000)
    wide.spend("é" * 1_000)
    assert matching.MAX_CHARACTERS - wide.characters == matching.WIDE_FACTOR * 1_000
    assert matching.MAX_CHARACTERS - plain.characters == 1_000


def test_of_a_long_text_only_what_its_snippet_shows_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "é " * 3_000 + LONG
    whole: list[int] = []
    fold = snippets.folded_with_places
    monkeypatch.setattr(snippets, "folded_with_places", lambda some: whole.append(len(some)) or fold(some))
    spans = hits(["a", "b", "c d"], text)
    assert spans
    assert text[slice(*spans[0])] == "a"
    assert len(spans) < 1_000
    assert whole
    assert max(whole) < 2_000
    assert [part.text for part in snippet(text, spans) if part.is_hit][:4] == ["a", "b", "c d", "a"]


@pytest.mark.parametrize("before", ["", "x" * 5_000, "é " * 700, "  \n " * 900 + "x ", "会議" * 2_000])
@pytest.mark.parametrize("between", [" ", "\n\n", " " * 3_000])
def test_a_hit_is_marked_wherever_in_a_long_text_it_is(before: str, between: str) -> None:
    text = f"{before} Früh{between}auf {before} früh"
    spans = hits(["fruh auf", "auf"], text)
    assert spans
    assert text[slice(*spans[0])] == f"Früh{between}auf"


def test_messages_that_are_near_each_other_are_read_at_once(
    alice: User, group: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        say(alice, group, f"tea {number}")
    store = history()
    reads: list[Any] = []
    read = store.page

    async def noted(*arguments: Any, **options: Any) -> Any:
        reads.append(options)
        return await read(*arguments, **options)

    wanted = wanted_by(alice, "tea")

    index_all()

    async def ask() -> FoundPage:
        one = Search(store)
        monkeypatch.setattr(store, "page", noted)
        return await one.find(wanted, 30)

    page = async_to_sync(ask)()
    assert [found.seq for found in page.results] == sorted((found.seq for found in page.results), reverse=True)
    assert len(page.results) == 30
    assert len(reads) == 1


def test_searches_have_a_limit_of_their_own(
    alices: APIClient, bob: User, api: Callable[..., APIClient], settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "search_by_user": "3/minute"}
    for _ in range(3):
        assert alices.get("/api/v1/search", {"q": "tea"}).status_code == 200
    refused = alices.get("/api/v1/search", {"q": "tea"})
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert alices.get("/api/v1/conversations").status_code == 200
    assert api(bob).get("/api/v1/search", {"q": "tea"}).status_code == 200


def test_the_page_counts_under_the_same_limit(alice: User, client: Client, alices: APIClient, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "search_by_user": "2/minute"}
    client.force_login(alice)
    assert alices.get("/api/v1/search", {"q": "tea"}).status_code == 200
    assert client.get("/search/", {"q": "tea"}).status_code == 200
    refused = client.get("/search/", {"q": "tea"})
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) >= 1
    assert "Wait a little" in refused.content.decode()
    assert client.get("/search/").status_code == 200
