"""Whatever is shown was said: by this author, in this room, in these words; what was refused never shows."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.checks.run import MESSAGE, Run


def check(run: Run) -> Iterator[str]:
    judged = set()
    for line in run.seen():
        what = line.room, line.key, line.author, line.body
        if line.kind != MESSAGE or what in judged:
            continue
        judged.add(what)
        send = run.sends.get(line.key)
        if send is None:
            yield f"nobody said {line.body!r} (number {line.seq} of {line.room})"
        elif (send.room, run.accounts[send.who], send.body) != (line.room, line.author, line.body):
            yield f"{send.body!r} of {send.who} in {send.room} was shown as {line.body!r} of {line.author}"
        elif not send.may_exist:
            yield f"{send.body!r} was refused, and is shown"
