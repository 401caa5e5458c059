"""The one cached door to who is a member of what: the live path asks here and never the database.

Misses of one moment are loaded together, on a thread. An entry lives MEMBERS_TTL_SECONDS at most, is forgotten as soon
as a change is announced, and is hardly believed while announcements are not heard; what was forgotten while it loaded
is loaded again. That somebody is no member is never believed of what is remembered: a message that is refused is not
sent again. Read where it is written, never from a follower: a removal must bite at once. Belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from channels.db import database_sync_to_async
from django.db.models import F
from django.db.models.functions import Lower

from accounts.errors import UnavailableError
from accounts.followers import from_primary
from accounts.models import Block, User
from groups.models import Conversation, Kind, Level, Membership, Role
from messaging.protocol import Attention

MEMBERS_TTL_SECONDS = 30.0
# While what is announced may not be heard.
UNTOLD_TTL_SECONDS = 1.0
ENTRIES_MOST = 20_000
LOAD_MOST = 500

logger = logging.getLogger(__name__)

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is in a conversation; of a channel its owner and admins, and whoever was asked about. `blocked`: a direct one
    whose members may not write to each other. `slow_seconds`: how long those without a role wait between two messages.
    """

    kind: str
    roles: Mapping[UUID, str]
    blocked: bool = False
    slow_seconds: int = 0

    def may_post(self, user_id: UUID) -> bool:
        return not self.blocked and (self.kind != Kind.CHANNEL or self.roles.get(user_id) in ("owner", "admin"))

    def with_reader(self, user_id: UUID) -> Roster:
        return replace(self, roles={**self.roles, user_id: Role.MEMBER.value})

    def may_react(self) -> bool:
        """Every member, also where only few write."""
        return not self.blocked

    def may_pin(self, user_id: UUID) -> bool:
        """In direct conversations both may."""
        return not self.blocked and (self.kind == Kind.DIRECT or self.may_moderate(user_id))

    def may_moderate(self, user_id: UUID) -> bool:
        return self.kind != Kind.DIRECT and self.roles.get(user_id) in ("owner", "admin")

    def must_wait(self, user_id: UUID) -> bool:
        return self.slow_seconds > 0 and not self.may_moderate(user_id)

    def may_name_all(self, user_id: UUID) -> bool:
        return self.may_moderate(user_id)


