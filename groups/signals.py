"""What groups tells upward, after the transaction that caused it has been committed."""

from django.dispatch import Signal

# The conversation has pending changes and its members may differ. Sent with conversation_id (UUID), `added` and
# `removed` (lists of user ids), `deleted` (bool: the conversation is gone).
conversation_changed = Signal()

# Of the invitations addressed to a user one came or went. Sent with `user_id`.
invitations_changed = Signal()

# A member wants to hear more or less of a conversation. Sent with `user_id` and the `membership` as it is now.
attention_changed = Signal()
