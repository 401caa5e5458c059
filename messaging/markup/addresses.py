"""Addresses that stand in a text without any mark: where they begin, and where a reader would end them. Pure.

The library's own finder ends an address at ASCII marks alone, and takes time quadratic in some texts.
"""

from __future__ import annotations

import re
from functools import lru_cache

import nh3
from markdown_it.rules_inline import StateInline

from messaging.markup.scripts import punctuation_outside_ascii

SCHEMES = {"http", "https", "mailto"}
# Of the addresses in one text so many become links.
LINKS_MOST = 200

# Inside a word these belong to it, as in the names of many articles: ジョン・レノン, Catalan l·l, Hebrew צה״ל.
_INSIDE_WORDS = "·・‐‑–’׳״"
_ENDS = (
    r"\s\x00-\x1f\x7f-\x9f<>\"`\\|\u00ad\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff｜＜＞～"
    + punctuation_outside_ascii(besides=_INSIDE_WORDS)
)
_ONE = rf"(?:[^{_ENDS}{_INSIDE_WORDS}()\[\]{{}}',;]++|(?<=\w)[{_INSIDE_WORDS}'](?=\w)|[,;](?!https?://))"
_GROUP = rf"\((?:{_ONE}|\({_ONE}*+\))*+\)|\[{_ONE}*+\]|\{{{_ONE}*+\}}"
_REST = rf"(?:[/?#](?:{_ONE}|{_GROUP})*+)?"
_IN_NAME = r"[^\x00-,/:-@\[-^`{-\x7f" + _ENDS + _INSIDE_WORDS + "]"
_HOST = rf"(?:(?![-._]){_IN_NAME}++|\[[0-9a-f:.]{{2,45}}\])(?::\d{{1,5}}(?!\d))?"
_USER = rf"(?:[^{_ENDS}/?#@()\[\]]{{1,50}}@)?"
_WEB = re.compile(rf"//{_USER}{_HOST}{_REST}", re.IGNORECASE)
_MAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+=^_{{}}~-]{{1,64}}@{_HOST}(?:\?{_ONE}*+)?", re.IGNORECASE)
_SCHEME = re.compile(r"(?<![a-z0-9.+-])(?:https?|mailto)$", re.IGNORECASE)
_SCHEME_CHARACTERS = 6
# The end of a sentence, and marks that close what was opened before the address.
_TRAILING = "_~*?!.,:;'"
_OPENING = re.compile(r"(?:\*+|__+|~~+)$")

_links = nh3.Cleaner(tags={"a"}, attributes={"a": {"href"}}, url_schemes=SCHEMES, link_rel=None)


def address_at(text: str, colon: int, end: int) -> tuple[int, str] | None:
    """Where the address with this colon begins, and the address; None: it is not that of one."""
    scheme = _SCHEME.search(text[max(0, colon - _SCHEME_CHARACTERS - 1) : colon])
    if scheme is None:
        return None
    kind = _MAIL if scheme[0].lower() == "mailto" else _WEB
    found = kind.match(text, colon + 1, end)
    if found is None:
        return None
    start = colon - len(scheme[0])
    address = text[start : _closed_at(text, start, found.end())].rstrip(_TRAILING)
    return (start, address) if len(address) > len(scheme[0]) + 3 else None


def _closed_at(text: str, start: int, end: int) -> int:
    """What was opened right before an address ends it: **https://example.org/**次."""
    opening = _OPENING.search(text[max(0, start - 8) : start])
    closing = text.find(opening[0], start, end) if opening else -1
    return closing if closing > 0 else end


def link_address(state: StateInline, silent: bool) -> bool:
    """An inline rule: an address becomes a link to itself."""
    if state.src[state.pos] != ":" or state.linkLevel > 0:
        return False
    found = address_at(state.src, state.pos, state.posMax)
    if found is None or state.env.get("links", 0) >= LINKS_MOST:
        return False
    start, address = found
    target = state.md.normalizeLink(address)
    if not is_address(target):
        return False
    before = state.pos - start
    if not silent:
        state.env["links"] = state.env.get("links", 0) + 1
        state.pending = state.pending[:-before]
        opened = state.push("link_open", "a", 1)
        opened.attrs = {"href": target}
        opened.markup = "linkify"
        state.push("text", "", 0).content = address
        state.push("link_close", "a", -1).markup = "linkify"
    state.pos += len(address) - before
    return True


@lru_cache(2_000)
def is_address(url: str) -> bool:
    """Whether a link may lead there: a whole address, so that none leads to a page of ours or inherits our scheme, and
    one that the cleaner leaves in place."""
    if not url.lower().startswith(("http://", "https://", "mailto:")) or any(mark in url for mark in '"<>'):
        return False
    return "href" in _links.clean(f'<a href="{url}">')
