"""The conversations that people talk in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from tests.faults.person import Person

# Of a channel's readers a third show it all the time, a third not before everybody is at rest, the others now and then.
READERS = ("member", "hinted", "glancing")


@dataclass(slots=True)
class Room:
    """The first of its people is its owner, and in a channel the only one who posts."""

    id: UUID
    people: list[Person]
    is_channel: bool = False

    @property
    def owner(self) -> Person:
        return self.people[0]

    def may_post(self, person: Person) -> bool:
        return not self.is_channel or person is self.owner

    def role_of(self, person: Person) -> str:
        if person is self.owner:
            return "owner"
        return READERS[self.people.index(person) % len(READERS)] if self.is_channel else "member"


def sizes_for(people: int) -> list[int]:
    """One group of all, some of a third and of a sixth, and pairs."""
    return [people, *[people // 3] * 3, *[max(people // 6, 2)] * 4, *[2] * (people // 4)]
