"""What of a rendered text is read where there are only words: in previews, notifications and searches. Pure.

static/js/previews.js reads alike.
"""

from __future__ import annotations

import html
import re
import unicodedata

import nh3

from messaging.files.facts import FileFacts
from messaging.markup.scripts import INVISIBLE

PREVIEW_CHARACTERS = 120
PICTURE = "Picture"

# What begins a line of its own; what is within one parts no words.
_BLOCK = re.compile(r"<(?=/?(?:p|br|li|[uo]l|pre|blockquote)\b)")
_LIST = re.compile(r'<(?:ol(?: start="(\d+)")?|(ul)|(li)|/([uo]l))>')
_VISIBLE = re.compile(f"[^{INVISIBLE}]")
# Commands to a terminal: colours, where to write, its title. What remains of one without its first character, which
# nobody sees, is no text either.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
_LINK_WITHOUT_WORDS = re.compile(r"\[\s*\]\([^\s()]*\)")
_words = nh3.Cleaner(tags=set())
_JOINER = "\u200d"


def text_of(rendered: str) -> str:
    """The words of what `render` made, and the numbers of its lists."""
    numbered = _numbered(rendered) if "<ol" in rendered else rendered
    return html.unescape(_words.clean(_BLOCK.sub(" <", numbered)))


def _numbered(rendered: str) -> str:
    numbers: list[int | None] = []

    def number(tag: re.Match[str]) -> str:
        start, is_bulleted, is_item, is_end = tag.groups()
        if is_end:
            numbers[-1:] = []
        elif not is_item:
            numbers.append(None if is_bulleted else int(start or 1))
        elif numbers and (now := numbers[-1]) is not None:
            numbers[-1] = now + 1
            return f"{tag[0]}{now}. "
        return tag[0]

    return _LIST.sub(number, rendered)


def preview(body: str, rendered: str | None, file: FileFacts | None = None) -> str:
    """One line of plain text; of a file about which nothing is said, what it is."""
    if file and not body:
        return PICTURE if file.is_picture else file.name
    text = body if rendered is None else text_of(rendered)
    line = " ".join(text[: 4 * PREVIEW_CHARACTERS].split())
    return line if len(line) <= PREVIEW_CHARACTERS else line[: _end_of_character(line, PREVIEW_CHARACTERS - 1)] + "…"


def _end_of_character(text: str, at: int) -> int:
    """The last place up to this one that parts no emoji, flag or accented letter; where all is one, this one."""
    end = at
    while end and _is_within_character(text, end):
        end -= 1
    return end or at


def _is_within_character(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if _is_regional(after) and _is_regional(before):
        first = at
        while first and _is_regional(text[first - 1]):
            first -= 1
        return (at - first) % 2 == 1
    return _JOINER in (before, after) or "\U0001f3fb" <= after <= "\U0001f3ff" or unicodedata.category(after)[0] == "M"


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def is_blank(body: str) -> bool:
    """Whether nothing of the text can be seen."""
    return not _VISIBLE.search(_ESCAPES.sub("", body) if "\x1b" in body else body)


def shows_nothing(body: str, rendered: str | None) -> bool:
    """Whether nothing can be seen once the marks are gone: an empty fence, a link without words."""
    if rendered is None:
        return is_blank(body)
    return is_blank(text_of(rendered)) or is_blank(_LINK_WITHOUT_WORDS.sub("", body))
