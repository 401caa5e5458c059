"""Why something about a group is refused, besides the causes in accounts.errors."""

from __future__ import annotations

from accounts.errors import ConflictError

from .models import GROUP_MEMBERS_MOST


class LastOwnerError(ConflictError):
    code, message = "last_owner", "A group keeps at least one owner: make someone else an owner first."


class GroupFullError(ConflictError):
    code, message = "group_full", f"A group has at most {GROUP_MEMBERS_MOST} members."


class NameTakenError(ConflictError):
    code, message = "name_taken", "A public group has this name."


class AlreadyMemberError(ConflictError):
    code, message = "already_member", "They are a member already."


class BannedError(ConflictError):
    code, message = "banned", "You are banned from this group."
