"""A page read early, with everything told since, shows what a page read late shows: for every type of change, in the
Python client and in the browser's store."""

from __future__ import annotations

import json
import subprocess
import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest

from messaging.client import Timeline
from messaging.files.facts import FileFacts
from messaging.fold import Annotations, Facts
from messaging.history import Draft, History, Page, Stored
from messaging.protocol import CHANGES, AnyChange, ConversationRenamed, MessageSent, decode_change
from tests.messaging.conftest import deletion, edit, message, pin, reaction
from tests.test_javascript import ROOT, node

ALICE, BOB = uuid.uuid4(), uuid.uuid4()
WINDOW = 8
PICTURE = FileFacts(uuid.uuid4(), "beach.jpg", 2_000, "image/jpeg", 40, 20)
FILE = FileFacts(uuid.uuid4(), "plan.pdf", 3_000, "application/pdf")
FACTS = {"name": "Climbing", "description": "On rock", "kind": "channel", "slow_seconds": 30}
FILLED = {"user_id": BOB, "role": "admin", **FACTS}


@pytest.fixture
def place() -> uuid.UUID:
    return uuid.uuid4()


def other_change(place: uuid.UUID, kind: type[AnyChange]) -> Draft:
    """Of a type that concerns no message."""
    fields: dict[str, Any] = {"conversation_id": place, "id": uuid.uuid4(), "key": uuid.uuid4(), "author_id": ALICE}
    own = {field.name for field in msgspec.structs.fields(kind)}
    return Draft(kind(**fields, **{name: value for name, value in FILLED.items() if name in own}))


def carry(draft: Draft, file: FileFacts) -> None:
    assert isinstance(draft.change, MessageSent)
    draft.change.file, draft.change.content_type = file, "image" if file.is_picture else "file"


async def live(store: History, place: uuid.UUID) -> list[Stored]:
    """Every type of change, and of those that concern a message several in every order."""
    told: list[Stored] = []

    async def happens(draft: Draft) -> Stored:
        [outcome] = await store.commit([draft])
        assert isinstance(outcome, Stored)
        told.append(outcome)
        return outcome

    drafts = [message(place, ALICE, f"line {number}") for number in range(6)]
    carry(drafts[3], FILE)
    carry(drafts[4], PICTURE)
    sent = [await happens(draft) for draft in drafts]
    for name, kind in CHANGES.items():
        if not name.startswith(("message.", "reaction.")):
            await happens(other_change(place, kind))
    for target in (sent[0], sent[1], sent[0], sent[5]):
        await happens(edit(target, f"better **{len(told)}**"))
    sent.append(await happens(message(place, BOB, "late", mentions=[ALICE], mentions_all=True)))
    await happens(edit(sent[3], ""))
    await happens(edit(sent[4], "Look here"))
    for emoji, removed in (("👍", False), ("🎉", False), ("👍", True), ("❤️", False), ("👍", False), ("🎉", True)):
        for user in (ALICE, BOB):
            await happens(reaction(sent[0], user, emoji, removed=removed))
    await happens(reaction(sent[2], BOB))
    for sent_at, removed in ((0, False), (3, False), (0, True), (4, False), (3, False), (4, True), (5, False)):
        await happens(pin(sent[sent_at], BOB, removed=removed))
    await happens(pin(sent[2], ALICE))
    await happens(deletion(sent[2]))
    await happens(deletion(sent[1]))
    await happens(edit(sent[6], "late, and better"))
    await happens(deletion(sent[6]))
    await happens(deletion(sent[4]))
    return told


async def window(store: History, place: uuid.UUID, head: int) -> Page:
    """The first messages, while the conversation stands at `head`: a page, and what concerns it."""
    return await store.page(place, after=0, limit=min(WINDOW, head))


def held(page: Page) -> Timeline:
    timeline = Timeline()
    for content in page.changes:
        timeline.put(decode_change(content))
    for content in page.later:
        timeline.put_later(decode_change(content))
    return timeline


def facts_at(told: list[Stored], since: int) -> Facts:
    """What REST says of the conversation when `since` is the head."""
    before, facts = Facts(), Facts(since)
    for item in told[:since]:
        before.put(item.change)
    facts.said = before.said
    return facts


