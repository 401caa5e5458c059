"""Text to safe HTML: Markdown by markdown-it-py with rules of ours, then nh3. Pure.

No word of a text is lost, whatever its marks: what the parser would drop is shown as it was typed. What `render`
returns may be put into a page as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import nh3
from markdown_it import MarkdownIt, helpers
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from messaging.markup.addresses import SCHEMES, is_address, link_address
from messaging.markup.blocks import NESTING, blockquote, list_block
from messaging.markup.inline import Inline, escape, link
from messaging.markup.languages import LANGUAGES
from messaging.markup.mentions import SIGNS, Named, link_mentions, mention, show_mention

# A text with more of these is shown as it is: the parser takes time quadratic in some of them.
MARKS_MOST = 1_500

# Most messages have none of these and skip the parser. Looked for one by one: in a long line an expression of them all
# takes several times as long, and every message pays for it.
_SIGN = re.compile(r"[*_~`\[<\\]")
_BLOCK_MARK = r"[ \t]*(?:>|(?:[-+]|\d{1,9}[.)])(?:[ \t]|$))"
_AT_START = re.compile(_BLOCK_MARK, re.MULTILINE)
_AT_LATER_LINE = re.compile(rf"\n{_BLOCK_MARK}", re.MULTILINE)
_MARKS = re.compile(r"[*_~`\[<&>\\\n]")
_FENCE = re.compile(r"`{3,}|~{3,}")
_PLAIN_TOKENS = {"paragraph_open", "paragraph_close", "inline", "text", "softbreak", "hardbreak", "mention"}


class _Renderer(RendererHTML):
    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """What follows the opening mark is the code's language, or words like all others."""
        token = tokens[idx]
        words = token.info.strip()
        if words and (words.lower() not in LANGUAGES or not token.content.strip()):
            token.content = f"{words}\n{token.content}"
        token.info = ""
        return super().fence(tokens, idx, options, env)


def _made(disabled: Sequence[str]) -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": NESTING}, renderer_cls=_Renderer)
    made.inline = Inline()
    # A title would be seen by nobody: a link with one stays as it was typed.
    made.helpers = SimpleNamespace(  # type: ignore[assignment]
        parseLinkDestination=helpers.parseLinkDestination,
        parseLinkLabel=helpers.parseLinkLabel,
        parseLinkTitle=lambda text, at, end: helpers.parseLinkTitle("", 0, 0),
    )
    made.validateLink = is_address  # type: ignore[method-assign]
    for rule in ("html_inline", "image", "entity", "linkify"):
        made.inline.ruler.disable(rule)
    made.inline.ruler.before("text", "mention", mention)
    made.inline.ruler.before("newline", "address", link_address)
    made.inline.ruler.at("escape", escape)
    made.inline.ruler.at("link", link)
    made.inline.add_terminator_char(SIGNS[1])
    made.add_render_rule("mention", show_mention)
    made.disable(disabled)
    return made


def _keep_newline(state: StateInline, silent: bool) -> bool:
    """An inline rule: a line begins and ends with the white space that was typed."""
    if state.src[state.pos] != "\n":
        return False
    if not silent:
        state.push("softbreak", "br", 0)
    state.pos += 1
    return True


# No headings, rules or indented code by accident; no pictures from elsewhere.
_markdown = _made(["heading", "lheading", "hr", "code", "reference", "html_block"])
_markdown.block.ruler.at("blockquote", blockquote, {"alt": ["paragraph", "reference", "blockquote", "list"]})
_markdown.block.ruler.at("list", list_block, {"alt": ["paragraph", "reference", "blockquote"]})
# Names and addresses, and nothing else.
_plain = _made(["escape", "backticks", "strikethrough", "emphasis", "link", "autolink"])
_plain.inline.ruler.at("newline", _keep_newline)

# The cleaner takes what is listed and nothing else; "*" takes away the title and lang that it allows everywhere.
_cleaner = nh3.Cleaner(
    tags={"span", "p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"},
    attributes={"*": set[str](), "a": {"href"}, "ol": {"start"}, "span": {"data-user"}},
    attribute_filter=lambda tag, name, value: value or None,  # a link without an address is none
    url_schemes=SCHEMES,
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}},
)
_LINK_TO_NOWHERE = re.compile(r"<a(?![^>]*\bhref=)[^>]*>(.*?)</a>", re.DOTALL)


def render(body: str, named: Named | None = None) -> str | None:
    """Safe HTML, or None when the text has no markup and is to be shown as it is.

    `named`: who is meant by which of the names_in the text; the others are no mentions.
    """
    env: dict[str, Any] = {"named": named}
    made = None
    if _may_have_markup(body) and not _is_laborious(body):
        tokens = _markdown.parse(body, env)
        if "has_escape" in env or _have_markup(tokens):
            made = _markdown.renderer.render(tokens, _markdown.options, env).strip()
    if made is None and (named or _may_have_address(body)):
        made = _with_links(body, named)
    if made is None:
        return None
    return link_mentions(_LINK_TO_NOWHERE.sub(r"\1", _cleaner.clean(made)))


def _may_have_markup(body: str) -> bool:
    return bool(_SIGN.search(body) or _AT_START.match(body) or _AT_LATER_LINE.search(body))


def _may_have_address(body: str) -> bool:
    return "://" in body or (":" in body and "mailto:" in body.lower())


def _is_laborious(body: str) -> bool:
    return _marks_in(body) > MARKS_MOST and _marks_in(_without_code(body)) > MARKS_MOST


def _marks_in(text: str) -> int:
    return len(_MARKS.findall(text))


def _without_code(body: str) -> str:
    """Without what stands between fences, which is not parsed."""
    outside, fence = [], ""
    for line in body.splitlines(keepends=True):
        if not fence:
            outside.append(line)
        if found := _FENCE.match(line):
            if not fence:
                fence = found[0]
            elif line.strip() == found[0] and found[0].startswith(fence):
                fence = ""
    return "".join(outside)


def _with_links(body: str, named: Named | None) -> str | None:
    """A text without other markup, its white space as it was typed; None if it has no link either."""
    env = {"named": named}
    tokens = _plain.parseInline(body, env)
    if not any(token.type in ("link_open", "mention") for token in _inline(tokens)):
        return None
    return f"<p>{_plain.renderer.render(tokens, _plain.options, env)}</p>"


def _have_markup(tokens: Sequence[Token]) -> bool:
    return not all(_is_plain(token) for token in (*tokens, *_inline(tokens)))


def _inline(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from token.children or ()


def _is_plain(token: Token) -> bool:
    """Whether it is no more than `_with_links` shows too."""
    return token.type in _PLAIN_TOKENS or token.markup == "linkify"
