"""The search index, in the relational database: which messages have which grams, and how far each conversation is in.

Synchronous, for threads. What it is told is what the changes of a conversation say, in order; whoever tells it names
the seq it goes on from, so that two who index one conversation at a time cannot both be right.
"""

from messaging.search.index.contract import Batch, Entry, Hit, Place, Wanted
from messaging.search.index.cursors import advance, ahead, behind, conversations_above, cursor_of, erase, left_behind
from messaging.search.index.entries import changes_at_once
from messaging.search.index.finding import find

__all__ = [
    "Batch",
    "Entry",
    "Hit",
    "Place",
    "Wanted",
    "advance",
    "ahead",
    "behind",
    "changes_at_once",
    "conversations_above",
    "cursor_of",
    "erase",
    "find",
    "left_behind",
]
