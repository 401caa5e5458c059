"""The search index, in the relational database: which messages have which n-grams, and how far each conversation is in.

Synchronous, for threads. What it is given is what the changes of a conversation say, in order; the caller names the seq
it goes on from, so that of two who index one conversation at a time only one can be right.
"""

from messaging.search.index.blocks import seal
from messaging.search.index.contract import Batch, Entry, Hit, Hits, Place, Standing, Step, Wanted
from messaging.search.index.cursors import (
    advance,
    advance_all,
    ahead,
    begin,
    behind,
    conversations_above,
    cursor_of,
    erase,
    existing,
    left_behind,
    make_old,
    renew,
    standings,
    unsealed,
)
from messaging.search.index.finding import find

__all__ = [
    "Batch",
    "Entry",
    "Hit",
    "Hits",
    "Place",
    "Standing",
    "Step",
    "Wanted",
    "advance",
    "advance_all",
    "ahead",
    "begin",
    "behind",
    "conversations_above",
    "cursor_of",
    "erase",
    "existing",
    "find",
    "left_behind",
    "make_old",
    "renew",
    "seal",
    "standings",
    "unsealed",
]