class CachedDoor(Generic[K, V]):
    """`load` takes keys and gives what it found for them; `absent` stands for the rest. While `is_told` says that a
    change may have been missed, an entry is believed for UNTOLD_TTL_SECONDS."""

    def __init__(
        self, load: Callable[[list[K]], dict[K, V]], absent: V, is_told: Callable[[], bool] = lambda: True
    ) -> None:
        self._load = database_sync_to_async(load, thread_sensitive=False)
        self._absent = absent
        self._is_told = is_told
        self._entries: dict[K, tuple[float, V]] = {}
        self._wanted: dict[K, asyncio.Future[V]] = {}
        self._loading: set[K] = set()
        self._stale: set[K] = set()
        self._task: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V:
        """Raises UnavailableError when the database does not answer."""
        known = self.peek(key)
        if known is not None:
            return known
        future = self._wanted.get(key)
        if future is None:
            future = self._wanted[key] = asyncio.get_running_loop().create_future()
            if self._task is None:
                self._task = asyncio.create_task(self._load_wanted())
        return await asyncio.shield(future)

    async def current(self, key: K) -> V:
        """As get; and nothing has been forgotten of it when the caller goes on."""
        while (known := self.peek(key)) is None:
            await self.get(key)
        return known

    async def fresh(self, key: K) -> V:
        """As current, and loaded after this was called."""
        self.forget(key)
        return await self.current(key)

    def peek(self, key: K) -> V | None:
        """What is known now, without waiting."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        age = time.monotonic() - entry[0]
        is_believed = age < UNTOLD_TTL_SECONDS or (age < MEMBERS_TTL_SECONDS and self._is_told())
        return entry[1] if is_believed else None

    def loaded_at(self, key: K) -> float:
        """By the monotonic clock; 0 for what is not remembered."""
        entry = self._entries.get(key)
        return entry[0] if entry else 0.0

    def forget(self, key: K) -> None:
        self._entries.pop(key, None)
        if key in self._loading:
            self._stale.add(key)

    def forget_all(self) -> None:
        self._entries.clear()
        self._stale |= self._loading

    async def _load_wanted(self) -> None:
        try:
            while self._wanted:
                await self._load_some(list(self._wanted)[:LOAD_MOST])
        finally:
            self._task = None

    async def _load_some(self, keys: list[K]) -> None:
        self._loading, self._stale = set(keys), set()
        try:
            found = await self._load(keys)
        except Exception:
            logger.exception("members could not be loaded")
            self._settle(keys, lambda future, _: future.set_exception(UnavailableError()))
            return
        finally:
            self._loading = set()
        self._keep(found, keys)

    def _keep(self, found: dict[K, V], keys: Iterable[K]) -> None:
        if len(self._entries) > ENTRIES_MOST:
            self._entries.clear()
        now = time.monotonic()
        fresh = [key for key in keys if key not in self._stale]
        self._entries |= {key: (now, found.get(key, self._absent)) for key in fresh}
        self._settle(fresh, lambda future, key: future.set_result(found.get(key, self._absent)))

    def _settle(self, keys: Iterable[K], settle: Callable[[asyncio.Future[V], K], None]) -> None:
        for key in keys:
            future = self._wanted.pop(key)
            if not future.done():
                settle(future, key)


# A conversation that does not exist. Remembered like any other, so that asking for one takes no longer than asking
# for one that is somebody else's.
NOBODY = Roster("", {})
LEADING = (Role.OWNER.value, Role.ADMIN.value)


@from_primary()
def load_rosters(conversation_ids: list[UUID]) -> dict[UUID, Roster]:
    roles: dict[UUID, dict[UUID, str]] = {conversation_id: {} for conversation_id in conversation_ids}
    places = Conversation.objects.filter(id__in=conversation_ids).values_list("id", "kind", "slow_seconds")
    kinds = {id_: (kind, slow) for id_, kind, slow in places}
    channels = [id_ for id_, (kind, _) in kinds.items() if kind == Kind.CHANNEL]
    active = Membership.objects.filter(user__is_active=True)
    for rows in (
        active.filter(conversation_id__in=kinds.keys() - channels),
        active.filter(conversation_id__in=channels, role__in=LEADING),
    ):
        for conversation_id, user_id, role in rows.values_list("conversation_id", "user_id", "role"):
            roles[conversation_id][user_id] = role
    return {
        id_: Roster(kind, roles[id_], _is_blocked(kind, list(roles[id_])), slow) for id_, (kind, slow) in kinds.items()
    }


def _is_blocked(kind: str, user_ids: list[UUID]) -> bool:
    if kind != Kind.DIRECT:
        return False
    return len(user_ids) < 2 or Block.objects.between(user_ids[0], user_ids[1]).exists()


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation as one of its members has it: what they want to hear of it."""

    attention: Attention
    is_channel: bool


@from_primary()
def load_conversations(user_ids: list[UUID]) -> dict[UUID, Mapping[UUID, Place]]:
    """Of most memberships nothing is read but whose and where they are: some users have thousands."""
    found: dict[UUID, dict[UUID, Place]] = {user_id: {} for user_id in user_ids}
    own = Membership.objects.filter(user_id__in=user_ids).annotate(kind=F("conversation__kind"))
    for user_id, conversation_id, kind in own.values_list("user_id", "conversation_id", "kind"):
        found[user_id][conversation_id] = USUAL[kind == Kind.CHANNEL]
    hushed = own.exclude(level=Level.ALL, is_muted=False)
    for membership in hushed.only("user_id", "conversation_id", *ATTENTION):
        place = Place(attention_of(membership), membership.kind == Kind.CHANNEL)
        found[membership.user_id][membership.conversation_id] = place
    return dict(found)


@from_primary()
def load_beginnings(conversation_ids: list[UUID]) -> dict[UUID, str]:
    """When each was made, as the wire has times."""
    found: dict[UUID, str] = {}
    for start in range(0, len(conversation_ids), LOAD_MOST):
        rows = Conversation.objects.filter(id__in=conversation_ids[start : start + LOAD_MOST])
        found |= {id_: wire_time(at) for id_, at in rows.values_list("id", "created_at")}
    return found


