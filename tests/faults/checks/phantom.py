"""Whatever is shown was asked for: by this author, in this room, in these words; what was refused never shows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from tests.faults.checks.records import Write
from tests.faults.checks.run import EDITED, Run
from tests.faults.history import MESSAGE, Line
from tests.faults.told import ALL, KINDS

NAMED = re.compile(r"(?<!\S)@(\S+)")
ASKED_FOR = frozenset(KINDS.values())

Texts = dict[tuple[str, int], set[str]]


def check(run: Run) -> Iterator[str]:
    judged, texts = set(), _texts(run)
    for line in run.seen():
        what = line.room, line.key, line.author, line.body, line.target, line.source, *line.mentions
        if line.kind not in ASKED_FOR or what in judged:
            continue
        judged.add(what)
        write = run.writes.get(line.key)
        if write is None:
            yield f"nobody asked for {line.kind} {line.body!r} (number {line.seq} of {line.room})"
        elif not write.may_exist:
            yield f"{write} was refused, and is shown"
        elif not _is_what_was_asked(run, write, line, texts):
            yield f"{write} in {write.room} was shown as {line.kind} {line.body!r} of {line.author}"


def _is_what_was_asked(run: Run, write: Write, line: Line, texts: Texts) -> bool:
    asked = write.asked
    wanted = asked.room, run.accounts[asked.who], asked.kind, asked.target
    if wanted != (line.room, line.author, line.kind, line.target):
        return False
    if asked.source or line.source:
        return _is_forwarded(run, asked, line, texts)
    return line.deleted or (line.body == asked.body and _mentions_whom_it_names(run, line))


def _is_forwarded(run: Run, asked: Line, line: Line, texts: Texts) -> bool:
    """In words that its source once had, and with the very first to say it."""
    room, seq = asked.source.split()
    source = next((one for one in run.timeline(room) if one.seq == int(seq)), None)
    if source is None or line.source != (source.source or f"{asked.source} {source.author}"):
        return False
    return line.deleted or (line.body in texts[room, int(seq)] and not line.mentions)


def _texts(run: Run) -> Texts:
    """What each message ever said, as it was shown to somebody or asked for."""
    texts: Texts = defaultdict(set)
    for line in run.seen():
        if line.kind in (MESSAGE, EDITED) and not line.deleted:
            texts[line.room, line.seq if line.kind == MESSAGE else line.target].add(line.body)
    for write in run.writes.values():
        asked = write.asked
        if asked.kind == EDITED and not asked.source:
            texts[write.room, asked.target].add(asked.body)
        for seq in write.seqs if asked.kind == MESSAGE and not asked.source else ():
            texts[write.room, seq].add(asked.body)
    return texts


def _mentions_whom_it_names(run: Run, line: Line) -> bool:
    """Whoever comes and goes may have been a member then, or not."""
    if line.kind != MESSAGE:
        return True
    names = NAMED.findall(line.body)
    named = {run.accounts[run.usernames[name]] for name in names if name in run.usernames} - {line.author}
    if ALL in names and run.accounts[run.owners[line.room]] == line.author:
        named.add(ALL)
    loose = {run.accounts[who] for who in run.movers[line.room]}
    return named - loose == set(line.mentions) - loose
