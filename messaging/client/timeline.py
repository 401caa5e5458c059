"""What one client holds of one conversation: its changes by seq, how they came, and what is missing. Pure."""

from __future__ import annotations

from messaging.fold import Annotations, Facts, Shown
from messaging.protocol import AnyChange, MessageSent


class Timeline:
    """`since`: where this client began to listen (None: it does not); `through`: all after `since` up to here is held.

    `head`: the highest seq it knows of. `live`: the seqs in the order in which they arrived, a list per connection.
    """

    __slots__ = ("annotations", "changes", "facts", "head", "live", "since", "through")

    def __init__(self) -> None:
        self.changes: dict[int, AnyChange] = {}
        self.annotations = Annotations()
        self.facts = Facts()
        self.live: list[list[int]] = [[]]
        self.since: int | None = None
        self.through = 0
        self.head = 0

    @property
    def is_whole(self) -> bool:
        return self.through >= self.head

    def begin(self, since: int) -> None:
        """From here on the client has to be told everything.

        A change may arrive before the position that tells where listening began: then the beginning moves back.
        """
        if self.since is None or since < self.since:
            self.since = self.through = since
            self._advance()

    def arrive(self, change: AnyChange) -> None:
        """A change came by itself."""
        if self.since is None:
            self.begin(change.seq - 1)
        self.live[-1].append(change.seq)
        self.put(change)

    def put(self, change: AnyChange) -> None:
        """Keep a change, wherever it came from; one that is held already stays as it is."""
        seq = change.seq
        self.changes.setdefault(seq, change)
        self.annotations.put(change)
        self.facts.put(change)
        if seq > self.head:
            self.head = seq
        self._advance()

    def put_later(self, change: AnyChange) -> None:
        """What a page brings beside its changes."""
        self.annotations.put(change)

    def messages(self) -> dict[int, Shown]:
        """What is shown of the messages held, by seq."""
        held = ((seq, self.changes[seq]) for seq in sorted(self.changes))
        return {seq: self.annotations.shown(change) for seq, change in held if isinstance(change, MessageSent)}

    def _advance(self) -> None:
        while self.through + 1 in self.changes:
            self.through += 1

    def end(self) -> None:
        """No member any more. What it holds stays; what it misses until it begins again is not its to know."""
        self.since = None
        self.through = self.head

    def note_head(self, head: int) -> None:
        self.head = max(self.head, head)

    def reconnected(self) -> None:
        self.live.append([])
