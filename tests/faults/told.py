"""What was asked and what was told, as lines of the recorded history have it."""

from __future__ import annotations

from hashlib import blake2b

from messaging.protocol import (
    AddReaction,
    AnyChange,
    AnyWrite,
    ConversationHinted,
    DeleteMessage,
    EditMessage,
    ForwardMessage,
    MessageSent,
    PinMessage,
    Receipt,
    RemoveReaction,
    SendMessage,
    Text,
    UnpinMessage,
    encode,
    target_of,
    without_text,
)

ALL = "all"
CONNECTED = -1
KINDS: dict[type, str] = {
    SendMessage: "message.sent",
    ForwardMessage: "message.sent",
    EditMessage: "message.edited",
    DeleteMessage: "message.deleted",
    AddReaction: "reaction.added",
    RemoveReaction: "reaction.removed",
    PinMessage: "message.pinned",
    UnpinMessage: "message.unpinned",
}


def asked(command: AnyWrite) -> dict[str, object]:
    """A write as somebody asks for it; in the place of a body, the emoji of a reaction."""
    is_forward = isinstance(command, ForwardMessage)
    return {
        "room": str(command.conversation_id),
        "key": str(command.key),
        "kind": KINDS[type(command)],
        "body": str(getattr(command, "body", getattr(command, "emoji", ""))),
        "target": getattr(command, "target", 0) or getattr(command, "reply_to", 0) or 0,
        "source": f"{command.source_id} {command.source_seq}" if is_forward else "",
    }


def described(change: AnyChange, content: bytes) -> dict[str, object]:
    """A change; in the place of a body, an emoji, or whom a change of membership is about. `core` is what stays when
    its text goes."""
    return {
        "room": str(change.conversation_id),
        "seq": change.seq,
        "key": str(change.key),
        "kind": str(change.__struct_config__.tag),
        "author": str(change.author_id),
        "body": str(getattr(change, "body", getattr(change, "emoji", getattr(change, "user_id", "")))),
        "target": target_of(change) or getattr(change, "reply_to", None) or 0,
        "deleted": getattr(change, "deleted", False),
        "digest": _digest(content),
        "core": _digest(encode(without_text(change))) if isinstance(change, Text) else "",
        **(_of_message(change) if isinstance(change, MessageSent) else {}),
    }


def _of_message(change: MessageSent) -> dict[str, object]:
    """Whom it mentions, and where it was said first."""
    first = change.forwarded
    return {
        "mentions": [str(user_id) for user_id in change.mentions] + [ALL] * change.mentions_all,
        "source": f"{first.conversation_id} {first.seq} {first.author_id}" if first else "",
    }


def hinted(hint: ConversationHinted) -> dict[str, object]:
    """Of each message its number, its author, and whom it mentions."""
    return {
        "room": str(hint.conversation_id),
        "above": hint.after,
        "seq": hint.head,
        "hints": [
            " ".join([str(one.seq), str(one.author_id), *map(str, one.mentions), *[ALL] * one.mentions_all])
            for one in hint.messages
        ],
    }


def received(receipt: Receipt) -> dict[str, object]:
    """How far a member has read, and what reached them: CONNECTED, everything does."""
    delivered = CONNECTED if receipt.delivered is None else receipt.delivered
    return {"author": str(receipt.user_id), "read": receipt.read, "seq": delivered}


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=8).hexdigest()
