"""POST /signup, /login and /logout."""

from __future__ import annotations

from django.contrib.auth import authenticate, logout
from django.contrib.auth.models import update_last_login
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .. import actions, limits, tokens
from ..access import actor_of
from ..confirmations import confirms, send_confirmation
from ..devices import remember_device
from ..errors import WrongCredentialsError
from ..models import Token, User
from ..registration import check_registration
from ..serializers import AddressInput, LoginInput, MeSerializer, SignedInSerializer, SignupInput


class OpenView(APIView):
    """For strangers. Knows no session either, so that there is nothing for another site to abuse."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


def _signed_in(user: User, token_name: str, status: int) -> Response:
    _, secret = tokens.create_token(user, name=token_name)
    return Response({"user": MeSerializer(user).data, "token": secret}, status=status)


class Signup(OpenView):
    @extend_schema(operation_id="signup", request=SignupInput, responses={201: SignedInSerializer})
    def post(self, request: Request) -> Response:
        """Makes an account and its first token. 403 registration_closed, invite_needed, email_unconfirmed or
        domain_refused where the site's policy says so; `invite` is that of a link into a group, which POST /groups/join
        then takes, `confirmation` what stands in the link that POST /signup/confirmation sends. Without one the address
        is `email_pending` until whoever reads its mail opens the link that goes there; `email` is empty till then. The
        answer does not say whether an account has the address; its owner is then informed instead."""
        limits.take_for_address("signup_by_address", request)
        given = SignupInput(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = dict(given.validated_data)
        invite, confirmation = wanted.pop("invite"), wanted.pop("confirmation")
        check_registration(invite, confirmation=confirmation, email=wanted["email"])
        is_confirmed = confirms(confirmation, wanted["email"])
        return _signed_in(actions.sign_up(**wanted, is_email_confirmed=is_confirmed), "", 201)


class SignupConfirmation(OpenView):
    @extend_schema(operation_id="confirm_signup_address", request=AddressInput, responses={204: None})
    def post(self, request: Request) -> Response:
        """Sends a link to sign up with this address, where only people of given domains can. The answer does not say
        whether the address has an account; its owner is then informed instead. 403 domain_refused for other domains,
        409 conflict where nobody needs this."""
        limits.take_for_address("signup_by_address", request)
        given = AddressInput(data=request.data)
        given.is_valid(raise_exception=True)
        send_confirmation(given.validated_data["email"], request=request)
        return Response(status=204)


class Login(OpenView):
    @extend_schema(operation_id="login", request=LoginInput, responses={200: SignedInSerializer})
    def post(self, request: Request) -> Response:
        """Makes another token. Unknown user, wrong password and suspended user answer alike, after the same work.

        The cookie parley_device in the answer, sent along with the next sign-in, keeps tries of its own for this
        device, so that others' wrong guesses do not keep you out.
        """
        given = LoginInput(data=request.data)
        given.is_valid(raise_exception=True)
        username, password = given.validated_data["username"], given.validated_data["password"]
        limits.take_login(request, username)
        user = authenticate(request, username=username, password=password)
        if not isinstance(user, User):
            raise WrongCredentialsError
        user.compose_password(password)
        update_last_login(User, user)
        answer = _signed_in(user, given.validated_data["token_name"], 200)
        remember_device(request, answer, user.pk)
        return answer


class Logout(APIView):
    @extend_schema(operation_id="logout", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Ends the token or the session the request came by."""
        if isinstance(request.auth, Token):
            tokens.delete_token(actor_of(request), token=request.auth)
        else:
            logout(request)
        return Response(status=204)
