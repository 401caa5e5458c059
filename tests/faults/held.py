"""What somebody has of one conversation, by number."""

from __future__ import annotations

from collections import deque

from messaging.protocol import AnyChange, MessageSent

RECENT_MOST = 30


class Held:
    """Everything above `since` up to `through`, and `early` above that. `recent`: the last messages to come."""

    def __init__(self, since: int) -> None:
        self.through = since
        self.head = since
        self.early: set[int] = set()
        self.recent: deque[MessageSent] = deque(maxlen=RECENT_MOST)

    def put(self, change: AnyChange) -> None:
        self.note_head(change.seq)
        if change.seq > self.through:
            self.early.add(change.seq)
        if isinstance(change, MessageSent) and not change.deleted:
            self.recent.append(change)
        while self.through + 1 in self.early:
            self.through += 1
            self.early.discard(self.through)

    def note_head(self, head: int) -> None:
        self.head = max(self.head, head)

    @property
    def is_whole(self) -> bool:
        return self.through >= self.head
