"""E-mail addresses that nobody has confirmed yet: one gets a link, and counts for nothing until that is used.

Any number of accounts may wait for the same address; whoever reads its mail decides. Only they
learn, by mail, whether an account has it already.
"""

from __future__ import annotations

from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from . import limits
from .confirmations import HOURS
from .emails import absolute_address, inform_old_address, match_sign_in_address, send_mail
from .errors import ConflictError, DomainRefusedError, EmailTakenError, LinkEndedError, NotAllowedError
from .models import User
from .policy import Registration, SitePolicy
from .rules import clean_email_form

SALT = "accounts.email"


def propose_email(actor: User, email: str) -> None:
    """Send the address a link that makes it the account's; until then the account keeps the one it has.

    The caller has confirmed the password. Raises InvalidError, DomainRefusedError or RateLimitedError.
    """
    email = clean_email_form(email)
    _check_domain(email)
    _count(actor, email)
    User.objects.filter(pk=actor.pk).update(email_pending=email)
    actor.email_pending = email
    _send(actor)


def send_link(actor: User) -> None:
    """Send it to the pending address again; the links before it end. Raises ConflictError, where there is no such
    address, DomainRefusedError or RateLimitedError."""
    if not actor.email_pending:
        raise ConflictError("No email address waits to be confirmed.")
    _check_domain(actor.email_pending)
    _count(actor, actor.email_pending)
    _send(actor)


def send_first_link(user: User) -> None:
    """For a new account, which exists whether its address can get a mail now or not.

    Raises RateLimitedError when too many went to this address lately.
    """
    limits.take("confirmation_by_address", user.email_pending.lower())
    _send(user)


def cancel_email(actor: User) -> None:
    """Nothing happens when none is pending."""
    User.objects.filter(pk=actor.pk).update(email_pending="")
    actor.email_pending = ""


def access_link(key: str) -> User:
    """Whose pending address this link confirms. Raises LinkEndedError; EmailTakenError when another account has it by
    now; DomainRefusedError."""
    try:
        user_id, state = signing.loads(key, salt=SALT, max_age=HOURS * 3600)
    except signing.BadSignature:
        raise LinkEndedError from None
    user: User | None = User.objects.active().filter(pk=user_id).exclude(email_pending="").first()
    if user is None or not constant_time_compare(state, _state(user)):
        raise LinkEndedError
    if User.objects.with_email(user.email_pending).exclude(pk=user.pk).exists():
        raise EmailTakenError
    _check_domain(user.email_pending)
    return user


def confirm_email(user: User) -> None:
    """Make the pending address the account's, and inform the one before it.

    The caller knows that it is theirs: by the link, or because staff say so. Raises LinkEndedError when it was changed
    meanwhile, and EmailTakenError; of two accounts at once, for the later one.
    """
    old, new = user.email, user.email_pending
    asked = User.objects.filter(pk=user.pk, email=old, email_pending=new, email_links=user.email_links)
    waiting = asked.filter(password=user.password).exclude(email_pending="")
    user.email, user.email_pending = new, ""
    try:
        with transaction.atomic():
            if not waiting.update(email=new, email_pending=""):
                raise LinkEndedError
            match_sign_in_address(user)
    except IntegrityError:
        raise EmailTakenError from None
    inform_old_address(user, old)


def confirm_by_hand(actor: User, *, user: User) -> None:
    """For staff, who know the person, or whose server sends no mail. Raises NotAllowedError and what `confirm_email`
    raises."""
    if not actor.is_staff or (user.is_superuser and not actor.is_superuser):
        raise NotAllowedError
    if not user.email_pending:
        raise ConflictError("No email address waits to be confirmed.")
    confirm_email(user)


def _check_domain(email: str) -> None:
    """Else an account could leave the domains by which it came in."""
    policy = SitePolicy.current()
    if policy.registration == Registration.DOMAINS and not policy.takes_address(email):
        domains = ", ".join(policy.domain_list)
        raise DomainRefusedError(f"Use an address at one of these: {domains}.", field="email")


def _count(actor: User, email: str) -> None:
    """By account too: nobody mails a hundred strangers."""
    limits.take("confirmation_by_address", str(actor.pk))
    limits.take("confirmation_by_address", email.lower())


def _send(user: User) -> None:
    """The same work whether somebody has the address or not."""
    User.objects.filter(pk=user.pk).update(email_links=F("email_links") + 1)
    user.refresh_from_db(fields=["email_links"])
    key = signing.dumps([str(user.pk), _state(user)], salt=SALT)
    about = {
        "username": user.username,
        "link": absolute_address(reverse("account_confirm_email", kwargs={"key": key})),
        "password_reset_url": absolute_address(reverse("account_reset_password")),
        "hours": HOURS,
    }
    is_taken = User.objects.with_email(user.email_pending).exists()
    template = "account_already_exists" if is_taken else "confirm_email"
    send_mail(f"account/email/{template}", user.email_pending, about)


def _state(user: User) -> str:
    """What a link is for. A newer link ends it; so does a new password, as whoever asked may have known the old one,
    and so do staff who write another address."""
    parts = (str(user.email_links), user.email, user.email_pending, user.password)
    return salted_hmac(SALT, "\n".join(parts), algorithm="sha256").hexdigest()
