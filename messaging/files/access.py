"""From an id to an upload, for this user; absent and not yours raise the same NotFoundError."""

from __future__ import annotations

import uuid

from django.db.models import F

from accounts.errors import NotFoundError
from accounts.models import User

from .models import Use


def access_upload(user: User, file_id: uuid.UUID) -> Use:
    """One that the user began, with its file, until they give it up or delete its message. The first use of a file is
    its owner's own."""
    own = Use.objects.filter(file_id=file_id, file__owner=user, file__removed_at=None, author_id=user.pk)
    # Whether a message carries it is looked up later; as an upload it is gone at once.
    given_up = own.filter(doubted_at__gt=F("file__finished_at"))
    use = own.exclude(pk__in=given_up.values("pk")).select_related("file").order_by("id").first()
    if use is None:
        raise NotFoundError
    return use
