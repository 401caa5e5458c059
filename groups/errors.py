"""Why something about a group is refused, besides the causes in accounts.errors."""

from __future__ import annotations

from accounts.errors import ConflictError


class LastOwnerError(ConflictError):
    code, message = "last_owner", "A group keeps at least one owner: make someone else an owner first."


class NameTakenError(ConflictError):
    code, message = "name_taken", "A public group has this name."


class AlreadyMemberError(ConflictError):
    code, message = "already_member", "They are a member already."


class BannedError(ConflictError):
    code, message = "banned", "You are banned here."
