"""One's own account: /me, /tokens, /sessions."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .. import access, actions, tokens
from ..access import actor_of
from ..emails import is_another_address
from ..models import Token
from ..passwords import confirm_identity, confirm_password
from ..serializers import (
    MeSerializer,
    NewTokenSerializer,
    PasswordInput,
    ProfileInput,
    QuietHours,
    SessionPage,
    SessionSerializer,
    TokenInput,
    TokenSerializer,
)


class Me(APIView):
    @extend_schema(operation_id="me", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Yourself."""
        return Response(MeSerializer(actor_of(request)).data)

    @extend_schema(operation_id="me_change", request=ProfileInput, responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        """Changes what is given. Another `email` needs `current_password` (403 password_needed, wrong_password) and is
        `email_pending` until the link that goes there is opened; 403 domain_refused where the site takes no address
        there. The answer does not say whether an account has the address; its owner is then informed instead."""
        given = ProfileInput(data=request.data)
        given.is_valid(raise_exception=True)
        wanted, actor = dict(given.validated_data), actor_of(request)
        password = wanted.pop("current_password")
        if is_another_address(actor, wanted.get("email")):
            confirm_identity(actor, password, request=request)
        return Response(MeSerializer(actions.change_profile(actor, **wanted)).data)


class OwnQuietHours(APIView):
    @extend_schema(operation_id="me_quiet_hours_set", request=QuietHours, responses=MeSerializer)
    def put(self, request: Request) -> Response:
        """When you want to hear nothing: every day from `from` to `to` of that zone. All your devices follow."""
        given = QuietHours(data=request.data)
        given.is_valid(raise_exception=True)
        begins, ends = given.validated_data["from"], given.validated_data["to"]
        zone = given.validated_data["time_zone"]
        actor = actions.set_quiet_hours(actor_of(request), begins=begins, ends=ends, time_zone=zone)
        return Response(MeSerializer(actor).data)

    @extend_schema(operation_id="me_quiet_hours_delete", responses={204: None})
    def delete(self, request: Request) -> Response:
        """No quiet hours any more."""
        actions.clear_quiet_hours(actor_of(request))
        return Response(status=204)


class Password(APIView):
    @extend_schema(operation_id="me_password", request=PasswordInput, responses={204: None})
    def post(self, request: Request) -> Response:
        """Ends every other session and token."""
        given = PasswordInput(data=request.data)
        given.is_valid(raise_exception=True)
        old, new = given.validated_data["old_password"], given.validated_data["new_password"]
        confirm_password(actor_of(request), old, request=request, field="old_password")
        token = request.auth if isinstance(request.auth, Token) else None
        actions.change_password(actor_of(request), new=new, keep=token)
        if token is None:
            update_session_auth_hash(request, actor_of(request))
        return Response(status=204)


class Tokens(ListAPIView[Token]):
    serializer_class = TokenSerializer
    ordering = "-created"
    queryset = Token.objects.none()

    def get_queryset(self) -> QuerySet[Token]:
        tokens: QuerySet[Token] = Token.objects.filter(user=actor_of(self.request))
        return tokens

    @extend_schema(operation_id="tokens_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Your tokens, without their secrets."""
        return super().get(request, *args, **kwargs)

    @extend_schema(operation_id="tokens_create", request=TokenInput, responses={201: NewTokenSerializer})
    def post(self, request: Request) -> Response:
        """Makes a token. Keep `token`: it is not shown again. Needs `current_password` (403 password_needed,
        wrong_password); made by a token it ends no later than that one, and nobody has more than 100 (409
        too_many_tokens)."""
        given = TokenInput(data=request.data)
        given.is_valid(raise_exception=True)
        wanted, maker = dict(given.validated_data), request.auth if isinstance(request.auth, Token) else None
        confirm_identity(actor_of(request), wanted.pop("current_password"), request=request)
        token, secret = tokens.create_token(actor_of(request), maker=maker, **wanted)
        made = NewTokenSerializer(token, context={"request": request, "secret": secret})
        return Response(made.data, status=201)


class OneToken(APIView):
    @extend_schema(operation_id="tokens_delete", responses={204: None})
    def delete(self, request: Request, token_id: str) -> Response:
        """Whoever holds it is signed out."""
        tokens.delete_token(actor_of(request), token=access.access_token(actor_of(request), token_id))
        return Response(status=204)


class Sessions(APIView):
    @extend_schema(operation_id="sessions_list", responses=SessionPage)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Where you are signed in by a page, last used first; all in one page."""
        sessions = SessionSerializer(access.sessions_of(actor_of(request)), many=True, context={"request": request})
        return Response({"results": sessions.data, "next": None})


class OneSession(APIView):
    @extend_schema(operation_id="sessions_delete", responses={204: None})
    def delete(self, request: Request, session_id: str) -> Response:
        """Signs that browser out."""
        actions.end_session(actor_of(request), session=access.access_session(actor_of(request), session_id))
        return Response(status=204)
