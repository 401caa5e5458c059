"""What groups tells upward, after the transaction that caused it has been committed."""

from django.dispatch import Signal

# The conversation has pending changes and its members may differ. Sent with conversation_id (UUID), `added` and
# `removed` (lists of user ids), `deleted` (bool: the conversation is gone).
conversation_changed = Signal()
