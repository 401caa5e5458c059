"""The REST side of groups: groups, members, joining and invitations."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from accounts.access import access_user, actor_of
from accounts.api.people import SEARCH, searched
from accounts.called import mark_shared_names
from accounts.followers import may_trail
from accounts.models import User
from accounts.naming import name_begins, nearness

from . import access, actions
from .models import Conversation, Invitation, Membership
from .serializers import (
    GroupChangeInput,
    GroupInput,
    GroupSerializer,
    InvitationInput,
    InvitationSerializer,
    InvitedMemberSerializer,
    JoinInput,
    MemberSerializer,
    NewGroupInput,
    NewGroupSerializer,
    NewMemberInput,
    RoleInput,
)


def _given(serializer: BaseSerializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    given: dict[str, Any] = serializer.validated_data
    return given


def _group(user: User, group_id: uuid.UUID, status: int = 200) -> Response:
    return Response(GroupSerializer(access.access_group(user, group_id)).data, status=status)


@may_trail
class Groups(ListAPIView[Conversation]):
    serializer_class = GroupSerializer
    ordering = "name"
    queryset = Conversation.objects.none()

    def get_queryset(self) -> QuerySet[Conversation]:
        public = Conversation.objects.public().seen_by(actor_of(self.request))
        return public.filter(name__icontains=searched(self.request))

    @extend_schema(
        operation_id="groups_list", parameters=[OpenApiParameter("search", SEARCH, description="Part of a name")]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Public groups and channels, by name."""
        return super().get(request, *args, **kwargs)

    @extend_schema(operation_id="groups_create", request=NewGroupInput, responses={201: NewGroupSerializer})
    def post(self, request: Request) -> Response:
        """Makes a group or channel of yours. Of `member_ids` those are added who have you in their contacts, or
        otherwise agreed to it (`added_by` of /me); the others are invited. If one can be neither nothing happens."""
        given = _given(NewGroupInput(data=request.data))
        ids = given.pop("member_ids")
        members = [access_user(actor_of(request), user_id, field="member_ids") for user_id in ids]
        group = actions.create_group(actor_of(request), members=members, **given)
        made = access.access_group(actor_of(request), group.pk)
        return Response(NewGroupSerializer(made).data, status=201)


class OneGroup(APIView):
    @extend_schema(operation_id="groups_read", responses=GroupSerializer)
    def get(self, request: Request, group_id: uuid.UUID) -> Response:
        """A group of yours, or a public one."""
        return _group(actor_of(request), group_id)

    @extend_schema(operation_id="groups_replace", request=GroupInput, responses=GroupSerializer)
    def put(self, request: Request, group_id: uuid.UUID) -> Response:
        """Owners and admins; `is_public` is for owners to change. `slow_seconds`: how long members without a role wait
        between two messages (429 slow_mode)."""
        return self._change(request, group_id, GroupInput(data=request.data))

    @extend_schema(operation_id="groups_change", request=GroupChangeInput, responses=GroupSerializer)
    def patch(self, request: Request, group_id: uuid.UUID) -> Response:
        """Owners and admins; `is_public` is for owners to change."""
        return self._change(request, group_id, GroupChangeInput(data=request.data))

    def _change(self, request: Request, group_id: uuid.UUID, serializer: BaseSerializer[Any]) -> Response:
        group = access.access_own_group(actor_of(request), group_id)
        actions.change_group(actor_of(request), conversation=group, **_given(serializer))
        return _group(actor_of(request), group_id)

    @extend_schema(operation_id="groups_delete", responses={204: None})
    def delete(self, request: Request, group_id: uuid.UUID) -> Response:
        """For good; owners only."""
        actions.delete_group(actor_of(request), conversation=access.access_own_group(actor_of(request), group_id))
        return Response(status=204)


class Members(ListAPIView[Membership]):
    serializer_class = MemberSerializer
    queryset = Membership.objects.none()

    @property
    def ordering(self) -> str:
        return "nearness" if searched(self.request) else "pk"

    def get_queryset(self) -> QuerySet[Membership]:
        asker, text = actor_of(self.request), searched(self.request)
        group = access.access_own_group(asker, self.kwargs["group_id"])
        members = group.memberships.select_related("user")
        if not text:
            return members
        found = members.filter(name_begins(text, asker=asker, person="user__"))
        return found.annotate(nearness=nearness(text, person="user__"))

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        mark_shared_names(actor_of(self.request), [member.user for member in page or []])
        return page

    @extend_schema(
        operation_id="members_list",
        parameters=[OpenApiParameter("search", SEARCH, description="How a username or a word of a name begins")],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The members, first come first; of a search whose username it is comes first. Members only."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="members_add",
        request=NewMemberInput,
        responses={200: MemberSerializer, 201: MemberSerializer, 202: InvitedMemberSerializer},
    )
    def post(self, request: Request, group_id: uuid.UUID) -> Response:
        """Adds somebody (201), or finds them a member already (200). Who has not agreed to be added gets an invitation
        to accept (202, with `role` null). Owners and admins."""
        group = access.access_own_group(actor_of(request), group_id)
        user_id = _given(NewMemberInput(data=request.data))["user_id"]
        user = access_user(actor_of(request), user_id, field="user_id")
        found, created = actions.add_member(actor_of(request), conversation=group, user=user)
        if isinstance(found, Invitation):
            return Response(InvitedMemberSerializer(found).data, status=202)
        return Response(MemberSerializer(found).data, status=201 if created else 200)