async def snapshots(
    store: History, place: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[Page], list[Stored]]:
    """What a page said after each change."""
    pages: list[Page] = []
    commit = store.commit

    async def commit_and_look(drafts: Any) -> Any:
        outcomes = await commit(drafts)
        pages.append(await window(store, place, len(pages) + 1))
        return outcomes

    monkeypatch.setattr(store, "commit", commit_and_look)
    return pages, await live(store, place)


async def test_a_stale_page_and_the_events_are_a_fresh_page(
    store: History, place: uuid.UUID, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pages, told = await snapshots(store, place, monkeypatch)
    assert {type(item.change) for item in told} == set(CHANGES.values())
    latest = held(await store.page(place, after=0, limit=100))
    fresh = latest.messages()
    assert latest.facts.said == FACTS | {f"role:{BOB}": "admin"}
    for page, since in zip(pages, range(1, len(told) + 1), strict=True):
        timeline = held(page)
        timeline.facts = facts_at(told, since)
        for item in told[since:]:
            timeline.arrive(item.change)
        shown = timeline.messages()
        assert shown == {seq: fresh[seq] for seq in shown}
        assert timeline.facts.said == latest.facts.said
    _check_in_the_browsers_store(pages, told, await store.page(place, after=0, limit=100), tmp_path)


def _check_in_the_browsers_store(pages: list[Page], told: list[Stored], fresh: Page, folder: Path) -> None:
    life = folder / "life.json"
    life.write_text(
        json.dumps(
            {
                "pages": [_decoded(page) for page in pages],
                "told": [json.loads(item.content) for item in told],
                "fresh": _decoded(fresh),
                "facts": [facts_at(told, since).said for since in range(1, len(told) + 1)],
                "shown": {seq: _shown(shown) for seq, shown in held(fresh).messages().items()},
            }
        )
    )
    answer: subprocess.CompletedProcess[str] = node(
        "--no-warnings", str(ROOT / "tests/js/stale-and-fresh.mjs"), str(life)
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def _decoded(page: Page) -> dict[str, Any]:
    changes, later = [json.loads(content) for content in page.changes], [json.loads(content) for content in page.later]
    return {"changes": changes, "later": later, "head": page.head}


def _shown(shown: Any) -> dict[str, Any]:
    return {
        "body": shown.body,
        "html": shown.html,
        "editedAt": shown.edited_at,
        "deleted": shown.is_deleted,
        "pinned": shown.is_pinned,
        "file": msgspec.to_builtins(shown.file),
        "reactions": [{"emoji": emoji, "users": [*map(str, users)]} for emoji, users in shown.reactions.items()],
    }


def test_of_what_is_said_of_a_conversation_the_newest_counts(place: uuid.UUID) -> None:
    about: dict[str, Any] = {"conversation_id": place, "author_id": ALICE, "key": uuid.uuid4(), "id": uuid.uuid4()}
    renamed = [ConversationRenamed(seq=seq, name=f"name {seq}", **about) for seq in (3, 7, 5)]
    facts = Facts()
    for change in renamed:
        facts.put(change)
    assert facts.said == {"name": "name 7"}
    facts = Facts(since=7)
    for change in renamed:
        facts.put(change)
    assert facts.said == {}


def test_the_order_of_arrival_does_not_matter(place: uuid.UUID) -> None:
    from itertools import permutations

    sent = MessageSent(conversation_id=place, seq=1, id=uuid.uuid4(), key=uuid.uuid4(), author_id=ALICE, body="one")
    stored = Stored(sent, b"", repeated=False)
    changes = [edit(stored, "two").change, edit(stored, "three").change, deletion(stored).change]
    for seq, change in enumerate(changes, 2):
        change.seq = seq
    for some in (changes[:2], changes):
        results = [Annotations(order).shown(sent) for order in permutations([*some, some[0]])]
        assert all(result == results[0] for result in results)
    assert Annotations(changes[:2]).shown(sent).body == "three"
    assert Annotations(changes).shown(sent).is_deleted
