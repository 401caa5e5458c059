"""Announcements: what happened is told to the sockets it concerns, here directly, elsewhere through the relay.

Only actions announces, and only through here. Belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Iterable
from typing import Any
from uuid import UUID

import msgspec

from accounts.errors import RefusalError
from groups.models import Kind
from messaging.history import Stored
from messaging.hub import Hub
from messaging.members import Members, Roster
from messaging.protocol import (
    AttentionChanged,
    Event,
    MemberJoined,
    MemberLeft,
    MemberRemoved,
    QuietHoursChanged,
    ReadMarked,
    TypingStarted,
    decode_change,
    encode,
)
from messaging.relay import Relay

LOOK_UP_RETRY_SECONDS = 1.0

logger = logging.getLogger(__name__)


class MembersChanged(msgspec.Struct):
    """Who came to and who went from a conversation; with nobody named, roles or blocks are others now."""

    conversation_id: UUID
    added: list[UUID]
    removed: list[UUID]
    deleted: bool


def _packed(user_ids: Iterable[UUID]) -> bytes:
    return b"".join(user_id.bytes for user_id in user_ids)


def _unpacked(packed: bytes) -> list[UUID]:
    return [UUID(bytes=packed[start : start + 16]) for start in range(0, len(packed), 16)]


class Delivery:
    def __init__(self, hub: Hub, members: Members, layer: Any = None) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._hub = hub
        self._members = members
        self.heard_of_people: Callable[[Iterable[UUID], Iterable[UUID]], None] = lambda stirred, changed: None
        self.heard_of_members: Callable[[UUID], None] = lambda conversation_id: None
        self.heard_of_mark: Callable[[UUID, UUID, int], None] = lambda conversation_id, user_id, reached: None
        self.relay = Relay(layer, self._hear)

    # --- told here

    def announce(self, stored: Iterable[Stored]) -> None:
        """Changes just stored: one delivery and one publish per conversation, in order of seq."""
        by_conversation: dict[UUID, list[tuple[int, bytes]]] = {}
        for item in stored:
            by_conversation.setdefault(item.change.conversation_id, []).append((item.change.seq, item.content))
        for conversation_id, changes in by_conversation.items():
            self._hub.deliver(conversation_id, changes)
            self.relay.tell_members(
                conversation_id, {"type": "changes", "conversation_id": conversation_id.hex, "changes": changes}
            )

    def tell_mark(self, user_id: UUID, event: ReadMarked) -> None:
        """A read mark that moved: to its user's sockets, and that it did to those who may show it to others."""
        content = encode(event)
        self._take_mark(user_id, event.conversation_id, event.read, content)
        self.relay.tell_workers(
            {
                "type": "mark",
                "user_id": user_id.hex,
                "conversation_id": event.conversation_id.hex,
                "reached": event.read,
                "content": content,
            }
        )

    def tell_attention(self, user_id: UUID, event: AttentionChanged | QuietHoursChanged) -> None:
        """What a user wants to hear, to their sockets; whoever connects next hears the same."""
        content = encode(event)
        self._take_attention(user_id, content)
        self.relay.tell_workers({"type": "attention", "user_id": user_id.hex, "content": content})

    def tell_own(self, user_id: UUID, event: Event) -> None:
        """To a user's own sockets, wherever they are."""
        content = encode(event)
        self._hub.tell(user_id, content)
        self.relay.tell_workers({"type": "own", "user_id": user_id.hex, "content": content})

    def show_typing(self, conversation_id: UUID, user_id: UUID) -> None:
        """To the others who look at the conversation."""
        self._hub.show(conversation_id, user_id, TypingStarted(conversation_id=conversation_id, user_id=user_id))
        self.relay.tell_members(
            conversation_id, {"type": "typing", "conversation_id": conversation_id.hex, "user_id": user_id.hex}
        )

    def hint_at_people(self, stirred: Collection[UUID], changed: Collection[UUID]) -> None:
        """The other workers look at these people again; of those in `changed` at their profile, too."""
        hint = {"type": "people", "stirred": _packed(stirred), "changed": _packed(changed)}
        self.relay.tell_workers(hint, until_taken=True)

    def members_changed(
        self, conversation_id: UUID, *, added: Iterable[UUID], removed: Iterable[UUID], deleted: bool
    ) -> None:
        """From the next instant on, those removed get nothing more and those added get everything."""
        change = MembersChanged(conversation_id, list(added), list(removed), deleted)
        self._take_members(change)
        self.relay.tell_workers({"type": "members", "content": msgspec.json.encode(change)}, until_taken=True)

    async def revoke(self, *, user_id: UUID | None, session_id: str | None) -> None:
        """A session ended or a user was suspended: their sockets close."""
        await self._take_revocation(user_id, session_id)
        self.relay.tell_workers(
            {"type": "revoked", "user_id": user_id.hex if user_id else None, "session_id": session_id},
            until_taken=True,
        )

    async def revoke_here(self, session_id: str) -> None:
        """As revoke, for what every worker finds out by itself."""
        await self._hub.revoke(user_id=None, session_id=session_id)

    def notice(self, conversation_id: UUID, content: bytes) -> None:
        """A change of membership that is being given out: if its announcement was lost, it takes effect here."""
        change = decode_change(content)
        if isinstance(change, MemberLeft | MemberRemoved):
            self._hub.suspend_member(conversation_id, change.user_id)
        if isinstance(change, MemberJoined | MemberLeft | MemberRemoved):
            self.spawn(self._check_member(conversation_id, change.user_id))

    async def _check_member(self, conversation_id: UUID, user_id: UUID) -> None:
        """What is given out or told may be old: who left may have come back since. The membership decides.

        Of the many who come to a channel and go only those who are connected here have to do with it here.
        """
        if self._hub.is_channel(conversation_id) and not self._hub.of_user(user_id):
            self._members.forget_member(user_id, conversation_id)
            return
        self._members.rosters.forget(conversation_id)
        self._members.conversations.forget(user_id)
        roster = await self._looked_up_roster_for(user_id, conversation_id)
        # No await since then: a change that comes later finds what is done here.
        if user_id in roster.roles:
            self._admit(conversation_id, user_id, is_channel=roster.kind == Kind.CHANNEL)
        else:
            self._turn_out(conversation_id, user_id)
        self.heard_of_members(conversation_id)

    async def _looked_up_roster_for(self, user_id: UUID, conversation_id: UUID) -> Roster:
        """As soon as the database answers; who waits for it gets nothing meanwhile."""
        while True:
            try:
                return await self._members.current_roster_for(user_id, conversation_id)
            except RefusalError:
                logger.warning("a membership could not be looked up yet", exc_info=True)
                await asyncio.sleep(LOOK_UP_RETRY_SECONDS)

    async def check_conversations(self, user_id: UUID) -> None:
        """The user's sockets here get what is theirs now, whatever was told of it. Raises UnavailableError."""
        known = await self._members.conversations.current(user_id)
        # No await since then: a change that comes later finds what is done here.
        for conversation_id in self._hub.conversations_of(user_id) - known.keys():
            self._turn_out(conversation_id, user_id)
        for conversation_id, place in known.items():
            self._admit(conversation_id, user_id, is_channel=place.is_channel)

    def _admit(self, conversation_id: UUID, user_id: UUID, *, is_channel: bool) -> None:
        if self._hub.add_member(conversation_id, user_id):
            self._members.conversations.forget(user_id)
            self.spawn(self.relay.follow([conversation_id]))
        if is_channel:
            self._hub.make_channel(conversation_id)

    def _turn_out(self, conversation_id: UUID, user_id: UUID) -> None:
        self._members.conversations.forget(user_id)
        self._hub.remove_member(conversation_id, user_id)

    # --- told by other workers

    def _hear(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "changes":
                changes = [(seq, content) for seq, content in message["changes"]]
                self._hub.deliver(UUID(message["conversation_id"]), changes)
            case "typing":
                place, user = UUID(message["conversation_id"]), UUID(message["user_id"])
                self._hub.show(place, user, TypingStarted(conversation_id=place, user_id=user))
            case "people":
                self.heard_of_people(_unpacked(message["stirred"]), _unpacked(message["changed"]))
            case "mark":
                reader, place = UUID(message["user_id"]), UUID(message["conversation_id"])
                self._take_mark(reader, place, message["reached"], message["content"])
            case "attention":
                self._take_attention(UUID(message["user_id"]), message["content"])
            case "own":
                self._hub.tell(UUID(message["user_id"]), message["content"])
            case "members":
                self._hear_members(msgspec.json.decode(message["content"], type=MembersChanged))
            case "revoked":
                user_id = UUID(message["user_id"]) if message["user_id"] else None
                self.spawn(self._take_revocation(user_id, message["session_id"]))

    def _take_mark(self, user_id: UUID, conversation_id: UUID, reached: int, content: bytes) -> None:
        self._hub.hint(conversation_id, user_id)
        self._hub.tell(user_id, content)
        self.heard_of_mark(conversation_id, user_id, reached)

    def _take_attention(self, user_id: UUID, content: bytes) -> None:
        self._members.conversations.forget(user_id)
        self._hub.tell(user_id, content)

    def _take_members(self, change: MembersChanged) -> None:
        self._members.rosters.forget(change.conversation_id)
        for user_id in change.removed:
            self._turn_out(change.conversation_id, user_id)
        for user_id in change.added:
            self._members.conversations.forget(user_id)
            self._admit(change.conversation_id, user_id, is_channel=False)
        if change.deleted:
            self._hub.remove_conversation(change.conversation_id)
        self.heard_of_members(change.conversation_id)

    def _hear_members(self, change: MembersChanged) -> None:
        """Told late, after another worker told the contrary, it would undo that: who is here is looked up."""
        self._members.rosters.forget(change.conversation_id)
        for user_id in change.removed:
            self._hub.suspend_member(change.conversation_id, user_id)
        for user_id in {*change.removed, *change.added}:
            self._members.conversations.forget(user_id)
            if self._hub.of_user(user_id):
                self.spawn(self._check_member(change.conversation_id, user_id))
        if change.deleted:
            self._hub.remove_conversation(change.conversation_id)
        self.heard_of_members(change.conversation_id)

    async def _take_revocation(self, user_id: UUID | None, session_id: str | None) -> None:
        await self._hub.revoke(user_id=user_id, session_id=session_id)
        if user_id is not None and session_id is None:
            for conversation_id in await self._members.conversations.get(user_id):
                self._members.rosters.forget(conversation_id)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run without waiting; the set keeps the task alive."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
