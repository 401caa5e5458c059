"""Who people are to Parley and to each other: users, their contacts, blocks and API tokens.

Knows nothing of conversations.
"""

from __future__ import annotations

import random
import time
import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from knox.models import AbstractAuthToken

from .first_admin_link import FirstAdminLink as FirstAdminLink  # so that Django finds it
from .hashers import composed
from .labels import isolate, label
from .lookalikes import SkeletonField
from .policy import SitePolicy as SitePolicy  # and this one
from .zones import zone_names

USERNAME_CHARACTERS = 64
DISPLAY_NAME_CHARACTERS = 64
STATUS_CHARACTERS = 80
TIME_ZONE_CHARACTERS = 64


def new_id() -> uuid.UUID:
    """A time-ordered id: UUID version 7, with the fraction of the millisecond after it (RFC 9562, 6.2, method 3).

    Our own, because a message has one: what counts up from the last id runs ahead of the clock at 1,000 a second.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = (rest << 12) // 1_000_000
    chance = random.getrandbits(62)
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | chance)


class AddedBy(models.TextChoices):
    """Who may put a user into a group without asking; the site's policy may allow less."""

    GROUPS = "groups", "My contacts, and people with whom I share a group"
    CONTACTS = "contacts", "My contacts"
    NOBODY = "nobody", "Nobody: always ask me"


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> UserQuerySet:
        return self.filter(is_active=True)

    def with_email(self, email: str) -> UserQuerySet:
        """Whoever has this address, whatever its case; one at most."""
        return self.alias(address=Lower("email")).exclude(email="").filter(address=Lower(models.Value(email)))

    def named_like(self, text: str) -> UserQuerySet:
        """Active users whose username or display name contains the text."""
        return self.active().filter(models.Q(username__icontains=text) | models.Q(display_name__icontains=text))


class Users(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]  # made at run time
    use_in_migrations = False

    def _create_user_object(self, username: str, email: str | None, password: str | None, **fields: Any) -> User:
        made: User = super()._create_user_object(username, email, password and composed(password), **fields)
        return made


