"""What people do with conversations: the verbs that pages, REST and the admin share.

The actor comes first, the rest by keyword. Each verb is one transaction under the conversation's lock: it checks,
stores, writes the numbered changes and announces them on commit. Refusals are accounts.errors and groups.errors.
"""

from .attention import set_attention
from .bans import ban_user, lift_ban
from .conversations import (
    change_group,
    create_group,
    delete_conversation,
    delete_group,
    describe_group,
    open_direct,
    publish_group,
    rename_group,
    slow_group,
)
from .invitations import create_invitation, decline_invitation, revoke_for_staff, revoke_invitation
from .members import (
    accept_invite,
    add_member,
    change_role,
    join_group,
    leave_everything,
    leave_group,
    remove_for_staff,
    remove_member,
)

__all__ = [
    "accept_invite",
    "add_member",
    "ban_user",
    "change_group",
    "change_role",
    "create_group",
    "create_invitation",
    "decline_invitation",
    "delete_conversation",
    "delete_group",
    "describe_group",
    "join_group",
    "leave_everything",
    "leave_group",
    "lift_ban",
    "open_direct",
    "publish_group",
    "remove_for_staff",
    "remove_member",
    "rename_group",
    "revoke_for_staff",
    "revoke_invitation",
    "set_attention",
    "slow_group",
]
