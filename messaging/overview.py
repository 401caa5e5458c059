"""All conversations of a user at one moment, by what the order and the counts of a list need of them. Pure.

Whoever shows a list reads this first, and of the conversations themselves only the page that is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from messaging.history import Glance
from messaging.protocol import Attention, UnreadCounted

# A place in the list: when the conversation there was last spoken in, and its id.
Key = tuple[str, str]


class Wanted(NamedTuple):
    """A page of the list: `limit` conversations below `below`, `among` these where they are given (by their ids'
    hexadecimal digits), only unread ones where `is_unread`."""

    limit: int
    below: Key | None = None
    among: Container[str] | None = None
    is_unread: bool = False


class Overview:
    """`attention`, by id: what the user wants to hear of those of which it is not everything."""

    def __init__(self, glances: Sequence[Glance], attention: Mapping[str, Attention]) -> None:
        self._glances = sorted(glances, key=_key, reverse=True)
        self._attention = attention

    def page(self, wanted: Wanted) -> tuple[list[UUID], Key | None]:
        """Newest activity first; and the key of the last where there are more below."""
        fitting = self._fitting(wanted)
        page = list(islice(fitting, wanted.limit))
        has_more = len(page) == wanted.limit and next(fitting, None) is not None
        return [UUID(glance.id) for glance in page], _key(page[-1]) if has_more else None

    def count(self, below: Key | None = None, known: Collection[UUID] = ()) -> UnreadCounted:
        """What is unread in the conversations below a key, leaving out those that are known."""
        left_out = {conversation_id.hex for conversation_id in known}
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        counted = UnreadCounted(conversations=0, messages=0, mentions=0, heard=0, heard_mentions=0)
        for glance in self._glances:
            if not glance.unread or (below and _key(glance) >= below) or glance.id in left_out:
                continue
            counted.conversations += 1
            counted.messages += glance.unread
            counted.mentions += glance.mentions
            heard, mentions = _heard(glance, self._attention.get(glance.id), now)
            counted.heard += heard
            counted.heard_mentions += mentions
        return counted

    def _fitting(self, wanted: Wanted) -> Iterator[Glance]:
        for glance in self._glances:
            if wanted.below and _key(glance) >= wanted.below:
                continue
            if wanted.is_unread and not glance.unread:
                continue
            if wanted.among is None or glance.id in wanted.among:
                yield glance


def _key(glance: Glance) -> Key:
    return glance.spoken_at, glance.id


def _heard(glance: Glance, attention: Attention | None, now: str) -> tuple[int, int]:
    """How many of the unread messages make themselves heard, and how many of these mention the user; the same as in
    static/js/attention-rules.js."""
    if attention is None:
        return glance.unread, glance.mentions
    is_muted = attention.is_muted and (attention.muted_until is None or attention.muted_until > now)
    if is_muted or attention.level == "nothing":
        return 0, 0
    return (glance.mentions if attention.level == "mentions" else glance.unread), glance.mentions


def write_cursor(key: Key) -> str:
    return f"{key[0]}_{UUID(key[1])}"


def read_cursor(text: str) -> Key:
    """Raises ValueError for what is none."""
    spoken_at, _, id_text = text.partition("_")
    if len(spoken_at) > 40:
        raise ValueError("no time is so long")
    return spoken_at, UUID(id_text).hex
