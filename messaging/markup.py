"""Text to safe HTML: Markdown by markdown-it-py, then nh3, and the one-line plain text of a preview.

A name after an @ becomes a link to its person where the caller says who that is; not in code and not in a link.

Pure. What it returns may be put into a page as it is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from uuid import UUID

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from messaging.files.facts import FileFacts

PREVIEW_CHARACTERS = 120
PICTURE = "Picture"
# A text with more of these is shown as it is: the parser takes time quadratic in some of them.
MARKS_MOST = 1_500
LINKS_MOST = 200

# Most messages have none of these and skip the parser: 2 us instead of 200.
_MAY_HAVE_MARKUP = re.compile(r"[*_~`\[<&\\]|://|mailto:|^[ \t]*(?:>|(?:[-+]|\d{1,9}[.)])[ \t])", re.MULTILINE)
_MARKS = re.compile(r"[*_~`\[<&>\\\n]")
_LINKS = re.compile(r"//|mailto:")
_VISIBLE = re.compile(
    r"[^\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202f"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True, "maxNesting": 20})
_markdown.enable(["strikethrough", "linkify"])
# No headings, rules or indented code by accident; no pictures from elsewhere.
_markdown.disable(["heading", "lheading", "hr", "code", "reference", "html_block", "html_inline", "image", "entity"])
if _markdown.linkify:
    _markdown.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
# Whole addresses only, so that no link of a message leads to a page of ours or inherits our scheme.
_markdown.validateLink = lambda url: url.lower().startswith(("http://", "https://", "mailto:"))  # type: ignore[method-assign]

# Everybody in a conversation, as `named` says it.
EVERYBODY = UUID(int=0)
# Of the names in one text so many are looked at.
NAMES_MOST = 50
_NAME = re.compile(r"@([A-Za-z0-9][A-Za-z0-9._-]{0,63})")
_PART = re.compile(r"[._-]+")
_MENTION = re.compile(r'<span data-user="([0-9a-f-]{36})">(@[\w.-]+)</span>', re.ASCII)
# What begins a line of its own; what is within one parts no words.
_BLOCK = re.compile(r"<(?=(?:p|br|li|[uo]l|pre|blockquote)\b)")
_MENTIONED = re.compile(
    r'<(?:a|span) class="mention"(?: href="/people/([0-9a-f-]{36})/")?>(@[\w.-]+)</(?:a|span)>', re.ASCII
)


def names_in(body: str) -> list[str]:
    """Who may be meant by what follows an @, in lower case: "@ann.b." may be ann.b or ann."""
    names = [name for found in _NAME.finditer(body) for name in _readings(found[1])]
    return list(dict.fromkeys(name.lower() for name in names))[:NAMES_MOST]


def _readings(text: str) -> list[str]:
    """The longest first."""
    return [text, *(text[: part.start()] for part in reversed(list(_PART.finditer(text))) if part.start())]


def mentioned(rendered: str | None) -> list[UUID]:
    """Whom a text names, as `render` made it; EVERYBODY among them."""
    found = _MENTIONED.finditer(rendered) if rendered else ()
    return list(dict.fromkeys(UUID(one[1]) if one[1] else EVERYBODY for one in found))


def _mention(state: StateInline, silent: bool) -> bool:
    """An inline rule: @name, where nothing stands before the @ that makes it a part of something else."""
    named, at = state.env.get("named"), state.pos
    if not named or state.src[at] != "@" or state.linkLevel or (at and _goes_on(state.src[at - 1])):
        return False
    found = _NAME.match(state.src, at)
    name = next((name for name in _readings(found[1]) if name.lower() in named), None) if found else None
    if name is None:
        return False
    if not silent:
        token = state.push("mention", "", 0)
        token.content, token.meta = name, {"user": named[name.lower()]}
    state.pos += 1 + len(name)
    return True


def _goes_on(character: str) -> bool:
    return character.isalnum() or character in "@._-/+"


def _show_mention(self: RendererHTML, tokens: Sequence[Token], index: int, options: object, env: object) -> str:
    token = tokens[index]
    return f'<span data-user="{token.meta["user"]}">@{token.content}</span>'


def _linked(mention: re.Match[str]) -> str:
    if mention[1] == str(EVERYBODY):
        return f'<span class="mention">{mention[2]}</span>'
    return f'<a class="mention" href="/people/{mention[1]}/">{mention[2]}</a>'


_markdown.inline.ruler.before("text", "mention", _mention)
_markdown.add_render_rule("mention", _show_mention)

_TAGS = {"span", "p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"}
# "*" takes away the title and lang that nh3 allows everywhere.
_ATTRIBUTES = {"*": set[str](), "a": {"href"}, "ol": {"start"}, "span": {"data-user"}}
_SCHEMES = {"http", "https", "mailto"}


def render(body: str, named: Mapping[str, UUID] | None = None) -> str | None:
    """Safe HTML, or None when the text has no markup and is to be shown as it is.

    `named`: who is meant by which of the names_in the text; the others are no mentions.
    """
    if not (named or _MAY_HAVE_MARKUP.search(body)) or _is_laborious(body):
        return None
    safe = nh3.clean(
        _markdown.render(body, {"named": named}).strip(),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=lambda tag, name, value: value or None,  # a link without an address is none
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    safe = _MENTION.sub(_linked, safe)
    return None if safe == f"<p>{html.escape(body, quote=False)}</p>" else safe


def _is_laborious(body: str) -> bool:
    return len(_MARKS.findall(body)) > MARKS_MOST or len(_LINKS.findall(body)) > LINKS_MOST


def preview(body: str, rendered: str | None, file: FileFacts | None = None) -> str:
    """One line of plain text; of a file about which nothing is said, what it is."""
    if file and not body:
        return PICTURE if file.is_picture else file.name
    text = body
    if rendered is not None:
        text = html.unescape(nh3.clean(_BLOCK.sub(" <", rendered), tags=set()))
    line = " ".join(text[: 4 * PREVIEW_CHARACTERS].split())
    return line if len(line) <= PREVIEW_CHARACTERS else line[: PREVIEW_CHARACTERS - 1] + "…"


def is_blank(body: str) -> bool:
    """Whether nothing of the text can be seen."""
    return not _VISIBLE.search(body)
