"""What is stored of the link that makes the first administrator: one row at most, while there is none."""

from __future__ import annotations

from django.db import models


class FirstAdminLink(models.Model):
    """The secret follows from the nonce and the secret key, so that all workers print one link and a copy of the
    database opens nothing."""

    nonce = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return "Link of the first administrator"
