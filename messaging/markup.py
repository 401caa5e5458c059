"""Text to safe HTML: Markdown by markdown-it-py, then nh3, and the one-line plain text of a preview.

Pure. What it returns may be put into a page as it is.
"""

from __future__ import annotations

import html
import re

import nh3
from markdown_it import MarkdownIt

PREVIEW_CHARACTERS = 120
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

_TAGS = {"p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"}
# "*" takes away the title and lang that nh3 allows everywhere.
_ATTRIBUTES = {"*": set[str](), "a": {"href"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}


def render(body: str) -> str | None:
    """Safe HTML, or None when the text has no markup and is to be shown as it is."""
    if not _MAY_HAVE_MARKUP.search(body) or _is_laborious(body):
        return None
    safe = nh3.clean(
        _markdown.render(body).strip(),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=lambda tag, name, value: value or None,  # a link without an address is none
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return None if safe == f"<p>{html.escape(body, quote=False)}</p>" else safe


def _is_laborious(body: str) -> bool:
    return len(_MARKS.findall(body)) > MARKS_MOST or len(_LINKS.findall(body)) > LINKS_MOST


def preview(body: str, rendered: str | None) -> str:
    """One line of plain text."""
    text = body if rendered is None else html.unescape(nh3.clean(rendered.replace("<", " <"), tags=set()))
    line = " ".join(text[: 4 * PREVIEW_CHARACTERS].split())
    return line if len(line) <= PREVIEW_CHARACTERS else line[: PREVIEW_CHARACTERS - 1] + "…"


def is_blank(body: str) -> bool:
    """Whether nothing of the text can be seen."""
    return not _VISIBLE.search(body)
