"""How a name stands in a line: with its username beside it, and without turning the words around it. Pure.

static/js/labels.js writes the same.
"""

from __future__ import annotations

import re

_BEFORE_USERNAME = " \u2066"
# Letters that run from right to left, and Arabic numbers. The same ranges as in the browser.
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")


def label(name: str, username: str) -> str:
    """ "Ann", or with a username "Ann (@ann)", which runs from left to right whatever the name's script."""
    return f"{name}{_BEFORE_USERNAME}(@{username})\u2069" if username else name


def bare_name(label: str) -> str:
    """The name without the username. No name contains the mark between them."""
    return label.partition(_BEFORE_USERNAME)[0]


def isolate(name: str) -> str:
    """For a sentence of plain text: a name that runs from right to left leaves the other words where they are."""
    return f"\u2068{name}\u2069" if _RIGHT_TO_LEFT.search(name) else name
