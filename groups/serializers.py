"""What requests about groups carry, and how groups, members and invitations look in answers."""

from __future__ import annotations

import uuid
from typing import Any

from rest_framework import serializers

from accounts.fields import FlagField, IdField, Input, LineField, LinesField, TextField, WholeChoice, WholeField
from accounts.serializers import UserSerializer

from .models import (
    DESCRIPTION_CHARACTERS,
    GROUP_MEMBERS_MOST,
    LIFETIMES,
    NAME_CHARACTERS,
    SLOWNESSES,
    USES_MOST,
    Ban,
    Conversation,
    Invitation,
    Kind,
    Membership,
    Role,
)


class GroupSerializer(serializers.ModelSerializer[Conversation]):
    """A group as its reader sees it; needs seen_by. `role` is the reader's own, null for a stranger."""

    members_count = serializers.IntegerField(read_only=True)
    role = serializers.ChoiceField(source="my_role", choices=Role.choices, read_only=True, allow_null=True)

    class Meta:
        model = Conversation
        fields: tuple[str, ...] = (
            "id",
            "kind",
            "name",
            "description",
            "is_public",
            "members_count",
            "role",
            "slow_seconds",
            "created_at",
        )
        read_only_fields = fields


class NewGroupSerializer(GroupSerializer):
    """The group, who of `member_ids` is in it, and who has an invitation to accept."""

    added_ids = serializers.SerializerMethodField()
    invited_ids = serializers.SerializerMethodField()

    class Meta(GroupSerializer.Meta):
        fields = (*GroupSerializer.Meta.fields, "added_ids", "invited_ids")
        read_only_fields = fields

    def get_added_ids(self, group: Conversation) -> list[uuid.UUID]:
        return list(group.memberships.exclude(user=group.created_by).values_list("user_id", flat=True))

    def get_invited_ids(self, group: Conversation) -> list[uuid.UUID]:
        return list(group.invitations.exclude(invitee=None).values_list("invitee_id", flat=True))


class MemberSerializer(serializers.ModelSerializer[Membership]):
    user = UserSerializer(read_only=True)

    class Meta:
        model = Membership
        fields = ("user", "role", "joined_at")
        read_only_fields = fields


class BanSerializer(serializers.ModelSerializer[Ban]):
    user = UserSerializer(read_only=True)
    banned_by = UserSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Ban
        fields = ("user", "banned_by", "banned_at")
        read_only_fields = fields


class InvitedGroupSerializer(serializers.ModelSerializer[Conversation]):
    """As much of a group as an invitation tells."""

    class Meta:
        model = Conversation
        fields = ("id", "name", "description")
        read_only_fields = fields


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    """`invite` opens the group at /groups/join. `user` is whom it is for; null means a link, for whoever has it. It
    lets nobody in from `expires_at` on, and when `uses_most` have come in by it; null means that there is no end."""

    group = InvitedGroupSerializer(source="conversation", read_only=True)
    user = UserSerializer(source="invitee", read_only=True, allow_null=True)
    created_by = UserSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Invitation
        fields = ("id", "invite", "group", "user", "created_by", "created_at", "expires_at", "uses_most", "uses")
        read_only_fields = fields


class InvitedMemberSerializer(serializers.Serializer[Invitation]):
    """Somebody who is no member before they accept `invitation`."""

    user = UserSerializer(source="invitee")
    role = serializers.CharField(default=None, allow_null=True)
    joined_at = serializers.DateTimeField(default=None, allow_null=True)
    invitation = InvitationSerializer(source="*")


class NewGroupInput(Input):
    kind = serializers.ChoiceField(
        choices=[Kind.GROUP.value, Kind.CHANNEL.value],
        default=Kind.GROUP.value,
        help_text="in a channel only its owner and admins post, and any number of people read",
    )
    name = LineField(max_length=NAME_CHARACTERS)
    description = LinesField(max_length=DESCRIPTION_CHARACTERS, allow_blank=True, default="")
    is_public = FlagField(default=False)
    member_ids = serializers.ListField(child=IdField(), max_length=GROUP_MEMBERS_MOST - 1, default=list)


class GroupInput(Input):
    """Replaces: what is left out becomes empty, private and not slow."""

    name = LineField(max_length=NAME_CHARACTERS)
    description = LinesField(max_length=DESCRIPTION_CHARACTERS, allow_blank=True, default="")
    is_public = FlagField(default=False)
    slow_seconds = WholeChoice(choices=SLOWNESSES, default=0)


class GroupChangeInput(Input):
    """Changes what is given."""

    name = LineField(max_length=NAME_CHARACTERS, required=False)
    description = LinesField(max_length=DESCRIPTION_CHARACTERS, allow_blank=True, required=False)
    is_public = FlagField(required=False)
    slow_seconds = WholeChoice(choices=SLOWNESSES, required=False)


class NewMemberInput(Input):
    user_id = IdField()


class RoleInput(Input):
    role = serializers.ChoiceField(choices=Role.choices)


class JoinInput(Input):
    """One of the two: the name of a public group, or the `invite` of an invitation."""

    RULES = {"minProperties": 1, "maxProperties": 1}

    name = LineField(max_length=NAME_CHARACTERS, required=False)
    invite = TextField(max_length=32, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError({"name": ["Give either a name or an invite."]})
        return attrs


class InvitationInput(Input):
    """Without `user_id`: a link. It ends after an hour, a day or a week, and when `uses_most` have come in by it."""

    # An invitation of one person is used once.
    RULES = {"dependentSchemas": {"user_id": {"properties": {"uses_most": {"type": "null"}}}}}

    user_id = IdField(required=False)
    expires_in = WholeChoice(required=False, allow_null=True, choices=LIFETIMES)
    uses_most = WholeField(required=False, allow_null=True, min_value=1, max_value=USES_MOST)
