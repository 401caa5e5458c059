from __future__ import annotations

from django.db import models


class Message(models.Model):
    room = models.CharField(max_length=100, db_index=True)
    text = models.TextField()
    sent_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.text
