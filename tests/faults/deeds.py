"""What people do beside saying something plain: answer, mention, forward, edit, delete, react and pin, all of it with
messages that they were told of."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from messaging.protocol import (
    AddReaction,
    AnyWrite,
    DeleteMessage,
    EditMessage,
    ForwardMessage,
    MessageSent,
    PinMessage,
    RemoveReaction,
    SendMessage,
    UnpinMessage,
)

if TYPE_CHECKING:
    from tests.faults.person import Person
    from tests.faults.rooms import Room

EMOJIS = ("👍", "🎉", "❤️")


@dataclass(frozen=True, slots=True)
class Occasion:
    """Somebody is about to do something in a room of which they know these messages, the last that came."""

    person: Person
    room: Room
    known: Sequence[MessageSent]
    body: str

    @property
    def is_owner(self) -> bool:
        return self.person is self.room.owner

    def address(self) -> dict[str, object]:
        return {"key": self.person.new_key(), "conversation_id": self.room.id}

    def any(self) -> int:
        return random.choice(self.known).seq

    def own(self) -> int:
        """One of theirs; where there is none, another."""
        said = self.person.said.get(self.room.id)
        return random.choice(said) if said else self.any()


Deed = Callable[[Occasion], AnyWrite]


def something(person: Person, room: Room, body: str) -> AnyWrite:
    """Whatever comes to mind; something plain where nothing can be done yet."""
    held = person.held.get(room.id)
    occasion = Occasion(person, room, list(held.recent) if held else [], body)
    if not occasion.known:
        return SendMessage(**occasion.address(), body=body)
    return random.choice(_possible(occasion))(occasion)


def _possible(on: Occasion) -> Sequence[Deed]:
    if not on.room.may_post(on.person):
        return READERS
    return OWNERS if on.is_owner else EVERYBODYS


def answer(on: Occasion) -> AnyWrite:
    return SendMessage(**on.address(), body=on.body, reply_to=on.any())


def mention(on: Occasion) -> AnyWrite:
    """ "@all" means everybody only where its author may say so."""
    name = random.choice([*(person.username for person in on.room.people), "all"])
    return SendMessage(**on.address(), body=f"{on.body} @{name}")


def forward(on: Occasion) -> AnyWrite:
    sources = [(room, message) for room, held in on.person.held.items() for message in held.recent]
    source, message = random.choice(sources)
    return ForwardMessage(**on.address(), source_id=source, source_seq=message.seq)


def edit(on: Occasion) -> AnyWrite:
    return EditMessage(**on.address(), target=on.own(), body=f"{on.body} again")


def delete(on: Occasion) -> AnyWrite:
    """One's own; an owner takes others' away too."""
    return DeleteMessage(**on.address(), target=on.any() if on.is_owner else on.own())


def react(on: Occasion) -> AnyWrite:
    return AddReaction(**on.address(), target=on.any(), emoji=random.choice(EMOJIS))


def take_back(on: Occasion) -> AnyWrite:
    """Most often there is something to take back."""
    target = on.person.reacted.get(on.room.id)
    return RemoveReaction(**on.address(), target=target[0], emoji=target[1]) if target else react(on)


def pin(on: Occasion) -> AnyWrite:
    return PinMessage(**on.address(), target=on.any())


def unpin(on: Occasion) -> AnyWrite:
    return UnpinMessage(**on.address(), target=on.person.pinned.get(on.room.id) or on.any())


def overstep(on: Occasion) -> AnyWrite:
    """Who edits what is not theirs, or pins without being asked to, is refused."""
    return (
        EditMessage(**on.address(), target=on.any(), body=f"{on.body} not mine") if random.random() < 0.5 else pin(on)
    )


EVERYBODYS: Sequence[Deed] = (answer, mention, forward, edit, edit, delete, react, react, take_back, overstep)
# An answer is more than they may.
READERS: Sequence[Deed] = (react, react, take_back, answer)
OWNERS: Sequence[Deed] = (*EVERYBODYS, delete, pin, pin, unpin)
