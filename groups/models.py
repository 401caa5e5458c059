"""Who may talk where: conversations, memberships, bans, invitations, and the changes of these not yet in the timeline.

Knows nothing of messages.
"""

from __future__ import annotations

import secrets
import uuid

from django.db import models
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone

from accounts.labels import isolate
from accounts.lookalikes import SkeletonField
from accounts.models import Block, User, new_id

NAME_CHARACTERS = 80
DESCRIPTION_CHARACTERS = 500
GROUP_MEMBERS_MOST = 500
USES_MOST = 10_000
HOUR, DAY, WEEK = 3_600, 86_400, 604_800
# In seconds: how long a member of a slow group waits between two messages; 0: no time.
SLOWNESSES = (0, 10, 30, 60, 300, 900)
# In seconds: how long an invitation may last that does not last until it is revoked.
LIFETIMES = (HOUR, DAY, WEEK)
# So many places before the last one its owner and admins are told what comes of it.
CONVERSION_TOLD_BEFORE = 50


class Kind(models.TextChoices):
    DIRECT = "direct"
    GROUP = "group"
    CHANNEL = "channel"


class Role(models.TextChoices):
    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"


class Level(models.TextChoices):
    """Of which messages a member wants to hear."""

    ALL = "all", "All messages"
    MENTIONS = "mentions", "Only mentions of me"
    NOTHING = "nothing", "Nothing"


def direct_pair(one: uuid.UUID, other: uuid.UUID) -> str:
    """The same text for a pair in either order; unique, so that a race makes one direct conversation."""
    return ":".join(sorted((one.hex, other.hex)))


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, user: User) -> ConversationQuerySet:
        return self.filter(memberships__user=user)

    def groups(self) -> ConversationQuerySet:
        return self.exclude(kind=Kind.DIRECT)

    def public(self) -> ConversationQuerySet:
        return self.groups().filter(is_public=True)

    def seen_by(self, user: User) -> ConversationQuerySet:
        """Each with `members_count` and `my_role` (None for a stranger)."""
        members = Membership.objects.filter(conversation=models.OuterRef("pk")).order_by()
        counted = members.values("conversation").annotate(count=models.Count("pk")).values("count")
        seen = {
            "members_count": Coalesce(models.Subquery(counted), 0),
            "my_role": models.Subquery(members.filter(user=user).values("role")[:1]),
        }
        return self.annotate(**seen)


class Conversation(models.Model):
    """A place to talk: direct (two people, for good), group (up to 500, and with more it becomes a channel) or
    channel. A group's id is this id."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=NAME_CHARACTERS, blank=True)
    name_skeleton = SkeletonField(of="name")
    description = models.CharField(max_length=DESCRIPTION_CHARACTERS, blank=True)
    is_public = models.BooleanField(default=False)
    # A default in the database: workers that do not know this column yet may still make groups.
    slow_seconds = models.PositiveSmallIntegerField(default=0, db_default=0)
    direct_pair = models.CharField(max_length=65, null=True, unique=True, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    # Set by ConversationQuerySet.seen_by.
    members_count: int
    my_role: str | None

    objects = ConversationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), condition=models.Q(is_public=True), name="public_name_unique"),
        ]

    def __str__(self) -> str:
        return isolate(self.name) or f"{self.kind} {self.id}"

    @property
    def will_convert_soon(self) -> bool:
        """Few more may join before it becomes a channel. Needs seen_by."""
        return self.kind == Kind.GROUP and self.members_count >= GROUP_MEMBERS_MOST - CONVERSION_TOLD_BEFORE

    @property
    def is_channel(self) -> bool:
        return self.kind == Kind.CHANNEL


class Membership(models.Model):
    """`user` is a member of `conversation` now; leaving deletes the row.

    `level` and muting are the member's own business: nobody else is told, and it is no change of the conversation.
    """

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=6, choices=Role, default=Role.MEMBER)
    joined_at = models.DateTimeField(auto_now_add=True)
    # Defaults in the database: workers that do not know these columns yet may still add members.
    level = models.CharField(max_length=8, choices=Level, default=Level.ALL, db_default=Level.ALL)
    is_muted = models.BooleanField(default=False, db_default=False)
    muted_until = models.DateTimeField(null=True, blank=True, help_text="Empty: until it is unmuted.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "user"], name="member_once")]
        # Who posts in a channel is found among any number of readers.
        indexes = [models.Index(fields=["conversation", "role"], name="members_by_role")]

    def __str__(self) -> str:
        return f"{self.user} in {self.conversation}"

    @property
    def can_moderate(self) -> bool:
        return self.role in (Role.OWNER, Role.ADMIN)

    @property
    def is_muted_now(self) -> bool:
        return self.is_muted and (self.muted_until is None or self.muted_until > timezone.now())


class Ban(models.Model):
    """`user` is not in `conversation` and does not come in by any way until the row goes."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="bans")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    banned_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    banned_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "user"], name="banned_once")]

    def __str__(self) -> str:
        return f"{self.user} banned from {self.conversation}"


def new_invite() -> str:
    return secrets.token_urlsafe(18)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def kept(self) -> InvitationQuerySet:
        """Not revoked; perhaps over by itself."""
        return self.filter(revoked_at=None)

    def live(self) -> InvitationQuerySet:
        in_time = models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now())
        has_uses = models.Q(uses_most=None) | models.Q(uses__lt=models.F("uses_most"))
        return self.kept().filter(in_time, has_uses)

    def addressed_to(self, user: User) -> InvitationQuerySet:
        """Those that still stand, without any from someone with a block between them."""
        mine = models.Q(blocker=user, blocked=models.OuterRef("created_by"))
        theirs = models.Q(blocked=user, blocker=models.OuterRef("created_by"))
        return self.live().filter(invitee=user).exclude(models.Exists(Block.objects.filter(mine | theirs)))


class Invitation(models.Model):
    """A link into a group (no invitee), or an invitation of one person, until revoked, used by that person, or over:
    its time has come, or as many have come in by the link as may."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="invitations")
    invite = models.CharField(max_length=32, unique=True, default=new_invite, editable=False)
    invitee = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="invitations")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: never.")
    uses_most = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: any number.")
    # Who came in by it. A default in the database: workers that do not know this column yet may still invite.
    uses = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    objects = InvitationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"invitation to {self.conversation}"


class PendingChange(models.Model):
    """A numbered change that was committed here and still has to reach the conversation's timeline.

    Written in the transaction of what it tells about; messaging appends it to the history under `key` and deletes
    the row, so a crash in between repeats the append, which the key makes harmless. Rows leave in order of `id`.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    conversation_id = models.UUIDField(db_index=True)
    type = models.CharField(max_length=40)
    author_id = models.UUIDField()
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.type} in {self.conversation_id}"
