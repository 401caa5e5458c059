"""What accounts tells upward, after the transaction that caused it has been committed."""

from django.dispatch import Signal

# A session or token ended, or a user was suspended. Sent with `user_id` (UUID or None) and `session_id` (text or
# None, see accounts.tickets): what matches either must be disconnected.
access_revoked = Signal()

# What others may see of a user changed: their status, or whether they hide. Sent with `user_id`.
appearance_changed = Signal()

# Two users' blocks changed. Sent with `user_ids` (a pair).
blocks_changed = Signal()

# When a user wants to hear nothing changed. Sent with `user_id` and `quiet_hours`, None for none.
quiet_hours_changed = Signal()
