"""What people and programs do in conversations: check, store, announce, always in this order.

The socket, REST and the pages call these and nothing below. Every action takes who does it first.
"""

from .access import access_conversation, access_message
from .attending import (
    enter,
    list_receipts,
    mark_read,
    mark_unread,
    set_presence,
    start_typing,
    watch_conversation,
    watch_people,
)
from .listing import count_unread, learn_heads, page_positions, pick_positions, read_glances
from .reading import (
    QUOTED_MOST,
    list_mentions,
    list_pins,
    list_positions,
    list_versions,
    note_attention,
    positions_of,
    read_file,
    read_history,
    read_message,
    read_quoted,
    search_messages,
)
from .telling import (
    append_changes,
    change_appearance,
    change_members,
    erase_conversation,
    revoke_access,
    tell_attention,
    tell_own,
)
from .writing import begin_write, write

__all__ = [
    "QUOTED_MOST",
    "access_conversation",
    "access_message",
    "append_changes",
    "begin_write",
    "change_appearance",
    "change_members",
    "count_unread",
    "enter",
    "erase_conversation",
    "learn_heads",
    "list_mentions",
    "list_pins",
    "list_positions",
    "list_receipts",
    "list_versions",
    "mark_read",
    "mark_unread",
    "note_attention",
    "page_positions",
    "pick_positions",
    "positions_of",
    "read_file",
    "read_glances",
    "read_history",
    "read_message",
    "read_quoted",
    "revoke_access",
    "search_messages",
    "set_presence",
    "start_typing",
    "tell_attention",
    "tell_own",
    "watch_conversation",
    "watch_people",
    "write",
]
