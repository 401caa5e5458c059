"""Which sockets watch whom, and what each was told: a page at first, then only what differs, once a second at most.

The register is the truth; a hint, of this worker or of another, only says whom to ask it about again. With every beat
it is asked about everybody who is watched here, which heals lost hints and finds those of a worker that died. Where
nobody watches, nothing is asked. Belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings

from accounts.errors import UnavailableError
from messaging.outlet import Frame
from messaging.presence import Presence
from messaging.presence.sight import LOOK_AT_ONCE, LoadProfiles, Profile, Sight, View, load_profiles
from messaging.protocol import PEOPLE_A_PAGE, PersonSeen, PresenceChanged, encode
from messaging.room import Connection

DIGEST_SECONDS = 1.0
# A page that is loaded again leaves and comes back: until then its person looks as before.
RETURN_SECONDS = 5.0
RETRY_SECONDS = 5.0
# Before the event loop has its turn: some milliseconds.
COMPARE_AT_ONCE = 5_000

logger = logging.getLogger(__name__)


class Watch:
    """Whom one socket watches. `told`: how each of them looked when it was last told; None until its first page."""

    __slots__ = ("connection", "told", "user_ids")

    def __init__(self, connection: Connection, user_ids: Iterable[UUID]) -> None:
        self.connection = connection
        self.user_ids = frozenset(user_ids)
        self.told: dict[UUID, PersonSeen] | None = None


News = dict[Watch, list[PersonSeen]]


class Watchers:
    """`publish(stirred, changed)` tells the other workers whom to look at again; of those in `changed` the profile.

    `noticed(user_ids)` is told of everybody who may look different now, whether they are watched or not.
    """

    def __init__(self, presence: Presence, load: LoadProfiles = load_profiles) -> None:
        self.publish: Callable[[Collection[UUID], Collection[UUID]], None] = lambda stirred, changed: None
        self.noticed: Callable[[Collection[UUID]], None] = lambda user_ids: None
        self.sight = Sight(presence, load)
        self._watches: dict[Connection, Watch] = {}
        self._of: dict[UUID, set[Watch]] = {}
        self._due: set[UUID] = set()
        self._later: dict[UUID, float] = {}
        self._changed: set[UUID] = set()
        self._unpublished: tuple[set[UUID], set[UUID]] = (set(), set())

    # --- who watches

    async def watch(self, connection: Connection, user_ids: Iterable[UUID]) -> list[PersonSeen]:
        """How they look now; from here on the connection is told what changes. Raises UnavailableError.

        In place of whom it watched before.
        """
        self.drop(connection)
        watch = Watch(connection, user_ids)
        if not watch.user_ids:
            return []
        self._watches[connection] = watch
        for user_id in watch.user_ids:
            self._of.setdefault(user_id, set()).add(watch)
        try:
            viewer = (await self.sight.profiles([connection.user_id]))[connection.user_id]
            views = await self.sight.look(watch.user_ids)
        except UnavailableError:
            self._forget(watch)
            raise
        # No await since the look: of what a later look finds, `_compare` finds this.
        watch.told = {user_id: view.to(connection.user_id, viewer) for user_id, view in views.items()}
        self._expect_ends(views)
        return list(watch.told.values())

    def drop(self, connection: Connection) -> None:
        """It watches nobody any more."""
        if watch := self._watches.get(connection):
            self._forget(watch)

    def _forget(self, watch: Watch) -> None:
        if self._watches.get(watch.connection) is watch:
            del self._watches[watch.connection]
        for user_id in watch.user_ids:
            here = self._of.get(user_id, set())
            here.discard(watch)
            if not here:
                self._of.pop(user_id, None)

    # --- who may look different now

    def stir(self, user_ids: Collection[UUID]) -> None:
        """They came, went or turned away here."""
        self._unpublished[0].update(user_ids)
        self._look_again(user_ids)

    def change(self, user_ids: Collection[UUID]) -> None:
        """What they let others see, or what they may see, is another now."""
        self._unpublished[1].update(user_ids)
        self.hear((), user_ids)

    def hear(self, stirred: Iterable[UUID], changed: Iterable[UUID]) -> None:
        """Another worker says so; see `publish`."""
        stirred, changed = list(stirred), list(changed)
        self._look_again([*stirred, *changed])
        self._changed.update(changed)
        for user_id in self._changed:
            self.sight.forget(user_id)

    async def sweep(self) -> None:
        """Everybody who is watched here; to be called with every beat."""
        self._due.update(self._of)

    def _look_again(self, user_ids: Collection[UUID]) -> None:
        self.noticed(user_ids)
        self._due.update(user_id for user_id in user_ids if user_id in self._of)

    # --- what watchers are told

    async def tick(self) -> None:
        """Tell the others whom to look at, and our watchers what they see; to be called every DIGEST_SECONDS."""
        self._publish()
        self._collect_due()
        due, self._due = [user_id for user_id in self._due if user_id in self._of], set()
        news: News = {}
        for start in range(0, len(due), LOOK_AT_ONCE):
            some = due[start : start + LOOK_AT_ONCE]
            try:
                await self._find_news(some, news)
            except UnavailableError:
                logger.warning("how people look cannot be known now")
                for user_id in some:
                    self._look_in(user_id, RETRY_SECONDS)
        self._tell(news)

    def _publish(self) -> None:
        stirred, changed = self._unpublished
        if stirred or changed:
            self._unpublished = (set(), set())
            self.publish(stirred, changed)

    def _collect_due(self) -> None:
        now = time.monotonic()
        for user_id in [user_id for user_id, at in self._later.items() if at <= now]:
            del self._later[user_id]
            self._due.add(user_id)
        if self._changed:
            changed, self._changed = self._changed, set()
            self._due |= changed
            # Whoever hides now, or was blocked, sees others differently too.
            self._due.update(*(one.user_ids for one in self._watches.values() if one.connection.user_id in changed))

    async def _find_news(self, user_ids: Collection[UUID], news: News) -> None:
        views = await self.sight.look(user_ids)
        viewers = await self.sight.profiles(
            watch.connection.user_id for user_id in user_ids for watch in self._of.get(user_id, ())
        )
        self._expect_ends(views)
        compared = 0
        for user_id, view in views.items():
            for watch in self._of.get(user_id, ()):
                self._compare(watch, view, viewers.get(watch.connection.user_id), news)
                compared += 1
            if compared > COMPARE_AT_ONCE:
                compared = await asyncio.sleep(0, 0)

    def _compare(self, watch: Watch, view: View, viewer: Profile | None, news: News) -> None:
        user_id = view.plain.user_id
        if viewer is None or watch.told is None:  # its own look is not older than ours
            return
        person, before = view.to(watch.connection.user_id, viewer), watch.told[user_id]
        if person == before:
            return
        if person is view.plain and before.state != "offline" and (rest := _may_return_within(view)):
            self._look_in(user_id, rest)
        else:
            news.setdefault(watch, []).append(person)

    def _tell(self, news: News) -> None:
        """Left out where anything else still waits to be sent; the next digest makes it good."""
        frames: dict[tuple[int, ...], Frame] = {}
        for watch, people in news.items():
            connection = watch.connection
            if self._watches.get(connection) is not watch or watch.told is None:
                continue
            if connection.lagging_since is not None or connection.outlet.backlog():
                self._due.update(person.user_id for person in people)
                continue
            # Many are told the same, of the very same views.
            key = tuple(map(id, people))
            if key not in frames:
                frames[key] = _digest(people)
            connection.offer(frames[key])
            watch.told |= {person.user_id: person for person in people}

    def _expect_ends(self, views: dict[UUID, View]) -> None:
        """A status ends by itself; one that outlives the next beat is looked at then."""
        now = datetime.now(UTC)
        for user_id, view in views.items():
            if (ends_at := view.profile.status_ends_at) is None:
                continue
            if 0 < (rest := (ends_at - now).total_seconds()) <= settings.PRESENCE_SECONDS:
                self._look_in(user_id, rest)

    def _look_in(self, user_id: UUID, seconds: float) -> None:
        at = time.monotonic() + seconds
        self._later[user_id] = min(at, self._later.get(user_id, at))


def _may_return_within(view: View) -> float:
    """Seconds, zero when somebody who left has had their time to come back."""
    if view.plain.state != "offline" or view.seen_at is None:
        return 0.0
    gone = (datetime.now(UTC) - view.seen_at).total_seconds()
    return RETURN_SECONDS - gone if 0 <= gone < RETURN_SECONDS else 0.0


def _digest(people: list[PersonSeen]) -> Frame:
    pages = (people[start : start + PEOPLE_A_PAGE] for start in range(0, len(people), PEOPLE_A_PAGE))
    return Frame(*(encode(PresenceChanged(people=page)) for page in pages))
