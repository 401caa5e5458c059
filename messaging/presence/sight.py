"""How people look to others now: what the register knows of them, and what their profiles let be seen.

Who hides looks offline to everybody, and everybody looks offline to them; who blocks somebody looks offline to them.
Both look as somebody does who was not here for long. A status is there to be read, like a name, and hides nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from accounts.followers import from_primary
from accounts.models import Block, User
from messaging.history.lane import Lane
from messaging.members import CachedDoor
from messaging.presence import Presence
from messaging.protocol import Attendance, PersonSeen

# What Redis is asked for in one trip, before the event loop has its turn: some milliseconds.
LOOK_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Profile:
    """What decides how somebody may be seen. `blocked`: by whom they do not want to be."""

    hides: bool
    reads_privately: bool = False
    status: str = ""
    status_ends_at: datetime | None = None
    blocked: frozenset[UUID] = frozenset()


LoadProfiles = Callable[[list[UUID]], dict[UUID, Profile]]
# Who does not exist, or is suspended.
NOBODY = Profile(hides=True, reads_privately=True)


@dataclass(frozen=True, slots=True)
class View:
    """Somebody as they look to those who may see them (`plain`) and to others (`hidden`)."""

    profile: Profile
    plain: PersonSeen
    hidden: PersonSeen
    seen_at: datetime | None

    def to(self, viewer_id: UUID, viewer: Profile) -> PersonSeen:
        is_hidden = viewer.hides or self.profile.hides or viewer_id in self.profile.blocked
        return self.hidden if is_hidden else self.plain


class Sight:
    def __init__(self, presence: Presence, load: LoadProfiles) -> None:
        self._presence = presence
        self._profiles: CachedDoor[UUID, Profile] = CachedDoor(load, NOBODY)
        # All who begin to watch at one time, after a restart for instance, are one question.
        self._looks: Lane[Collection[UUID], dict[UUID, View]] = Lane(self._look_for_all)

    def forget(self, user_id: UUID) -> None:
        """Their profile is another now."""
        self._profiles.forget(user_id)

    async def profiles(self, user_ids: Iterable[UUID]) -> dict[UUID, Profile]:
        """Raises UnavailableError."""
        asked = list(set(user_ids))
        known = {user_id: self._profiles.peek(user_id) for user_id in asked}
        missing = [user_id for user_id, profile in known.items() if profile is None]
        found = await asyncio.gather(*map(self._profiles.get, missing))
        fresh = dict(zip(missing, found, strict=True))
        return {user_id: profile or fresh[user_id] for user_id, profile in known.items()}

    async def look(self, user_ids: Collection[UUID]) -> dict[UUID, View]:
        """As they look no earlier than now. Raises UnavailableError: then nothing is known."""
        return await self._looks.put(user_ids)

    async def _look_for_all(self, asked: Sequence[Collection[UUID]]) -> Sequence[dict[UUID, View]]:
        everybody = list(set[UUID]().union(*asked))
        views: dict[UUID, View] = {}
        for start in range(0, len(everybody), LOOK_AT_ONCE):
            views |= await self._look(everybody[start : start + LOOK_AT_ONCE])
        return [{user_id: views[user_id] for user_id in user_ids} for user_ids in asked]

    async def _look(self, user_ids: Collection[UUID]) -> dict[UUID, View]:
        profiles = await self.profiles(user_ids)
        # Of those whom nobody sees nothing is asked.
        shown = [user_id for user_id, profile in profiles.items() if not profile.hides]
        here = await self._presence.attendance(shown)
        seen = await self._presence.last_seen([user_id for user_id in shown if user_id not in here])
        return {
            user_id: _view(user_id, profile, here.get(user_id), seen.get(user_id))
            for user_id, profile in profiles.items()
        }


def _view(user_id: UUID, profile: Profile, how: Attendance | None, seen_at: datetime | None) -> View:
    ends_at = profile.status_ends_at
    status = None if ends_at is not None and ends_at <= datetime.now(UTC) else profile.status or None
    return View(
        profile,
        plain=PersonSeen(user_id, how or "offline", None if how else _written(seen_at), status),
        hidden=PersonSeen(user_id, "offline", None, status),
        seen_at=seen_at,
    )


def _written(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"


@from_primary()
def load_profiles(user_ids: list[UUID]) -> dict[UUID, Profile]:
    blocked: dict[UUID, set[UUID]] = {}
    for blocker_id, blocked_id in Block.objects.filter(blocker_id__in=user_ids).values_list("blocker_id", "blocked_id"):
        blocked.setdefault(blocker_id, set()).add(blocked_id)
    rows = User.objects.active().filter(pk__in=user_ids)
    return {
        user_id: Profile(hides, private, status, ends_at, frozenset(blocked.get(user_id, ())))
        for user_id, hides, private, status, ends_at in rows.values_list(
            "pk", "hides_presence", "reads_privately", "status", "status_ends_at"
        )
    }
