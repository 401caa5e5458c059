"""The REST side of bans."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import access_user, actor_of

from . import access, actions
from .models import Ban
from .serializers import BanSerializer


class Bans(ListAPIView[Ban]):
    serializer_class = BanSerializer
    ordering = "-pk"
    queryset = Ban.objects.none()

    def get_queryset(self) -> QuerySet[Ban]:
        return access.access_bans(actor_of(self.request), self.kwargs["group_id"])

    @extend_schema(operation_id="bans_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Who is banned, by whom and since when, newest first; owners and admins."""
        return super().get(request, *args, **kwargs)


class OneBan(APIView):
    @extend_schema(operation_id="bans_read", responses=BanSerializer)
    def get(self, request: Request, group_id: uuid.UUID, user_id: uuid.UUID) -> Response:
        """A ban; owners and admins."""
        return Response(BanSerializer(access.access_ban(actor_of(request), group_id, user_id)).data)

    @extend_schema(operation_id="bans_put", request=None, responses={200: BanSerializer, 201: BanSerializer})
    def put(self, request: Request, group_id: uuid.UUID, user_id: uuid.UUID) -> Response:
        """Bans somebody (201), or finds them banned already (200); owners and admins. A member is removed; never an
        owner, and an admin only by an owner. Whoever is banned is refused (409 banned) until the ban is lifted."""
        group = access.access_own_group(actor_of(request), group_id)
        access.check_can_invite(actor_of(request), group)
        user = access_user(actor_of(request), user_id)
        ban, created = actions.ban_user(actor_of(request), conversation=group, user=user)
        return Response(BanSerializer(ban).data, status=201 if created else 200)

    @extend_schema(operation_id="bans_delete", responses={204: None})
    def delete(self, request: Request, group_id: uuid.UUID, user_id: uuid.UUID) -> Response:
        """Lifts a ban; owners and admins."""
        actions.lift_ban(actor_of(request), ban=access.access_ban(actor_of(request), group_id, user_id))
        return Response(status=204)
