"""The history of a run: one line for each thing that was asked, answered, told or broken, in JSON.

Every operation is an `invoke`, and later `ok`, `fail` (it did not happen) or `info` (nobody knows). What is told
unasked is `ok` at once. Nothing here judges.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

INVOKE, OK, FAIL, INFO = "invoke", "ok", "fail", "info"
MESSAGE = "message.sent"


class Line(msgspec.Struct, omit_defaults=True, kw_only=True):
    """`at`: seconds on this machine's monotonic clock. `f` is what it is about:

    room     `who`, whose username is `body`, is in the room from the start, as `role`: owner or member; of a channel
             too, hinted or glancing: who never shows it before everybody is at rest, and who does now and then
    write    `who` asks under `key` for a change: its `kind`, `body`, `target` and `source`; ok with `seq`
    live     `who` was told of a change on socket number `conn`; what describes it, tests.faults.told says
    fetched  the same change, out of a page that was asked for at `asked`
    later    the same, of what that page brought in besides
    hinted   `who` was told that the room moved from `above` to `seq`; `hints` are its messages on the way
    stands   `who` was told that the head of a channel is `seq`
    shows    from here on `who` shows the room, and no other
    open     a socket of `who`, whose account is `author`; info close, when it ended
    seen     `who` was told that the user `author` looks as `body` says
    receipts invoke: what `who` is told now comes in place of what was told before; ok: the user `author` has `read` so
             far, and what is up to `seq` reached them
    reached  the same, asked for through the worker `by`
    settled  from here on presence has to be right
    began    `who` has to be told everything of the room above `seq`
    mark     `who` has read up to `seq`; ok with `read`
    kick, leave, add   of the member `who`
    peek     `who`, no member any more, asks for the history; ok if it was shown
    look     `who` at rest, through the worker `by`: `seq` is the head, with `read`, `unread` and `mentioned`
    stored   as fetched, of the whole history that this look read; the page was of what is above number `above`
    beside   as later, of the same page
    preview  `who` is shown the message `seq` in the list of conversations as `body`, or as `deleted`
    version  `who` is shown that the message `target` once said `body`
    pins     `who` is shown that the messages `seqs` are pinned
    fault    invoke when something breaks, info with what shows that it did (`body`), ok when it is whole again
    spread   how many sockets the worker `by` holds (`seq`)
    """

    at: float
    type: str
    f: str
    who: str = ""
    room: str = ""
    conn: int = 0
    seq: int = 0
    key: str = ""
    kind: str = ""
    author: str = ""
    body: str = ""
    digest: str = ""
    core: str = ""
    target: int = 0
    source: str = ""
    mentions: list[str] = []
    deleted: bool = False
    role: str = ""
    code: str = ""
    by: str = ""
    asked: float = 0.0
    above: int = 0
    read: int = 0
    unread: int = 0
    mentioned: int = 0
    seqs: list[int] = []
    hints: list[str] = []


class Recorder:
    """Appends lines to a file. `acked` counts the messages that were acknowledged, each once; `acked_writes` everything
    that was."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._encoder = msgspec.json.Encoder()
        self._acked: set[str] = set()
        self.acked = 0
        self.healed_at = 0.0

    @property
    def acked_writes(self) -> int:
        return len(self._acked)

    def note(self, type: str, f: str, **what: object) -> None:
        line = Line(at=time.monotonic(), type=type, f=f, **what)  # type: ignore[arg-type]
        if f == "fault" and type == OK:
            self.healed_at = line.at
        if f == "write" and type == OK and line.key not in self._acked:
            self._acked.add(line.key)
            self.acked += line.kind == MESSAGE
        self._file.write(self._encoder.encode(line) + b"\n")

    def close(self) -> None:
        self._file.close()


def read_lines(path: Path) -> Iterator[Line]:
    decoder = msgspec.json.Decoder(Line)
    with path.open("rb") as file:
        for line in file:
            yield decoder.decode(line)
