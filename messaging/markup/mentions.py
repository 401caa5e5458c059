"""Names after an @ in a text: which may be meant, which became links, and which nobody here bears. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from messaging.markup.scripts import is_mark, is_of_spaceless_script

# Everybody in a conversation, as `named` says it.
EVERYBODY = UUID(int=0)
# So many names of one text are looked up.
NAMES_MOST = 200
# "@ann.b.c" may be ann.b.c, ann.b or ann; of a name with many parts so many are looked up.
READINGS_MOST = 5
# The sender learns of so many that mean nobody.
UNRESOLVED_MOST = 10

SIGNS = "@\uff20"
_NAME = re.compile(rf"[{SIGNS}]([A-Za-z0-9][A-Za-z0-9._-]{{0,63}})")
_PART = re.compile(r"[._-]+")
_MENTION = re.compile(rf'<span data-user="([0-9a-f-]{{36}})">([{SIGNS}][\w.-]+)</span>', re.ASCII)
_MENTIONED = re.compile(
    rf'<(?:a|span) class="mention"(?: href="/people/([0-9a-f-]{{36}})/")?>([{SIGNS}][\w.-]+)</(?:a|span)>', re.ASCII
)
# No name in these is meant for anybody, or it is linked already.
_ASIDE = re.compile(r'<(code|a)\b[^>]*>.*?</\1>|<span class="mention">.*?</span>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def may_name(body: str) -> bool:
    """Whether there is a sign that a name follows; most texts have none."""
    return any(sign in body for sign in SIGNS)


def names_in(body: str) -> list[str]:
    """Who may be meant by what follows an @, in lower case: "@ann.b." may be ann.b or ann."""
    names = [name.lower() for written in _written_in(body) for name in _readings(written)]
    return list(dict.fromkeys(names))[:NAMES_MOST]


def unresolved_in(body: str, rendered: str | None) -> list[str]:
    """The names in a text, as they were typed, that mention nobody in what `render` made of it."""
    text = body if rendered is None else html.unescape(_TAG.sub(" ", _ASIDE.sub(" ", rendered)))
    return list(dict.fromkeys(name.rstrip("._-") for name in _written_in(text)))[:UNRESOLVED_MOST]


def mentioned(rendered: str | None) -> list[UUID]:
    """Whom a text names, as `render` made it; EVERYBODY among them."""
    found = _MENTIONED.finditer(rendered) if rendered else ()
    return list(dict.fromkeys(UUID(one[1]) if one[1] else EVERYBODY for one in found))


def link_mentions(safe: str) -> str:
    """What `show_mention` left in HTML, and the cleaner let through, as links of ours."""
    return _MENTION.sub(_linked, safe)


def mention(state: StateInline, silent: bool) -> bool:
    """An inline rule: @name, where nothing stands before the @ that makes it a part of something else."""
    named, at = state.env.get("named"), state.pos
    if not named or state.src[at] not in SIGNS or state.linkLevel or not _stands_alone(state.src, at):
        return False
    found = _NAME.match(state.src, at)
    name = next((name for name in _readings(found[1]) if name.lower() in named), None) if found else None
    if name is None:
        return False
    if not silent:
        token = state.push("mention", "", 0)
        token.content, token.meta = state.src[at] + name, {"user": named[name.lower()]}
    state.pos += 1 + len(name)
    return True


def show_mention(self: RendererHTML, tokens: Sequence[Token], index: int, options: object, env: object) -> str:
    token = tokens[index]
    return f'<span data-user="{token.meta["user"]}">{token.content}</span>'


def _written_in(text: str) -> list[str]:
    return [found[1] for found in _NAME.finditer(text) if _stands_alone(text, found.start())]


def _readings(text: str) -> list[str]:
    """The longest first."""
    parts = [text, *(text[: part.start()] for part in reversed(list(_PART.finditer(text))) if part.start())]
    return parts if len(parts) <= READINGS_MOST else [*parts[: READINGS_MOST - 1], parts[-1]]


def _stands_alone(text: str, at: int) -> bool:
    """An @ is no part of an address or a word: it may follow a letter of a script without spaces, but no other.

    static/js/mention-picker.js decides alike.
    """
    before = at - 1
    while before >= 0 and text[before] == "_":
        before -= 1  # of emphasis, unless it is part of a word itself
    while before >= 0 and is_mark(text[before]):
        before -= 1
    if before < 0:
        return True
    character = text[before]
    if character in SIGNS or character in ".-+\\":
        return False
    return not character.isalnum() or is_of_spaceless_script(character)


def _linked(found: re.Match[str]) -> str:
    if found[1] == str(EVERYBODY):
        return f'<span class="mention">{found[2]}</span>'
    return f'<a class="mention" href="/people/{found[1]}/">{found[2]}</a>'


Named = Mapping[str, UUID]