class OneMember(APIView):
    @extend_schema(operation_id="members_read", responses=MemberSerializer)
    def get(self, request: Request, group_id: uuid.UUID, user_id: uuid.UUID) -> Response:
        """A member; members only."""
        return Response(MemberSerializer(access.access_member(actor_of(request), group_id, user_id)).data)

    @extend_schema(operation_id="members_change", request=RoleInput, responses=MemberSerializer)
    def patch(self, request: Request, group_id: uuid.UUID, user_id: uuid.UUID) -> Response:
        """Gives a role; owners only. There may be several owners, and never none (409 last_owner)."""
        membership = access.access_member(actor_of(request), group_id, user_id)
        role = _given(RoleInput(data=request.data))["role"]
        changed = actions.change_role(
            actor_of(request), conversation=membership.conversation, user=membership.user, role=role
        )
        return Response(MemberSerializer(changed).data)

    @extend_schema(operation_id="members_delete", responses={204: None})
    def delete(self, request: Request, group_id: uuid.UUID, user_id: uuid.UUID) -> Response:
        """Removes a member, or, of yourself, leaves. The last member's leaving deletes the group."""
        membership = access.access_member(actor_of(request), group_id, user_id)
        group, user = membership.conversation, membership.user
        if user == actor_of(request):
            actions.leave_group(actor_of(request), conversation=group)
        else:
            actions.remove_member(actor_of(request), conversation=group, user=user)
        return Response(status=204)


class Join(APIView):
    @extend_schema(
        operation_id="groups_join", request=JoinInput, responses={200: GroupSerializer, 201: GroupSerializer}
    )
    def post(self, request: Request) -> Response:
        """Joins a public group by its name, or any by an invite; 200 if you were a member already. A link that was
        revoked, has expired or is used up is 404, like one that never was; who is banned gets 409 banned."""
        given = _given(JoinInput(data=request.data))
        if "invite" in given:
            membership, created = actions.accept_invite(actor_of(request), invite=given["invite"])
        else:
            group = access.access_public_group(actor_of(request), given["name"])
            membership, created = actions.join_group(actor_of(request), conversation=group)
        return _group(actor_of(request), membership.conversation_id, 201 if created else 200)


@may_trail
class UserGroups(ListAPIView[Conversation]):
    serializer_class = GroupSerializer
    ordering = "name"
    queryset = Conversation.objects.none()

    def get_queryset(self) -> QuerySet[Conversation]:
        person = access_user(actor_of(self.request), self.kwargs["user_id"])
        mine = Conversation.objects.groups().visible_to(actor_of(self.request))
        return mine.filter(pk__in=person.memberships.values("conversation_id")).seen_by(actor_of(self.request))

    @extend_schema(operation_id="users_groups_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Your own groups, or those that you and somebody else are both in, by name."""
        return super().get(request, *args, **kwargs)


class GroupInvitations(ListAPIView[Invitation]):
    serializer_class = InvitationSerializer
    ordering = "-pk"
    queryset = Invitation.objects.none()

    def get_queryset(self) -> QuerySet[Invitation]:
        group = access.access_own_group(actor_of(self.request), self.kwargs["group_id"])
        access.check_can_invite(actor_of(self.request), group)
        return group.invitations.live().select_related("conversation", "invitee", "created_by")

    @extend_schema(operation_id="group_invitations_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Links and invitations that still stand, newest first; owners and admins."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="group_invitations_create",
        request=InvitationInput,
        responses={200: InvitationSerializer, 201: InvitationSerializer},
    )
    def post(self, request: Request, group_id: uuid.UUID) -> Response:
        """Makes a link, or invites `user_id` (200 if they were invited already); owners and admins. It ends by itself
        if `expires_in` or `uses_most` say so, and else when it is revoked."""
        group = access.access_own_group(actor_of(request), group_id)
        given = _given(InvitationInput(data=request.data))
        user_id = given.pop("user_id", None)
        invitee = access_user(actor_of(request), user_id, field="user_id") if user_id else None
        invitation, created = actions.create_invitation(actor_of(request), conversation=group, invitee=invitee, **given)
        return Response(InvitationSerializer(invitation).data, status=201 if created else 200)


class OneGroupInvitation(APIView):
    @extend_schema(operation_id="group_invitations_delete", responses={204: None})
    def delete(self, request: Request, group_id: uuid.UUID, invitation_id: uuid.UUID) -> Response:
        """Revokes it; owners and admins."""
        invitation = access.access_group_invitation(actor_of(request), group_id, invitation_id)
        actions.revoke_invitation(actor_of(request), invitation=invitation)
        return Response(status=204)


class Invitations(ListAPIView[Invitation]):
    serializer_class = InvitationSerializer
    ordering = "-pk"
    queryset = Invitation.objects.none()

    def get_queryset(self) -> QuerySet[Invitation]:
        addressed = Invitation.objects.addressed_to(actor_of(self.request))
        return addressed.select_related("conversation", "invitee", "created_by")

    @extend_schema(operation_id="invitations_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Invitations addressed to you, newest first. Accept with POST /groups/join {invite}."""
        return super().get(request, *args, **kwargs)


class OneInvitation(APIView):
    @extend_schema(operation_id="invitations_delete", responses={204: None})
    def delete(self, request: Request, invitation_id: uuid.UUID) -> Response:
        """Declines it."""
        invitation = access.access_invitation(actor_of(request), invitation_id)
        actions.decline_invitation(actor_of(request), invitation=invitation)
        return Response(status=204)
