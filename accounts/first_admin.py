"""The first administrator, made by a link that works once and only while there is no administrator."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from .actions import sign_up
from .errors import LinkEndedError
from .first_admin_link import FirstAdminLink
from .models import User

LINK_ID = 1


def has_administrator() -> bool:
    return bool(User.objects.filter(is_superuser=True).exists())


def first_admin_path() -> str:
    """The path of the link, the same for whoever asks until it is used; empty when there is an administrator."""
    if has_administrator():
        end_link()
        return ""
    link, _ = FirstAdminLink.objects.get_or_create(pk=LINK_ID, defaults={"nonce": secrets.token_hex(32)})
    return reverse("first_admin", kwargs={"secret": _secret(link.nonce)})


def check_link(secret: str) -> FirstAdminLink:
    """Raise LinkEndedError unless this secret makes an administrator now."""
    link = FirstAdminLink.objects.filter(pk=LINK_ID).first()
    if link is None or not constant_time_compare(_secret(link.nonce), secret) or has_administrator():
        raise LinkEndedError
    return link


@transaction.atomic
def make_first_admin(user: User, *, secret: str) -> User:
    """Use the link up and give the user every right. Raises LinkEndedError; of two at once, for the later one.

    The caller has confirmed the user's password.
    """
    link = check_link(secret)
    # Whoever deletes the row has the link: the other one waits for this transaction, then finds no row.
    deleted, _ = FirstAdminLink.objects.filter(pk=link.pk, nonce=link.nonce).delete()
    if not deleted:
        raise LinkEndedError
    user.is_staff = user.is_superuser = True
    user.save(update_fields=["is_staff", "is_superuser"])
    return user


@transaction.atomic
def sign_up_first_admin(*, secret: str, username: str, email: str, password: str) -> User:
    """A new user who is the first administrator, whatever the site's policy says of signing up. Raises as `sign_up`
    and `make_first_admin`, and then leaves neither a user nor a used link."""
    check_link(secret)
    return make_first_admin(sign_up(username=username, email=email, password=password), secret=secret)


def end_link() -> None:
    FirstAdminLink.objects.all().delete()


def _secret(nonce: str) -> str:
    return salted_hmac("accounts.first_admin", nonce, algorithm="sha256").hexdigest()
