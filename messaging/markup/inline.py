"""Marks inside a line: where emphasis begins and ends, and what a backslash does. Pure."""

from __future__ import annotations

import re
import unicodedata

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline import link as _link
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token
from markdown_it.utils import EnvType

from messaging.markup.scripts import is_of_spaceless_script, is_punctuation

_BACKSLASHES = re.compile(r"\\+")
_TAKEN = "*_~`[]>"
_LEADS_NOWHERE = re.compile(r"\(\s*(?:<>)?\s*\)\Z")
_AT_LINE_START = re.compile(r"(?:\A|\n)[ \t]*\Z")


class _State(StateInline):
    """`edges`, of each mark: where it could first open emphasis, and where it could last close it."""

    def __init__(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> None:
        super().__init__(src, md, env, tokens)
        self.edges: dict[str, tuple[int, int]] = {}

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        """A letter of a script without spaces is as good an edge as a space: これは**「重要」**です."""
        scanned = super().scanDelims(start, canSplitWord)
        if not canSplitWord or (scanned.can_open and scanned.can_close):
            return scanned
        end = start + scanned.length
        before = self.src[start - 1] if start else " "
        after = self.src[end] if end < self.posMax else " "
        opens = scanned.can_open or (not after.isspace() and is_of_spaceless_script(before))
        closes = scanned.can_close or (not before.isspace() and is_of_spaceless_script(after))
        return Scanned(opens, closes, scanned.length)


class Inline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


def escape(state: StateInline, silent: bool) -> bool:
    """An inline rule: backslashes go where they take a mark its meaning, and stay where it would have none, as in paths
    and patterns; the mark after one that stays has none either."""
    if state.src[state.pos] != "\\":
        return False
    found = _BACKSLASHES.match(state.src, state.pos, state.posMax)
    assert found is not None
    count, at = len(found[0]), found.end()
    has_mark = at < state.posMax and state.src[at] in _TAKEN
    is_taken = has_mark and _has_meaning(state, at)
    # An even number before a mark leaves it its meaning.
    end = at + 1 if has_mark and (count % 2 or not is_taken) else at
    if not silent:
        text = state.src[state.pos : end]
        token = state.push("text_special", "", 0)
        token.content = text[(count + 1) // 2 :] if is_taken else text
        token.markup = text
        token.info = "escape"
        if is_taken:
            state.env["has_escape"] = True
    state.pos = end
    return True


def _has_meaning(state: StateInline, at: int) -> bool:
    """Of the mark at this place, were there no backslash before it."""
    mark = state.src[at]
    if mark in "*>" and _AT_LINE_START.search(state.src[max(0, state.pos - 4) : state.pos]):
        return True
    if mark in "*_":
        return _emphasises(state, at)
    if mark == "~":
        return "~" in state.src[at + 1 : at + 3].removeprefix("\\")[:1] or state.src[: state.pos].endswith("~")
    return mark != ">"


def _emphasises(state: StateInline, at: int) -> bool:
    """Whether it could open, or close what was opened before it. An underscore opens nothing that nothing closes."""
    assert isinstance(state, _State)
    mark = state.src[at]
    first_opening, last_closing = _edges(state, mark)
    if _closes(state.src, state.pos, at):
        return first_opening < state.pos
    return _opens(state.src, state.pos, at) and (mark == "*" or last_closing > at)


def _edges(state: _State, mark: str) -> tuple[int, int]:
    if mark not in state.edges:
        places = [(found.start(), found.end() - 1) for found in re.finditer(rf"\\*+{re.escape(mark)}", state.src)]
        opening = next((at for start, at in places if _opens(state.src, start, at)), len(state.src))
        closing = next((at for start, at in reversed(places) if _closes(state.src, start, at)), -1)
        state.edges[mark] = opening, closing
    return state.edges[mark]


def _opens(src: str, start: int, at: int) -> bool:
    """A mark at `at`, whose backslashes begin at `start`."""
    before, after = src[start - 1 : start] or " ", src[at + 1 : at + 2] or " "
    return not after.isspace() and (before.isspace() or is_punctuation(before) or (src[at] == "*" and after.isalnum()))


def _closes(src: str, start: int, at: int) -> bool:
    before, after = src[start - 1 : start] or " ", src[at + 1 : at + 2] or " "
    ends = after.isspace() or unicodedata.category(after) in ("Pe", "Pf", "Po", "Pd", "Pc")
    return not before.isspace() and ends


def link(state: StateInline, silent: bool) -> bool:
    """An inline rule: a link leads somewhere, so handlers[name]() is none."""
    if state.src[state.pos] != "[":
        return False
    start = state.pos
    if not _link(state, True):
        return False
    end, state.pos = state.pos, start
    if _LEADS_NOWHERE.search(state.src[max(start, end - 20) : end]):
        return False
    return _link(state, silent)
