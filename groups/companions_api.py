"""Over REST: the people with whom one shares a conversation."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import actor_of
from accounts.api.people import SEARCH, searched
from accounts.called import mark_shared_names
from accounts.followers import may_trail
from accounts.models import User
from accounts.naming import name_begins, nearness
from accounts.serializers import UserSerializer
from groups.models import Membership


@may_trail
class Companions(ListAPIView[User]):
    serializer_class = UserSerializer
    queryset = User.objects.none()

    @property
    def ordering(self) -> str:
        return "nearness" if searched(self.request) else "username"

    def get_queryset(self) -> QuerySet[User]:
        asker, text = actor_of(self.request), searched(self.request)
        shared = Membership.objects.filter(user=OuterRef("pk"), conversation__memberships__user=asker)
        others: QuerySet[User] = User.objects.filter(Exists(shared)).exclude(pk=asker.pk)
        return others.filter(name_begins(text, asker=asker)).annotate(nearness=nearness(text)) if text else others

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        mark_shared_names(actor_of(self.request), page or [])
        return page

    @extend_schema(
        operation_id="companions_list",
        parameters=[OpenApiParameter("search", SEARCH, description="How a username or a word of a name begins")],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The people with whom you share a conversation; of a search whose username it is comes first."""
        return super().get(request, *args, **kwargs)
