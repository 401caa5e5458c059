"""What every history promises, whatever it stores in. One contract suite runs against each implementation.

Changes of a conversation are numbered 1, 2, 3 without a hole, in the order in which they were committed; a committed
change is durable; a key is stored once; a position never goes back, but for a read mark that its user takes back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from uuid import UUID

from messaging.protocol import AnyChange, Change, MessageDeleted, MessageSent, Position, Preview

# Of the versions of a message the first and the last so many are shown.
VERSIONS_MOST = 50


@dataclass(slots=True)
class Draft:
    """A change to store. `preview` is the text of a message or of an edit, shortened; None for everything else.

    `reads` are the users for whom the conversation counts as read up to this change: whoever joins with it. A change
    that concerns a message has it as `message`. `not_before`: what History.moment said when nobody could know the key.
    """

    change: AnyChange
    preview: str | None = None
    reads: tuple[UUID, ...] = ()
    message: MessageSent | None = None
    not_before: object | None = None

    def shortened(self) -> Preview | None:
        """What the list of conversations shows when this is stored, unless it shows a newer message."""
        message = self.message or self.change
        if isinstance(self.change, MessageDeleted):
            return deleted_preview(message)
        if self.preview is None:
            return None
        return Preview(message.author_id, self.preview, message.sent_at, message.seq)


def deleted_preview(message: Change) -> Preview:
    return Preview(message.author_id, "", message.sent_at, message.seq, deleted=True)


@dataclass(slots=True)
class Stored:
    """A change as stored, and `content`, the same as UTF-8 JSON. `repeated`: an earlier try had stored it.
    `unresolved`: names in its text that mention nobody, for its author alone."""

    change: AnyChange
    content: bytes
    repeated: bool
    unresolved: Sequence[str] = ()


@dataclass(slots=True)
class Mark:
    """A user's read mark. `unread` counts the messages of others above `read`, `mentions` those that mention the user;
    `turn`, how often they took it back."""

    read: int
    unread: int
    turn: int = 0
    mentions: int = 0


@dataclass(slots=True)
class Page:
    """`changes`: UTF-8 JSON each, ascending. `head`: the last seq. `complete`: nothing lies further that way.

    `later`: the changes outside the page that concern messages of it and that no newer one replaced; ascending.
    """

    changes: list[bytes]
    head: int
    complete: bool
    later: list[bytes]


class Glance(NamedTuple):
    """A conversation as the order and the counts of a list need it. `id`: its 32 hexadecimal digits; `spoken_at`: when
    its newest message was sent, else when it last changed, else empty."""

    id: str
    spoken_at: str
    unread: int
    mentions: int


class History(Protocol):
    def moment(self) -> object | None:
        """Now. A draft whose key did not exist then is spared the search for it among all that was ever stored; None
        where there is nothing to spare, or while it is not known."""

    def is_recent(self, moment: object) -> bool:
        """Whether such a moment still spares anything."""

    async def commit(self, drafts: Sequence[Draft]) -> list[Stored | Exception]:
        """Store drafts in order, durably, in one step; an outcome for each.

        A key known for the same conversation and author gives the first result (`repeated`), or KeyReusedError when
        the author now says something else. InProgressError: another try with the key is being stored, and committing it
        again finds out soon. Raises UnavailableError when the store does not answer: then each draft may
        or may not be stored, and committing it again finds out.

        With a deletion the text of its message is gone from every store before this returns, whatever edits come at
        the same time; an edit that comes too late is stored without its text.
        """

    async def recall(self, change: AnyChange) -> Stored | None:
        """What an earlier try under this key stored, if one did. Raises KeyReusedError when it said something else,
        UnavailableError while that is not known, and InProgressError while such a try is being stored."""

    async def find(self, conversation_id: UUID, author_id: UUID, key: UUID) -> AnyChange | None:
        """What is stored under this key, as it is now. Raises UnavailableError while that is not known."""

    async def page(
        self, conversation_id: UUID, *, after: int | None = None, before: int | None = None, limit: int
    ) -> Page:
        """The first changes above `after`, else the last below `before`, else the newest; about PAGE_BYTES at most."""

    async def edits(self, conversation_id: UUID, seq: int) -> list[bytes]:
        """The last VERSIONS_MOST edits of a message, ascending."""

    async def pins(self, conversation_id: UUID) -> list[bytes]:
        """Of every message that was pinned once the change that counts, pinned or unpinned, in order of seq."""

    async def positions(self, user_id: UUID, conversation_ids: Sequence[UUID]) -> list[Position]:
        """Where the user stands in each conversation, newest activity first."""

    async def overview(self, user_id: UUID, own: Callable[[], Awaitable[Collection[UUID]]]) -> list[Glance]:
        """All of the user's conversations, in no order. `own` reads which they are, for a store that cannot see that
        itself."""

    async def mentions(self, user_id: UUID, conversation_id: UUID, *, after: int, limit: int) -> list[int]:
        """The first messages of others above `after` that mention the user, also deleted ones; ascending."""

    async def reached(self, conversation_id: UUID, user_ids: Collection[UUID]) -> dict[UUID, int]:
        """How far each of these users has ever read there, whatever they took back; who never did is left out."""

    async def heads(self, conversation_ids: Sequence[UUID]) -> dict[UUID, int]:
        """The last seq of each conversation that has one."""

    async def mark_read(self, marks: Sequence[tuple[UUID, UUID, int]]) -> list[Mark | Exception]:
        """For each (user, conversation, seq): read up to seq. Never goes back; SeqAboveHeadError above the head."""

    async def mark_unread(self, user_id: UUID, conversation_id: UUID, seq: int) -> Mark:
        """The user takes their mark back to before `seq`, if it is not there already: the only way back, and one more
        `turn`. Raises SeqAboveHeadError."""

    async def erase(self, conversation_id: UUID) -> None:
        """Remove everything of a conversation that was deleted."""

    async def tend(self) -> None:
        """What the store needs done now and then; called about every second."""

    async def epoch(self) -> int:
        """The number of the epoch, as the store has it: another one once any process called start_epoch."""

    async def start_epoch(self) -> int:
        """What is stored was restored or failed over, and may lack what was acknowledged: everybody believes it anew.
        The number of the new epoch, above every earlier one, also above those that a backup does not know."""

    async def take_back_marks(self, conversation_id: UUID, user_ids: Collection[UUID]) -> int:
        """Of these users' marks the ones above the head go back to it; how many. After a restore only."""

    def forget(self) -> None:
        """Another epoch began: nothing that is remembered here of what is stored counts."""

    async def renew(self) -> None:
        """Whatever a commit needs read again from time to time is read before one waits for it; called several times a
        second."""

    async def missing(self) -> list[str]:
        """The servers that a commit needs and that do not answer, by name."""

    async def rest(self) -> None:
        """Finish what is written behind the answers, and let go of what belongs to this event loop."""

    def close(self) -> None:
        """Let go of the store; the next call opens it again."""
