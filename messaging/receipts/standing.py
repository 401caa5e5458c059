"""How far the members of one conversation have come, and what of it each of them may know. Pure.

Whoever reads privately is told nothing of anybody, and nobody is told how far they read; who blocks somebody looks to
them like one who has read nothing and is not here. What reached whom follows from how they look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from messaging.presence.sight import Profile, View
from messaging.protocol import Receipt, ReceiptsChanged


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What a member may know: `people` in a small conversation, in a large one `reads`, how far each of the others has
    read, the furthest first. Equal only to itself; see `digest`."""

    people: tuple[Receipt, ...] = ()
    reads: tuple[int, ...] | None = None


NOTHING = Told()


@dataclass(slots=True)
class Standing:
    """`marks`: how far each has read. `views` is empty in a large conversation. `delivered`: what had reached those who
    are not connected."""

    marks: Mapping[UUID, int]
    profiles: Mapping[UUID, Profile] = field(default_factory=dict)
    views: Mapping[UUID, View] = field(default_factory=dict)
    delivered: Mapping[UUID, int] = field(default_factory=dict)
    blocked: frozenset[UUID] = frozenset()
    _told: dict[object, Told] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.blocked = frozenset[UUID]().union(*(profile.blocked for profile in self.profiles.values()))

    def moved(self) -> None:
        """A mark is another now."""
        self._told.clear()

    def to(self, viewer_id: UUID) -> Told:
        """Those who may know the same are given the same."""
        viewer = self.profiles.get(viewer_id)
        if viewer is None or viewer.reads_privately:
            return NOTHING
        key = viewer_id if viewer_id in self.blocked else viewer.hides if self.views else self._read(viewer_id, None)
        if key not in self._told:
            self._told[key] = self._people(viewer_id, viewer) if self.views else self._reads(viewer_id)
        return self._told[key]

    def _people(self, viewer_id: UUID, viewer: Profile) -> Told:
        return Told(tuple(self._receipt(view, viewer_id, viewer) for view in self.views.values()))

    def _reads(self, viewer_id: UUID) -> Told:
        others = (self._read(user_id, viewer_id) for user_id in self.profiles if user_id != viewer_id)
        return Told(reads=tuple(sorted(others, reverse=True)))

    def _receipt(self, view: View, viewer_id: UUID, viewer: Profile) -> Receipt:
        user_id = view.plain.user_id
        read, seen = self._read(user_id, viewer_id), view.to(viewer_id, viewer)
        if seen.state != "offline":
            return Receipt(user_id, read)
        return Receipt(user_id, read, max(read, self.delivered.get(user_id, 0) if seen is view.plain else 0))

    def _read(self, user_id: UUID, viewer_id: UUID | None) -> int:
        profile = self.profiles[user_id]
        return 0 if profile.reads_privately or viewer_id in profile.blocked else self.marks.get(user_id, 0)


def digest(conversation_id: UUID, before: Told | None, now: Told) -> ReceiptsChanged | None:
    """What who was told the one is to be told now, None when it is the same."""
    if before is not None and (before.people, before.reads) == (now.people, now.reads):
        return None
    if before is None or now.reads is not None or not _are_same_people(before, now):
        return whole(conversation_id, now)
    changed = [receipt for old, receipt in zip(before.people, now.people, strict=True) if old != receipt]
    return ReceiptsChanged(conversation_id=conversation_id, people=changed)


def whole(conversation_id: UUID, told: Told) -> ReceiptsChanged:
    reads = None if told.reads is None else list(told.reads)
    return ReceiptsChanged(conversation_id=conversation_id, people=list(told.people), reads=reads, whole=True)


def _are_same_people(before: Told, now: Told) -> bool:
    return [receipt.user_id for receipt in before.people] == [receipt.user_id for receipt in now.people]
