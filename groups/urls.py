"""The addresses of groups."""

from django.urls import path

from groups import api, bans_api, companions_api
from groups.models import Kind
from groups.views import bans, browse, group, invitations, members

api_urls = [
    path("groups", api.Groups.as_view()),
    path("groups/join", api.Join.as_view()),
    path("groups/<uuid:group_id>", api.OneGroup.as_view()),
    path("groups/<uuid:group_id>/members", api.Members.as_view()),
    path("groups/<uuid:group_id>/members/<uuid:user_id>", api.OneMember.as_view()),
    path("groups/<uuid:group_id>/bans", bans_api.Bans.as_view()),
    path("groups/<uuid:group_id>/bans/<uuid:user_id>", bans_api.OneBan.as_view()),
    path("groups/<uuid:group_id>/invitations", api.GroupInvitations.as_view()),
    path("groups/<uuid:group_id>/invitations/<uuid:invitation_id>", api.OneGroupInvitation.as_view()),
    path("companions", companions_api.Companions.as_view()),
    path("invitations", api.Invitations.as_view()),
    path("invitations/<uuid:invitation_id>", api.OneInvitation.as_view()),
    path("users/<uuid:user_id>/groups", api.UserGroups.as_view()),
]

page_urls = [
    path("people/<uuid:user_id>/message/", browse.open_direct, name="open_direct"),
    path("groups/", browse.groups, name="groups"),
    path("groups/new/", browse.new_group, name="new_group"),
    path("groups/new/channel/", browse.new_group, {"kind": Kind.CHANNEL.value}, name="new_channel"),
    path("groups/<uuid:group_id>/", group.group, name="group"),
    path("groups/<uuid:group_id>/join/", browse.join_group, name="join_group"),
    path("groups/<uuid:group_id>/edit/", group.edit_group, name="edit_group"),
    path("groups/<uuid:group_id>/leave/", group.leave_group, name="leave_group"),
    path("groups/<uuid:group_id>/delete/", group.delete_group, name="delete_group"),
    path("groups/<uuid:group_id>/add/", members.add_members, name="add_members"),
    path("groups/<uuid:group_id>/members/<uuid:user_id>/add/", members.add_member, name="add_member"),
    path("groups/<uuid:group_id>/members/<uuid:user_id>/invite/", invitations.invite_person, name="invite_person"),
    path("groups/<uuid:group_id>/members/<uuid:user_id>/remove/", members.remove_member, name="remove_member"),
    path("groups/<uuid:group_id>/members/<uuid:user_id>/role/", members.change_role, name="change_role"),
    path("groups/<uuid:group_id>/members/<uuid:user_id>/owner/", members.hand_over, name="hand_over"),
    path("groups/<uuid:group_id>/members/<uuid:user_id>/ban/", bans.ban_user, name="ban_user"),
    path("groups/<uuid:group_id>/bans/", bans.bans, name="bans"),
    path("groups/<uuid:group_id>/bans/<uuid:user_id>/lift/", bans.lift_ban, name="lift_ban"),
    path("groups/<uuid:group_id>/invitations/", invitations.invitations, name="invitations"),
    path("groups/<uuid:group_id>/invitations/new/", invitations.new_link, name="new_link"),
    path(
        "groups/<uuid:group_id>/invitations/<uuid:invitation_id>/revoke/",
        invitations.revoke_invitation,
        name="revoke_invitation",
    ),
    path("invitations/<uuid:invitation_id>/accept/", invitations.accept_invitation, name="accept_invitation"),
    path("invitations/<uuid:invitation_id>/decline/", invitations.decline_invitation, name="decline_invitation"),
    path("join/<str:invite>/", invitations.join, name="join"),
]
