"""Other people: /users, and one's own contacts and blocks under /users/{user_id}."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import F, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .. import access, actions
from ..access import actor_of
from ..called import mark_shared_names
from ..directory import findable
from ..errors import InvalidError
from ..fields import one_parameter, page_rows
from ..followers import may_trail
from ..models import Block, Contact, User
from ..rules import composed
from ..serializers import BlockInput, BlockSerializer, ContactInput, ContactSerializer, UserSerializer

IDS_MOST = 200
SEARCH_CHARACTERS = 64
SEARCH = {"type": "string", "maxLength": SEARCH_CHARACTERS, "pattern": r"^[^\u0000]*$"}
_ID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
IDS = {"type": "string", "pattern": f"^({_ID}(,{_ID}){{0,{IDS_MOST - 1}}})?$"}


def searched(request: Request) -> str:
    """The `search` parameter."""
    text = composed((one_parameter(request, "search") or "").strip())
    if len(text) > SEARCH_CHARACTERS or "\x00" in text:
        raise InvalidError(f"Search for at most {SEARCH_CHARACTERS} characters.", field="search")
    return text


def asked_ids(text: str) -> list[uuid.UUID]:
    parts = text.split(",") if text else []
    if len(parts) > IDS_MOST:
        raise InvalidError(f"Ask for at most {IDS_MOST} ids at once.", field="ids")
    try:
        return [uuid.UUID(part) for part in parts]
    except ValueError:
        raise InvalidError("Ids are UUIDs, with commas between.", field="ids") from None


@may_trail
class Users(ListAPIView[User]):
    serializer_class = UserSerializer
    ordering = "username"
    queryset = User.objects.none()

    def get_queryset(self) -> QuerySet[User]:
        return findable(actor_of(self.request), searched(self.request))

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        mark_shared_names(actor_of(self.request), page or [])
        return page

    @extend_schema(
        operation_id="users_list",
        parameters=[
            OpenApiParameter("search", SEARCH, description="Part of a username or display name"),
            OpenApiParameter("ids", IDS, description=f"Instead: up to {IDS_MOST} ids, with commas between"),
        ],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """People by name. With `ids` those people, suspended ones too, all in one page: for the names of authors."""
        ids = one_parameter(request, "ids")
        if ids is None:
            return super().get(request, *args, **kwargs)
        page_rows(request)
        named = list(User.objects.filter(pk__in=asked_ids(ids)).order_by("username"))
        mark_shared_names(actor_of(request), named)
        return Response({"results": UserSerializer(named, many=True).data, "next": None})


@may_trail
class OneUser(APIView):
    @extend_schema(operation_id="users_read", responses=UserSerializer)
    def get(self, request: Request, user_id: uuid.UUID) -> Response:
        """A person."""
        return Response(UserSerializer(access.access_user(actor_of(request), user_id)).data)


@may_trail
class Contacts(ListAPIView[Contact]):
    serializer_class = ContactSerializer
    ordering = "username"
    queryset = Contact.objects.none()

    def get_queryset(self) -> QuerySet[Contact]:
        owner = access.access_self(actor_of(self.request), self.kwargs["user_id"])
        return owner.contacts.select_related("contact").annotate(username=F("contact__username"))

    @extend_schema(operation_id="contacts_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Your contacts, by username."""
        return super().get(request, *args, **kwargs)


@may_trail
class OneContact(APIView):
    @extend_schema(operation_id="contacts_read", responses=ContactSerializer)
    def get(self, request: Request, user_id: uuid.UUID, contact_id: uuid.UUID) -> Response:
        """One of your contacts."""
        owner = access.access_self(actor_of(request), user_id)
        return Response(ContactSerializer(access.access_contact(owner, contact_id)).data)

    @extend_schema(
        operation_id="contacts_put",
        request=ContactInput,
        responses={200: ContactSerializer, 201: ContactSerializer},
    )
    def put(self, request: Request, user_id: uuid.UUID, contact_id: uuid.UUID) -> Response:
        """Adds a contact (201) or replaces its nickname (200)."""
        owner = access.access_self(actor_of(request), user_id)
        given = ContactInput(data=request.data)
        given.is_valid(raise_exception=True)
        person = access.access_user(owner, contact_id)
        contact, created = actions.add_contact(owner, contact=person, **given.validated_data)
        return Response(ContactSerializer(contact).data, status=201 if created else 200)

    @extend_schema(operation_id="contacts_delete", responses={204: None})
    def delete(self, request: Request, user_id: uuid.UUID, contact_id: uuid.UUID) -> Response:
        """Removes a contact."""
        owner = access.access_self(actor_of(request), user_id)
        actions.remove_contact(owner, contact=access.access_contact(owner, contact_id).contact)
        return Response(status=204)


@may_trail
class Blocks(ListAPIView[Block]):
    serializer_class = BlockSerializer
    ordering = "username"
    queryset = Block.objects.none()

    def get_queryset(self) -> QuerySet[Block]:
        owner = access.access_self(actor_of(self.request), self.kwargs["user_id"])
        return owner.blocks.select_related("blocked").annotate(username=F("blocked__username"))

    @extend_schema(operation_id="blocks_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Whom you block, by username."""
        return super().get(request, *args, **kwargs)


@may_trail
class OneBlock(APIView):
    @extend_schema(operation_id="blocks_read", responses=BlockSerializer)
    def get(self, request: Request, user_id: uuid.UUID, blocked_id: uuid.UUID) -> Response:
        """One of your blocks."""
        owner = access.access_self(actor_of(request), user_id)
        return Response(BlockSerializer(access.access_block(owner, blocked_id)).data)

    @extend_schema(
        operation_id="blocks_put", request=BlockInput, responses={200: BlockSerializer, 201: BlockSerializer}
    )
    def put(self, request: Request, user_id: uuid.UUID, blocked_id: uuid.UUID) -> Response:
        """No direct message and no invitation between you two from now on; 200 if it was so already."""
        owner = access.access_self(actor_of(request), user_id)
        BlockInput(data=request.data).is_valid(raise_exception=True)
        person = access.access_user(owner, blocked_id)
        block, created = actions.block_user(owner, blocked=person)
        return Response(BlockSerializer(block).data, status=201 if created else 200)

    @extend_schema(operation_id="blocks_delete", responses={204: None})
    def delete(self, request: Request, user_id: uuid.UUID, blocked_id: uuid.UUID) -> Response:
        """Lifts the block."""
        owner = access.access_self(actor_of(request), user_id)
        actions.unblock_user(owner, blocked=access.access_block(owner, blocked_id).blocked)
        return Response(status=204)
