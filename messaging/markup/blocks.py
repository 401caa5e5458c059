"""Blocks of a text: lists that are meant as such, and nesting that is bounded without losing a word. Pure.

The library drops what is nested too deep; here it is shown as it was typed.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import blockquote as _blockquote
from markdown_it.rules_block.list import markTightParagraphs

# Levels of tokens; a list takes two, and the library's own bound must lie above.
DEEPEST = 17
NESTING = 20
# What belongs to an item is indented by so much; CommonMark asks for the width of the marker.
_INDENT = 2
_MARKER = re.compile(r"(?:[-+*]|(0|[1-9]\d{0,8})[.)])(?=[ \t]|\Z)")
_BLANKS = re.compile(r"[ \t]{2}|\t")
_SIGNED_NUMBER = re.compile(r"[-+][ \t]+\d")


class _Marker(NamedTuple):
    sign: str
    number: int | None
    end: int

    def follows(self, first: int | None, before: int | None) -> bool:
        """Whether the number is the next one, or 1 each time, as some write."""
        if self.number is None or before is None:
            return self.number is before
        return self.number == before + 1 or self.number == before == first == 1


def blockquote(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    return state.level <= DEEPEST and _blockquote(state, start_line, end_line, silent)


def list_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A list, whose numbers are those that were typed: where one is not the next, another list begins.

    A single item is one only where it is no date, sum or measure ("500. That is all", "- 5 degrees"), or where it has
    items itself.
    """
    marker = _marker_of(state, start_line)
    if marker is None or state.level > DEEPEST:
        return False
    if silent:
        is_in_paragraph = state.parentType == "paragraph" and state.sCount[start_line] >= state.blkIndent
        return not is_in_paragraph or (marker.number in (None, 1) and not _is_empty_after(state, start_line, marker))
    return _push_list(state, start_line, end_line, marker)


def _marker_of(state: StateBlock, line: int) -> _Marker | None:
    start = state.bMarks[line] + state.tShift[line]
    found = _MARKER.match(state.src, start, state.eMarks[line])
    return _Marker(found[0][-1], int(found[1]) if found[1] else None, found.end()) if found else None


def _is_empty_after(state: StateBlock, line: int, marker: _Marker) -> bool:
    return state.skipSpaces(marker.end) >= state.eMarks[line]


def _push_list(state: StateBlock, start_line: int, end_line: int, first: _Marker) -> bool:
    begins_at, parent = len(state.tokens), state.parentType
    kind = ("bullet_list", "ul") if first.number is None else ("ordered_list", "ol")
    opened = state.push(f"{kind[0]}_open", kind[1], 1)
    opened.markup = first.sign
    if first.number not in (None, 1):
        opened.attrs = {"start": first.number or 0}
    state.parentType = "list"
    line, marker, count, is_tight, ended_empty = start_line, first, 0, True, False
    following: _Marker | None = first
    while following:
        marker = following
        is_tight = _push_item(state, line, end_line, marker) and not ended_empty and is_tight
        ended_empty = state.line - line > 1 and state.isEmpty(state.line - 1)
        line, count = state.line, count + 1
        following = _next_marker(state, line, end_line, first, marker)
    state.parentType = parent
    if count == 1 and not (_is_list_of_one(state, start_line, first) or _holds_list(state, begins_at)):
        del state.tokens[begins_at:]
        state.level -= 1
        return False
    state.push(f"{kind[0]}_close", kind[1], -1).markup = first.sign
    opened.map = [start_line, line]
    if is_tight:
        markTightParagraphs(state, begins_at)
    if parent != "list":
        _keep_blanks(state, begins_at)
    return True


def _keep_blanks(state: StateBlock, begins_at: int) -> None:
    """Beside other blocks an item's words need an element of their own, or a page would show several blanks as one."""
    tokens = state.tokens
    for at in range(begins_at + 2, len(tokens) - 3):
        opened, words, closed = tokens[at : at + 3]
        if not (opened.hidden and words.type == "inline" and _BLANKS.search(words.content)):
            continue
        if (tokens[at - 1].type, tokens[at + 3].type) != ("list_item_open", "list_item_close"):
            opened.hidden = closed.hidden = False


def _is_list_of_one(state: StateBlock, line: int, marker: _Marker) -> bool:
    if marker.end == state.eMarks[line]:
        return False
    if marker.number is not None:
        return marker.number == 1 and not _is_empty_after(state, line, marker)
    return not _SIGNED_NUMBER.match(state.src, marker.end - 1)


def _holds_list(state: StateBlock, begins_at: int) -> bool:
    return any(token.tag in ("ul", "ol") for token in state.tokens[begins_at + 1 :])


def _push_item(state: StateBlock, line: int, end_line: int, marker: _Marker) -> bool:
    """Whether it is tight: without an empty line between its parts."""
    opened = state.push("list_item_open", "li", 1)
    opened.markup = marker.sign
    before = (state.bMarks[line], state.tShift[line], state.sCount[line])
    around = (state.tight, state.listIndent, state.blkIndent)
    start, column = _content_of(state, line, marker)
    state.tight, state.listIndent, state.blkIndent = True, state.blkIndent, state.sCount[line] + _INDENT
    state.bMarks[line], state.tShift[line], state.sCount[line] = start, 0, column
    if start >= state.eMarks[line] and state.isEmpty(line + 1):
        state.line = min(line + 2, end_line)
    else:
        state.md.block.tokenize(state, line, end_line)
    is_tight = state.tight
    state.bMarks[line], state.tShift[line], state.sCount[line] = before
    state.tight, state.listIndent, state.blkIndent = around
    state.push("list_item_close", "li", -1).markup = marker.sign
    opened.map = [line, state.line]
    return is_tight


def _content_of(state: StateBlock, line: int, marker: _Marker) -> tuple[int, int]:
    """Where what follows a marker begins, and in which column."""
    at = marker.end
    column = state.sCount[line] + at - (state.bMarks[line] + state.tShift[line])
    while at < state.eMarks[line] and state.src[at] in " \t":
        column += 4 - (column + state.bsCount[line]) % 4 if state.src[at] == "\t" else 1
        at += 1
    return at, column


def _next_marker(state: StateBlock, line: int, end_line: int, first: _Marker, before: _Marker) -> _Marker | None:
    """Of the item of the same list that begins at this line. No other block begins with a marker."""
    if line >= end_line or state.sCount[line] < state.blkIndent:
        return None
    marker = _marker_of(state, line)
    if marker is None or marker.sign != first.sign or not marker.follows(first.number, before.number):
        return None
    return marker
