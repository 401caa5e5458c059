"""What people do about their account and about each other. Each verb checks, stores and announces.

Pages, REST and the admin call these and never write the models themselves.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, time

from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from . import limits, names, rules
from .emails import is_another_address, match_sign_in_address
from .errors import InvalidError, NotAllowedError, RateLimitedError
from .hashers import composed
from .models import DISPLAY_NAME_CHARACTERS, Block, Contact, Token, User
from .pending_email import propose_email, send_first_link
from .signals import access_revoked, appearance_changed, blocks_changed, quiet_hours_changed

# What of a user decides how others see them.
APPEARANCE = ("status", "status_ends_at", "hides_presence", "reads_privately")


def sign_up(
    *, username: str, email: str, password: str, display_name: str = "", is_email_confirmed: bool = False
) -> User:
    """A new user, whose address gets a link that confirms it unless it is confirmed already.

    Raises InvalidError or UsernameTakenError, naming the field; EmailTakenError only for a confirmed address: of
    another one nobody learns whether somebody has it.
    """
    clean_email = rules.clean_email if is_email_confirmed else rules.clean_email_form
    user = User(
        username=names.clean_username(username),
        email=clean_email(email),
        display_name=names.clean_display_name(display_name),
    )
    _check_password(password, user)
    user.set_password(password)
    if not is_email_confirmed:
        user.email, user.email_pending = "", user.email
    try:
        with transaction.atomic():
            user.save()
            names.settle_names(user)
            match_sign_in_address(user)
    except IntegrityError:  # someone took the name or the address since we looked; looking again says which
        names.clean_username(username)
        clean_email(email)
        raise
    if user.email_pending:
        with suppress(RateLimitedError):
            send_first_link(user)
    return user


def change_profile(
    actor: User,
    *,
    display_name: str | None = None,
    email: str | None = None,
    status: str | None = None,
    status_ends_at: datetime | None = None,
    hides_presence: bool | None = None,
    reads_privately: bool | None = None,
    added_by: str | None = None,
) -> User:
    """Changes what is not None. A status without an end has none, whatever the one before it had. Another address is
    only proposed: see pending_email."""
    old_name = actor.display_name
    if display_name is not None:
        actor.display_name = names.clean_display_name(display_name, user=actor)
    if status is not None:
        actor.status, actor.status_ends_at = rules.clean_status(status), rules.clean_end(status_ends_at)
    if hides_presence is not None:
        actor.hides_presence = hides_presence
    if reads_privately is not None:
        actor.reads_privately = reads_privately
    if added_by is not None:
        actor.added_by = added_by
    if email is not None and is_another_address(actor, email):
        propose_email(actor, email)
    with transaction.atomic():
        actor.save(update_fields=["display_name", "display_skeleton", "added_by", *APPEARANCE])
        if actor.display_name != old_name:
            names.settle_names(actor, "display_name")
        if any(given is not None for given in (status, hides_presence, reads_privately)):
            announce_appearance(actor)
    return actor


def set_quiet_hours(actor: User, *, begins: time, ends: time, time_zone: str) -> User:
    """From `begins` to `ends` of every day there, past midnight if need be, the user wants to hear nothing."""
    actor.time_zone = rules.clean_time_zone(time_zone)
    if begins == ends:
        raise InvalidError("Quiet hours end at another time than they begin.", field="to")
    actor.quiet_from, actor.quiet_to = begins, ends
    return _keep_quiet_hours(actor)


def clear_quiet_hours(actor: User) -> User:
    """Nothing happens when there are none."""
    actor.quiet_from = actor.quiet_to = None
    return _keep_quiet_hours(actor)


@transaction.atomic
def _keep_quiet_hours(actor: User) -> User:
    actor.save(update_fields=["quiet_from", "quiet_to", "time_zone"])
    told = {"user_id": actor.pk, "quiet_hours": actor.quiet_hours}
    transaction.on_commit(lambda: quiet_hours_changed.send(sender=User, **told), robust=True)
    return actor


def announce_appearance(user: User) -> None:
    """Whoever watches the user is told once the present transaction is committed."""
    user_id = user.pk
    transaction.on_commit(lambda: appearance_changed.send(sender=User, user_id=user_id), robust=True)


def change_password(actor: User, *, new: str, keep: Token | None = None) -> None:
    """Ends every session, and every token but `keep`. The caller has confirmed the old password (see passwords.py) and
    renews the session it came by, if any."""
    _check_password(new, actor, field="new_password")
    actor.set_password(new)
    with transaction.atomic():
        User.objects.filter(pk=actor.pk).update(password=actor.password)
        end_access(actor, keep=keep)


def _check_password(password: str, user: User, field: str = "password") -> None:
    try:
        validate_password(composed(password), user)
    except ValidationError as error:
        raise InvalidError(" ".join(error.messages), field=field) from None


def end_access(user: User, *, keep: Token | None = None) -> None:
    """Signs the user out everywhere, programs included, but for the token `keep`."""
    with transaction.atomic():
        for session in UserSession.objects.filter(user=user):
            session.end()
        for token in Token.objects.filter(user=user).exclude(digest=keep.digest if keep else ""):
            token.delete()


def end_session(actor: User, *, session: UserSession) -> None:
    if session.user_id != actor.pk:
        raise NotAllowedError
    with transaction.atomic():
        session.end()


def _wait_for_turn(actor: User) -> None:
    """Until the transaction ends nothing else of this user's gets past here: a row that comes and goes at once would
    be there for whoever makes it, and gone when they look."""
    User.objects.select_for_update().get(pk=actor.pk)


def add_contact(actor: User, *, contact: User, nickname: str | None = None) -> tuple[Contact, bool]:
    """Adds, or changes the nickname when it is given; also says whether the contact is new.

    Raises RateLimitedError when too many are new.
    """
    if contact.pk == actor.pk:
        raise InvalidError("You cannot be your own contact.", field="contact_id")
    changed = {}
    if nickname is not None:
        changed["nickname"] = rules.clean_text(nickname, field="nickname", most=DISPLAY_NAME_CHARACTERS)
    with transaction.atomic():
        _wait_for_turn(actor)
        if not Contact.objects.filter(owner=actor, contact=contact).exists():
            limits.take("contacts_by_user", str(actor.pk))
        return Contact.objects.update_or_create(owner=actor, contact=contact, defaults=changed)


def remove_contact(actor: User, *, contact: User) -> None:
    """Nothing happens when they are no contact."""
    with transaction.atomic():
        _wait_for_turn(actor)
        Contact.objects.filter(owner=actor, contact=contact).delete()


def block_user(actor: User, *, blocked: User) -> tuple[Block, bool]:
    """No direct message and no invitation between the two any more; also says whether the block is new."""
    if blocked.pk == actor.pk:
        raise InvalidError("You cannot block yourself.", field="blocked_id")
    with transaction.atomic():
        _wait_for_turn(actor)
        block, created = Block.objects.get_or_create(blocker=actor, blocked=blocked)
        _announce_blocks(actor, blocked)
    return block, created


def unblock_user(actor: User, *, blocked: User) -> None:
    """Nothing happens when they are not blocked."""
    with transaction.atomic():
        _wait_for_turn(actor)
        Block.objects.filter(blocker=actor, blocked=blocked).delete()
        _announce_blocks(actor, blocked)


def _announce_blocks(one: User, other: User) -> None:
    pair = (one.pk, other.pk)
    transaction.on_commit(lambda: blocks_changed.send(sender=Block, user_ids=pair), robust=True)


def suspend_user(actor: User, *, user: User) -> None:
    """Shuts the user out at once, for staff. What they own stays; their sessions and tokens do not come back."""
    _check_staff(actor, user)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=False)
        end_access(user)
        announce_revoked(user)
    user.is_active = False


def restore_user(actor: User, *, user: User) -> None:
    _check_staff(actor, user)
    User.objects.filter(pk=user.pk).update(is_active=True)
    user.is_active = True


def _check_staff(actor: User, user: User) -> None:
    if not actor.is_staff or actor.pk == user.pk or (user.is_superuser and not actor.is_superuser):
        raise NotAllowedError


def announce_revoked(user: User) -> None:
    """Every socket of the user closes once the present transaction is committed."""
    user_id = user.pk
    transaction.on_commit(lambda: access_revoked.send(sender=User, user_id=user_id, session_id=None), robust=True)
