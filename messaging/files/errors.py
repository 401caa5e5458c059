"""What an upload is refused for, besides the causes in accounts.errors."""

from __future__ import annotations

from accounts.errors import ConflictError, InvalidError, RefusalError


class FileTooLargeError(RefusalError):
    code, status, message = "file_too_large", 413, "This file is too large."


class QuotaFullError(ConflictError):
    code, message = "quota_full", "There is no room left for files of yours. Delete some, then try again."


class StorageFullError(ConflictError):
    code, message = "storage_full", "This server has no room left for files. Ask whoever runs it."


class WrongOffsetError(ConflictError):
    """The client is to ask how much has arrived, and go on from there."""

    code, message = "wrong_offset", "The upload stands somewhere else."


class AnotherUploadError(ConflictError):
    code, message = "key_reused", "This key was used for something else."


class LostChunkError(InvalidError):
    """Two wrote the same upload at once, in different parts."""

    message = "What has arrived does not fit together. Upload it anew."
