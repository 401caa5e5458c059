"""What a write or read in a conversation is refused for, besides the causes in accounts.errors.

The codes are the same on the socket and in REST; docs/protocol.md lists them.
"""

from __future__ import annotations

import math

from accounts.errors import (
    ConflictError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
    RateLimitedError,
    RefusalError,
    UnavailableError,
)

# Pinned messages of a conversation, and what one user saves in all.
PINS_MOST = 50
SAVED_MOST = 1_000


class MalformedError(RefusalError):
    code, message = "malformed", "A frame is one JSON object in UTF-8 text."


class UnknownTypeError(RefusalError):
    code, message = "unknown_type", "There is no such command."


class KeyReusedError(ConflictError):
    code, message = "key_reused", "This key was used for something else."


class BadFileIdError(InvalidError):
    code, message = "bad_file_id", "This is no finished upload of yours for this message, or it was too long ago."


class SeqAboveHeadError(InvalidError):
    code, message = "seq_above_head", "Nothing has this number yet."


class NotAMessageError(NotFoundError):
    """What the number names is no message of this conversation: something else, never used, or not there yet."""

    code, message = "not_a_message", "There is no such message."


class MessageDeletedError(ConflictError):
    code, message = "message_deleted", "This message was deleted."


class OnlyAdminsPostError(NotAllowedError):
    code, message = "only_admins_post", "Only admins post here."


class TooManyReactionsError(ConflictError):
    code, message = "too_many_reactions", "This message has as many reactions as it can take."


class TooManyPinsError(ConflictError):
    code, message = "too_many_pins", f"At most {PINS_MOST} messages can be pinned: take another one down first."


class TooManySavedError(ConflictError):
    code, message = "too_many_saved", f"At most {SAVED_MOST} messages can be saved: let go of another one first."


class ReportSettledError(ConflictError):
    code, message = "report_settled", "Somebody settled this report already, and otherwise."


class TextLimitError(RateLimitedError):
    """A day's text is used up; it comes back little by little."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(retry_after)
        self.message = f"You have written very much today: you can go on in {math.ceil(retry_after)} s."


class SlowModeError(RateLimitedError):
    """A member of a slow group posts again before their time."""

    code = "slow_mode"

    def __init__(self, retry_after: float) -> None:
        super().__init__(retry_after)
        self.message = f"This group is in slow mode: you can write again in {math.ceil(retry_after)} s."


class TooManySocketsError(RefusalError):
    code, status, message = "too_many_sockets", 429, "Too many sockets of yours are open. Close one, then try again."


class InProgressError(UnavailableError):
    """Another try with this key is being stored at this moment; its outcome is known soon."""


class InternalError(RefusalError):
    """Our mistake; the log has it."""

    code, status, message = "internal", 500, "Something went wrong here. It has been noted."
