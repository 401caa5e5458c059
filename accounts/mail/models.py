"""What is still to be sent."""

from __future__ import annotations

from django.db import models


class OutgoingMail(models.Model):
    """A mail that the relay has not taken yet; deleted once it has, as it may carry a key."""

    sender = models.TextField()
    recipients = models.JSONField()
    # The whole message, its Message-ID with it: a relay that gets it twice can know.
    source = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    # Whoever tries moves it on first, so that nobody else tries at the same time.
    next_try_at = models.DateTimeField(db_index=True)
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    # The last attempt failed at the relay, not at this mail's recipients.
    is_relay_down = models.BooleanField(default=False, db_default=False)

    def __str__(self) -> str:
        return f"mail {self.pk}"
