"""Tickets over REST: what opens a socket."""

from __future__ import annotations

from asgiref.sync import async_to_sync
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import actor_of
from accounts.models import Token
from accounts.revalidation import SESSION_PREFIX, TOKEN_PREFIX
from accounts.tickets import TICKET_SECONDS, tickets
from messaging import schema


class TicketView(APIView):
    @extend_schema(request=None, responses={201: schema.Ticket}, tags=["socket"])
    def post(self, request: Request) -> Response:
        """A ticket that opens one socket, once, within `expires_in` seconds."""
        ticket = async_to_sync(tickets().issue)(actor_of(request).id, session_id=_session_id(request))
        return Response({"ticket": ticket, "expires_in": TICKET_SECONDS}, status=201)


def _session_id(request: Request) -> str:
    if isinstance(request.auth, Token):
        return TOKEN_PREFIX + str(request.auth.digest)
    return SESSION_PREFIX + str(request.session.session_key)
