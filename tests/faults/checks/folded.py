"""What is shown of a message is the same for everybody: folded from what somebody was told and fetched, from each page
with what it brings besides, and from the whole history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from messaging.fold import Annotations, Shown
from messaging.protocol import CHANGES, Change
from tests.faults.checks.records import Look
from tests.faults.checks.run import DELETED, EDITED, Run
from tests.faults.history import MESSAGE, Line

REACTIONS = ("reaction.added", "reaction.removed")
CONCERNING = frozenset((EDITED, DELETED, *REACTIONS, "message.pinned", "message.unpinned"))

Messages = dict[int, Shown]


def check(run: Run) -> Iterator[str]:
    whole = {room: folded(run.timeline(room)) for room in run.members}
    for (who, room), looks in run.looks.items():
        for look in looks:
            for above, page in _pages(look).items():
                if wrong := _wrong(folded(page), whole[room]):
                    yield f"the page of {room} above {above} that {who} read through {look.by} shows {wrong} otherwise"
    for (who, room), lines in _told(run).items():
        since = run.since(who, room)
        own = {seq: shown for seq, shown in folded(lines).items() if since is not None and seq > since}
        if wrong := _wrong(own, whole[room]):
            yield f"what {who} was told of {room} shows {wrong} otherwise than its history"
    for line in run.lines["pins"]:
        pinned = sorted(seq for seq, shown in whole[line.room].items() if shown.is_pinned)
        if sorted(line.seqs) != pinned:
            yield f"{line.who} is shown {sorted(line.seqs)} as pinned in {line.room} through {line.by}, not {pinned}"


def _wrong(some: Messages, whole: Messages) -> list[int]:
    return [seq for seq, shown in some.items() if whole.get(seq) != shown]


def _pages(look: Look) -> dict[int, list[Line]]:
    pages: dict[int, list[Line]] = defaultdict(list)
    for line in (*look.stored, *look.beside):
        pages[line.above].append(line)
    return pages


def _told(run: Run) -> dict[tuple[str, str], list[Line]]:
    told: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in (*run.live, *run.fetched, *run.lines["later"]):
        told[line.who, line.room].append(line)
    return {place: lines for place, lines in told.items() if place in run.looks}


def folded(lines: Iterable[Line]) -> Messages:
    """As the clients do it. Of a message that was shown twice, once without its text, either will do."""
    messages, annotations = {}, Annotations()
    for line in lines:
        if line.kind == MESSAGE:
            messages[line.seq] = _change(line)
        elif line.kind in CONCERNING:
            annotations.put(_change(line))
    return {seq: annotations.shown(message) for seq, message in messages.items()}  # type: ignore[arg-type]


def _change(line: Line) -> Change:
    """As much of it as the fold looks at; its number in the place of its time."""
    common = {"conversation_id": line.room, "seq": line.seq, "id": "", "key": line.key, "author_id": line.author}
    own: dict[str, object] = {"sent_at": str(line.seq)}
    if line.kind in (MESSAGE, EDITED):
        own |= {"body": line.body, "deleted": line.deleted}
    if line.kind in CONCERNING:
        own["target"] = line.target
    if line.kind in REACTIONS:
        own["emoji"] = line.body
    return CHANGES[line.kind](**common, **own)