class User(AbstractUser):  # type: ignore[django-manager-missing]  # knox's reverse name has no typed manager
    """A person or a program. The username is unique whatever its case; the display name is what others see."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    first_name = None  # type: ignore[assignment]  # a display name serves every culture, two fields do not
    last_name = None  # type: ignore[assignment]
    username = models.CharField(
        max_length=USERNAME_CHARACTERS,
        unique=True,
        validators=[
            RegexValidator(
                r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z",
                "Use letters without accents, digits, dots, dashes and underscores; begin with a letter or digit.",
            )
        ],
        error_messages={"unique": "This username is taken."},
    )
    email = models.EmailField(
        blank=True, help_text="Confirmed: they sign in with it, and a new password is sent there."
    )
    display_name = models.CharField(max_length=DISPLAY_NAME_CHARACTERS, blank=True)
    username_skeleton = SkeletonField(of="username")
    display_skeleton = SkeletonField(of="display_name")
    # Defaults in the database: workers that do not know these columns yet may still add users.
    status = models.CharField(
        max_length=STATUS_CHARACTERS,
        blank=True,
        default="",
        db_default="",
        help_text="What they do now, for all to read.",
    )
    status_ends_at = models.DateTimeField(null=True, blank=True)
    hides_presence = models.BooleanField(
        default=False,
        db_default=False,
        help_text="They look offline to everybody, and everybody looks offline to them.",
    )
    reads_privately = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Nobody sees how far they have read, and they see it of nobody.",
    )

    added_by = models.CharField(
        "Who may add them to groups",
        max_length=8,
        choices=AddedBy,
        default=AddedBy.GROUPS,
        db_default=AddedBy.GROUPS,
    )

    # Whoever wrote it, nobody has shown yet that they read its mail: it counts for nothing, and others may have it too.
    email_pending = models.EmailField(
        "email address to be confirmed",
        blank=True,
        default="",
        db_default="",
        help_text="It gets a link that confirms it, and nothing else.",
    )
    # How many such links were sent; only the newest one works.
    email_links = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    # How many links for a new password were sent; only the newest one works.
    reset_links = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    # Both, or neither: then there are no quiet hours.
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_to = models.TimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=TIME_ZONE_CHARACTERS, blank=True, default="", db_default="")

    objects: ClassVar[Users] = Users()

    REQUIRED_FIELDS = ["email"]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("username"), name="username_unique", violation_error_message="This username is taken."
            ),
            # One can sign in with it; who has none shares that with others.
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="email_unique",
                violation_error_message="An account with this e-mail address exists.",
            ),
        ]

    def __str__(self) -> str:
        """For staff, who must not take one person for another."""
        return isolate(label(self.name, "" if self.name == self.username else self.username))

    def set_password(self, raw_password: str | None) -> None:
        password = composed(raw_password) if raw_password else raw_password
        if password != raw_password and not self.username:
            # allauth's stand-in for a user whom there is not: a check of such a password takes two hashes.
            super().set_password(raw_password)
        super().set_password(password)

    def check_password(self, raw_password: str | None) -> bool:
        """Whatever way the password is written; also one that was kept as it was typed, before they were composed."""
        password = composed(raw_password) if raw_password else raw_password
        return super().check_password(password) or (password != raw_password and super().check_password(raw_password))

    def compose_password(self, raw_password: str) -> None:
        """At sign-in, with the right password: keep it as it can be written everywhere, if it is not kept so yet.

        Like every new hash this ends the user's other sessions, so it is not for whoever is signed in.
        """
        if composed(raw_password) != raw_password and not super().check_password(composed(raw_password)):
            self.set_password(raw_password)
            self.save(update_fields=["password"])

    @property
    def name(self) -> str:
        """What others see."""
        return self.display_name or self.username

    @property
    def current_status(self) -> str:
        """What others read; empty once its end has come."""
        return self.status if self.status_ends_at is None or self.status_ends_at > timezone.now() else ""

    @property
    def quiet_hours(self) -> dict[str, str] | None:
        """Between which hours of which zone they want to hear nothing, as the wire writes it.

        None also where the zone was taken once and is no zone any more: it would stop the script of a page.
        """
        if self.quiet_from is None or self.quiet_to is None or self.time_zone not in zone_names():
            return None
        return {"from": f"{self.quiet_from:%H:%M}", "to": f"{self.quiet_to:%H:%M}", "time_zone": self.time_zone}


class Contact(models.Model):
    """`owner` keeps `contact` in their address book, under a nickname only the owner sees."""

    owner = models.ForeignKey(User, models.CASCADE, related_name="contacts")
    contact = models.ForeignKey(User, models.CASCADE, related_name="+")
    nickname = models.CharField(max_length=DISPLAY_NAME_CHARACTERS, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "contact"], name="contact_once"),
            models.CheckConstraint(condition=~models.Q(owner=models.F("contact")), name="contact_not_self"),
        ]

    def __str__(self) -> str:
        return f"{self.owner} knows {self.contact}"


class BlockQuerySet(models.QuerySet["Block"]):
    def between(self, one: uuid.UUID, other: uuid.UUID) -> BlockQuerySet:
        """Blocks of either by the other."""
        return self.filter(models.Q(blocker_id=one, blocked_id=other) | models.Q(blocker_id=other, blocked_id=one))


class Block(models.Model):
    """`blocker` wants no direct message and no invitation from `blocked`."""

    blocker = models.ForeignKey(User, models.CASCADE, related_name="blocks")
    blocked = models.ForeignKey(User, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BlockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="block_once"),
            models.CheckConstraint(condition=~models.Q(blocker=models.F("blocked")), name="block_not_self"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker} blocks {self.blocked}"


class Token(AbstractAuthToken):
    """An API token: only its digest is stored. A user may hold several, each with a name and an expiry."""

    name = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.name or 'a token'} of {self.user}"

    @property
    def public_id(self) -> str:
        """Names the token in addresses; half of a digest, so it opens nothing."""
        return str(self.digest)[:32]
