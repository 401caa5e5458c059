"""The checks of the replay find each planted error; and nothing where there is none."""

from __future__ import annotations

import copy
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from chatproject.replay.check import differences
from chatproject.replay.observed import Marked, Played, Seat, Sent
from messaging.protocol import AnyChange, ConversationCreated, MemberJoined, MemberLeft, MessageSent

ALICE, BOB, CAROL = uuid4(), uuid4(), uuid4()
GROUP = uuid4()


def message(author_id: UUID, body: str) -> MessageSent:
    return MessageSent(conversation_id=GROUP, id=uuid4(), key=uuid4(), author_id=author_id, body=body)


def other(kind: type[MemberJoined] | type[MemberLeft], user_id: UUID) -> AnyChange:
    return kind(conversation_id=GROUP, id=uuid4(), key=uuid4(), author_id=user_id, user_id=user_id)


def numbered(changes: list[AnyChange]) -> list[AnyChange]:
    for seq, change in enumerate(changes, 1):
        change.seq = seq
    return changes


def played_well() -> Played:
    """alice owns; bob joins at 2 and stays; carol joins at 4 and leaves at 6. Messages at 3, 5, 7, 8 and 9."""
    made = ConversationCreated(conversation_id=GROUP, id=uuid4(), key=uuid4(), author_id=ALICE, name="group")
    timeline = numbered(
        [
            made,
            other(MemberJoined, BOB),
            message(BOB, "one"),
            other(MemberJoined, CAROL),
            message(CAROL, "two"),
            other(MemberLeft, CAROL),
            message(BOB, "three"),
            message(ALICE, "four"),
            message(BOB, "five"),
        ]
    )
    sent = [
        Sent(m.key, m.author_id, m.body, began=float(m.seq), acked=m.seq + 0.5, seq=m.seq)
        for m in timeline
        if isinstance(m, MessageSent)
    ]
    return Played("log", sent, [_alice(timeline), _bob(timeline), _carol(timeline)])


def _told(timeline: list[AnyChange], first: int, last: int) -> dict[int, AnyChange]:
    return {seq: timeline[seq - 1] for seq in range(first, last + 1)}


def _alice(timeline: list[AnyChange]) -> Seat:
    histories = {"socket": list(timeline), "REST": list(timeline)}
    live = [[1, 2, 3, 4], [6, 7, 8, 9]]  # 5 came as the filling of a gap
    held = _told(timeline, 1, 9)
    return Seat("alice", ALICE, held=held, live=live, histories=histories, head=9, read=0, unread=4)


def _bob(timeline: list[AnyChange]) -> Seat:
    histories = {"socket": list(timeline)}
    held = _told(timeline, 2, 9)
    marked = Marked(seq=5, read=5, unread=1)
    live = [list(range(2, 10))]
    return Seat("bob", BOB, held=held, live=live, histories=histories, head=9, read=5, unread=1, marked=marked)


def _carol(timeline: list[AnyChange]) -> Seat:
    return Seat("carol", CAROL, away=[(6.2, float("inf"))], held=_told(timeline, 4, 5), live=[[4, 5]])


def kinds(played: Played) -> set[str]:
    return {difference.kind for difference in differences(played)}


def test_nothing_differs_where_all_went_well() -> None:
    assert differences(played_well()) == []


Plant = Callable[[Played], None]


def _owners(played: Played) -> list[AnyChange]:
    return played.owner.histories["socket"]


def lost_for_all(played: Played) -> None:
    """The numbers close over it, so nothing but the sender's memory shows it."""
    for seat in played.seats:
        for way, changes in seat.histories.items():
            changes = [change for change in copy.deepcopy(changes) if change.seq != 7]
            seat.histories[way] = numbered(changes)


def stored_twice(played: Played) -> None:
    for seat in played.seats:
        for changes in seat.histories.values():
            again = copy.deepcopy(changes[2])
            again.seq = 10
            changes.append(again)


def never_sent(played: Played) -> None:
    for changes in (history for seat in played.seats for history in seat.histories.values()):
        changes.append(numbered([*copy.deepcopy(changes), message(BOB, "who said this?")])[-1])


def body_changed(played: Played) -> None:
    message = _owners(played)[6]
    assert isinstance(message, MessageSent)
    message.body = "thr\ufffdee"


def refused(played: Played) -> None:
    played.sent[1].refusal = "not_found"


def a_hole(played: Played) -> None:
    del _owners(played)[5]


def senders_lines_swapped(played: Played) -> None:
    """bob said "three" before "one", and that is not how they are stored."""
    played.sent.insert(0, played.sent.pop(2))


def stored_before_what_was_acknowledged(played: Played) -> None:
    played.sent[0].began = 20.0


def history_of_one_differs(played: Played) -> None:
    del played.seats[1].histories["socket"][-1]


def rest_differs(played: Played) -> None:
    rest = played.owner.histories["REST"]
    rest[2], rest[4] = rest[4], rest[2]


def nothing_read_back(played: Played) -> None:
    played.seats[1].histories.clear()


def never_told(played: Played) -> None:
    del played.seats[1].held[8]


def told_something_else(played: Played) -> None:
    played.seats[1].held[8] = copy.deepcopy(_owners(played)[8])


def told_twice(played: Played) -> None:
    played.seats[1].live[0].insert(3, 4)


def told_out_of_order(played: Played) -> None:
    live = played.seats[1].live[0]
    live[2], live[3] = live[3], live[2]


def told_after_leaving(played: Played) -> None:
    played.seats[2].live[0].append(7)


def unread_wrong(played: Played) -> None:
    played.seats[1].unread += 1


def unread_wrong_when_marked(played: Played) -> None:
    marked = played.seats[1].marked
    assert marked
    marked.unread -= 1


def head_behind(played: Played) -> None:
    played.owner.head -= 1


def joining_not_told(played: Played) -> None:
    played.seats[1].came += 1


@pytest.mark.parametrize(
    ("plant", "kind"),
    [
        (lost_for_all, "lost"),
        (stored_twice, "doubled"),
        (never_sent, "phantom"),
        (body_changed, "altered"),
        (refused, "refused"),
        (a_hole, "numbers"),
        (senders_lines_swapped, "order"),
        (stored_before_what_was_acknowledged, "order"),
        (history_of_one_differs, "history"),
        (rest_differs, "history"),
        (nothing_read_back, "history"),
        (never_told, "missing"),
        (told_something_else, "missing"),
        (told_twice, "order"),
        (told_out_of_order, "order"),
        (told_after_leaving, "leaked"),
        (unread_wrong, "unread"),
        (unread_wrong_when_marked, "unread"),
        (head_behind, "unread"),
        (joining_not_told, "members"),
    ],
)
def test_a_planted_error_is_reported(plant: Plant, kind: str) -> None:
    played = copy.deepcopy(played_well())
    plant(played)
    assert kind in kinds(played)
