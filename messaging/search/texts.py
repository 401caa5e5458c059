"""What of a message can be found: the text that people see of it, and where its links lead. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from messaging.markup import text_of
from messaging.protocol import AnyChange, MessageDeleted, MessageEdited, MessageSent
from messaging.search.addresses import readable
from messaging.search.folding import folded
from messaging.search.index.contract import NAME_MARK, Batch, Entry

# Not those to people who are mentioned, which begin with a slash.
_LINK = re.compile(r'href="([^"/][^"]*)"')


def visible_text(body: str, rendered: str | None) -> str:
    """Without marks of Markdown, which `rendered` (as messaging.markup makes it) tells apart from the rest."""
    if rendered is None:
        return body
    text = text_of(rendered).strip()
    links = (readable(html.unescape(address)) for address in _LINK.findall(rendered))
    return " ".join([text, *(address for address in dict.fromkeys(links) if address not in text)])


def batch_of(changes: Iterable[AnyChange]) -> Batch:
    """What changes, in order, do to the index. A text that is gone already is not looked at."""
    fresh: dict[int, Entry] = {}
    batch = Batch()
    for change in changes:
        match change:
            case MessageSent() if not change.deleted:
                fresh[change.seq] = _entry(change)
            case MessageEdited() if not change.deleted and change.target in fresh:
                fresh[change.target].text = _folded(change)
            case MessageEdited() if not change.deleted:
                batch.texts[change.target] = _folded(change)
            case MessageDeleted():
                fresh.pop(change.target, None)
                batch.texts.pop(change.target, None)
                batch.gone.add(change.target)
    batch.entries = list(fresh.values())
    return batch


def _entry(message: MessageSent) -> Entry:
    name = NAME_MARK + folded(message.file.name) if message.file else ""
    return Entry(message.seq, message.author_id, message.sent_at, message.content_type, _folded(message) + name)


def _folded(text: MessageSent | MessageEdited) -> str:
    return folded(visible_text(text.body, text.html))
