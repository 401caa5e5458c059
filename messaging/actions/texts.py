"""A text on its way to be stored: whom it names, what it looks like, and what its author should know of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

from accounts.errors import InvalidError
from messaging import markup
from messaging.history import Stored
from messaging.members import Roster
from messaging.protocol import MessageSent
from messaging.worker import current_worker

# Longer texts are parsed on a thread, so that a hostile one delays only its author.
RENDER_INLINE_CHARACTERS = 500


async def named_in(user_id: UUID, conversation_id: UUID, roster: Roster, body: str) -> dict[str, UUID]:
    """Which members the names in a text mean, and whether "all" may mean everybody. Nearly always nothing is asked."""
    if not markup.may_name(body) or not (names := markup.names_in(body)):
        return {}
    named = await current_worker().members.named(names, conversation_id, roster)
    if "all" in names and roster.may_name_all(user_id):
        named["all"] = markup.EVERYBODY
    return named


def set_mentions(change: MessageSent) -> None:
    named = set(markup.mentioned(change.html))
    change.mentions_all = markup.EVERYBODY in named
    change.mentions = sorted(named - {markup.EVERYBODY, change.author_id})


@dataclass(slots=True)
class Rendered:
    """A text as HTML. `emptiness`: why it cannot go without a file, as nothing of it would be seen; beside one, marks
    around nothing are text. `unresolved`: names that mention nobody."""

    html: str | None
    emptiness: InvalidError | None
    unresolved: list[str]


async def render_text(body: str, named: dict[str, UUID]) -> Rendered:
    if len(body) <= RENDER_INLINE_CHARACTERS:
        return _rendered(body, named)
    return await asyncio.to_thread(_rendered, body, named)


def _rendered(body: str, named: dict[str, UUID]) -> Rendered:
    html = markup.render(body, named)
    unresolved = markup.unresolved_in(body, html) if markup.may_name(body) else []
    if markup.shows_nothing(body, html):
        return Rendered(None, InvalidError("There is nothing to see in this message.", field="body"), unresolved)
    return Rendered(html, None, unresolved)


def with_unresolved(stored: asyncio.Future[Stored], names: list[str]) -> asyncio.Future[Stored]:
    """What is stored says to its author which names mention nobody."""

    def add(stored: asyncio.Future[Stored]) -> None:
        if not stored.cancelled() and stored.exception() is None:
            stored.result().unresolved = names

    if stored.done():
        add(stored)
    elif names:
        stored.add_done_callback(add)
    return stored