def wire_time(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


ATTENTION = ("level", "is_muted", "muted_until")
ALL = Attention()
# One of each for all whose it is, by whether it is a channel.
USUAL = {is_channel: Place(ALL, is_channel=is_channel) for is_channel in (False, True)}


def attention_of(membership: Membership) -> Attention:
    """As the wire has it; of a mute that is over nothing is left."""
    if not membership.is_muted_now and membership.level == Level.ALL:
        return ALL
    until = membership.muted_until if membership.is_muted_now else None
    return Attention(
        level=cast(Any, membership.level),
        is_muted=membership.is_muted_now,
        muted_until=wire_time(until) if until else None,
    )


@from_primary()
def is_member(user_id: UUID, conversation_id: UUID) -> bool:
    return Membership.objects.filter(conversation_id=conversation_id, user_id=user_id, user__is_active=True).exists()


# Whom a name means that is nobody's.
NOBODYS_ID = UUID(int=0)


@from_primary()
def load_usernames(names: list[str]) -> dict[str, UUID]:
    rows = User.objects.active().annotate(lower=Lower("username")).filter(lower__in=names)
    return dict(rows.values_list("lower", "pk"))


class Members:
    """`rosters` by conversation, NOBODY for one that does not exist; `conversations` by user; whom `usernames` mean, in
    lower case, NOBODYS_ID for one that is nobody's. `is_told`: whether every change that is announced is heard."""

    def __init__(self) -> None:
        self.is_told: Callable[[], bool] = lambda: True
        self.rosters: CachedDoor[UUID, Roster] = CachedDoor(load_rosters, NOBODY, self._is_told)
        self.conversations: CachedDoor[UUID, Mapping[UUID, Place]] = CachedDoor(load_conversations, {}, self._is_told)
        self.usernames: CachedDoor[str, UUID] = CachedDoor(load_usernames, NOBODYS_ID)
        self._is_member = database_sync_to_async(is_member, thread_sensitive=False)

    def _is_told(self) -> bool:
        return self.is_told()

    async def roster_for(self, user_id: UUID, conversation_id: UUID) -> Roster:
        """The roster, with this user in it if they are a member; that they are none the database has just said.

        Who only reads a channel is known by their own conversations: so a channel costs as much as has to do with it
        here, whatever the number of its members.
        """
        roster = await self._known_roster_for(user_id, conversation_id)
        if user_id in roster.roles or not await self._has_come(user_id, conversation_id):
            return roster
        self.rosters.forget(conversation_id)
        self.conversations.forget(user_id)
        return await self._known_roster_for(user_id, conversation_id)

    async def _known_roster_for(self, user_id: UUID, conversation_id: UUID) -> Roster:
        roster = await self.rosters.get(conversation_id)
        if user_id in roster.roles or roster.kind != Kind.CHANNEL:
            return roster
        return roster.with_reader(user_id) if await self._reads(user_id, conversation_id) else roster

    async def _has_come(self, user_id: UUID, conversation_id: UUID) -> bool:
        try:
            return bool(await self._is_member(user_id, conversation_id))
        except Exception:
            logger.exception("a membership could not be looked up")
            raise UnavailableError from None

    async def _reads(self, user_id: UUID, conversation_id: UUID) -> bool:
        return conversation_id in await self.conversations.get(user_id)

    def forget_all(self) -> None:
        self.rosters.forget_all()
        self.conversations.forget_all()

    def forget_member(self, user_id: UUID, conversation_id: UUID) -> None:
        """Of a channel: they came or went, whatever their role."""
        self.conversations.forget(user_id)
        roster = self.rosters.peek(conversation_id)
        if roster and user_id in roster.roles:
            self.rosters.forget(conversation_id)

    async def named(self, names: Sequence[str], conversation_id: UUID, roster: Roster) -> dict[str, UUID]:
        """Which members the names mean, in lower case.

        That one is nobody's is not believed once somebody has come: they may have signed up since. Who comes to a
        channel is not known here, so there it is never believed.
        """
        since = time.monotonic() if roster.kind == Kind.CHANNEL else self.rosters.loaded_at(conversation_id)
        for name in names:
            if self.usernames.peek(name) == NOBODYS_ID and self.usernames.loaded_at(name) < since:
                self.usernames.forget(name)
        ids = await asyncio.gather(*map(self.usernames.get, names))
        among = await self.among(ids, conversation_id, roster)
        return {name: found_id for name, found_id in zip(names, ids, strict=True) if found_id in among}

    async def among(self, user_ids: Iterable[UUID], conversation_id: UUID, roster: Roster) -> set[UUID]:
        """Those of them who are members."""
        found = {user_id for user_id in user_ids if user_id in roster.roles}
        if roster.kind == Kind.CHANNEL:
            others = [user_id for user_id in user_ids if user_id not in found]
            reads = await asyncio.gather(*(self._reads(user_id, conversation_id) for user_id in others))
            found |= {user_id for user_id, does_read in zip(others, reads, strict=True) if does_read}
        return found

    async def current_roster_for(self, user_id: UUID, conversation_id: UUID) -> Roster:
        """As roster_for, and nothing has been forgotten of it when the caller goes on."""
        while True:
            roster = await self.rosters.current(conversation_id)
            if user_id in roster.roles or roster.kind != Kind.CHANNEL:
                return roster
            own = await self.conversations.current(user_id)
            if self.rosters.peek(conversation_id) is roster:
                return roster.with_reader(user_id) if conversation_id in own else roster
