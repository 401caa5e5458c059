"""What happened in a channel, gathered for those who are connected and do not look: one hint in place of many changes.

A hint names each message by its seq, so that whoever knows some of them already counts none twice. Pure.
"""

from __future__ import annotations

from uuid import UUID

from messaging.markup import preview
from messaging.outlet import Frame
from messaging.protocol import (
    AnyChange,
    ConversationHinted,
    HintedMessage,
    MessageDeleted,
    MessageEdited,
    MessageSent,
    Preview,
    decode_change,
    encode,
)

# What says something of the conversation itself is told to everybody, whole.
FOR_ALL = (b'{"type":"conversation.', b'{"type":"member.role_changed"')


class Hints:
    """Of one conversation."""

    def __init__(self, conversation_id: UUID) -> None:
        self._conversation_id = conversation_id
        self._hint: ConversationHinted | None = None

    def add(self, content: bytes) -> None:
        """A change as it was stored, in order of seq."""
        change = decode_change(content)
        if self._hint is None:
            self._hint = ConversationHinted(
                conversation_id=self._conversation_id, after=change.seq - 1, head=change.seq, last_at=change.sent_at
            )
        self._hint.head, self._hint.last_at = change.seq, change.sent_at
        if isinstance(change, MessageSent):
            self._hint.messages.append(
                HintedMessage(change.seq, change.author_id, change.mentions, change.mentions_all)
            )
        if renewed := _preview(change):
            self._hint.previews = [one for one in self._hint.previews if one.seq > renewed.seq] + [renewed]

    def frame(self) -> Frame | None:
        """All that was not taken yet; None: there is nothing."""
        return Frame(encode(self._hint)) if self._hint else None

    def take(self) -> Frame | None:
        frame, self._hint = self.frame(), None
        return frame


def _preview(change: AnyChange) -> Preview | None:
    """What the list shows of a message now."""
    match change:
        case MessageSent():
            text = preview(change.body, change.html, change.file)
            return Preview(change.author_id, text, change.sent_at, change.seq, deleted=change.deleted)
        case MessageEdited():
            text = preview(change.body, change.html, None)
            return Preview(change.author_id, text, change.sent_at, change.target, deleted=change.deleted)
        case MessageDeleted():
            return Preview(change.author_id, "", change.sent_at, change.target, deleted=True)
    return None
