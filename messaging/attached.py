"""Messages and the files they carry: what a message may carry, and which files have lost their message.

Sending asks no database: the upload is in the command, signed. Whether it was sent, and is still there, is looked up
afterwards, in the history, for every use of a file that has come into doubt (messaging.files.models.Use).
"""

from __future__ import annotations

from uuid import UUID

from channels.db import database_sync_to_async

from accounts.errors import NotFoundError, UnavailableError
from messaging.errors import BadFileIdError
from messaging.files import actions as file_actions
from messaging.files import tokens as file_tokens
from messaging.files.facts import FileFacts
from messaging.files.models import Use
from messaging.history import History
from messaging.protocol import AnyChange, MessageSent, SendMessage

USES_AT_ONCE = 100


def file_of(user_id: UUID, command: SendMessage) -> FileFacts | None:
    """What the message is to carry. Raises BadFileIdError."""
    if not command.file_id:
        return None
    place = {"author_id": user_id, "conversation_id": command.conversation_id, "key": command.key}
    file = file_tokens.read(command.file_id, **place)
    if file is None:
        raise BadFileIdError(field="file_id")
    return file


async def holds_file(message: MessageSent) -> bool:
    """To be called before a forwarded message is stored: its file stays as long as it does. False: it is gone."""
    if message.file is None:
        return True
    use_again = database_sync_to_async(file_actions.use_again, thread_sensitive=False)
    place = {"conversation_id": message.conversation_id, "author_id": message.author_id, "key": message.key}
    try:
        await use_again(message.file.id, **place)
    except NotFoundError:
        return False
    return True


async def expect_deletion(message: MessageSent) -> None:
    """To be called before a deletion is stored, so that no crash leaves the file behind; for nothing if there is none.

    Also for a message that is deleted already: this may be the repetition of a try that ended halfway.
    """
    if message.content_type != "text":
        doubt = database_sync_to_async(file_actions.doubt, thread_sensitive=False)
        await doubt(message.conversation_id, message.author_id, message.key)


async def settle_doubtful(history: History) -> None:
    """Uses whose message is stored are kept, the others end; those of which it is not known wait."""
    for use in await database_sync_to_async(file_actions.doubtful, thread_sensitive=False)(USES_AT_ONCE):
        try:
            message = await history.find(use.conversation_id, use.author_id, use.key)
        except UnavailableError:
            continue
        verb = file_actions.confirm if _carries(message, use) else file_actions.end_use
        await database_sync_to_async(verb, thread_sensitive=False)(use)


def _carries(message: AnyChange | None, use: Use) -> bool:
    return isinstance(message, MessageSent) and message.file is not None and message.file.id == use.file_id
