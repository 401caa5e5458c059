"""Reports of messages over REST."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import actor_of
from messaging import reports, schema
from messaging.api.asked import message_seq
from messaging.models import Report


class ReportingView(APIView):
    @extend_schema(
        operation_id="conversations_messages_report",
        request=schema.NewReport,
        responses={200: schema.OwnReport, 201: schema.OwnReport},
        tags=["reports"],
    )
    def post(self, request: Request, conversation_id: UUID, seq: int) -> Response:
        """Reports somebody else's message; 200 if you had. The report keeps it as it is now. It is told to the owner
        and the admins of a group, without your name, and to this site's administrators."""
        asked = schema.NewReport(data=request.data)
        asked.is_valid(raise_exception=True)
        seq = message_seq(seq, field="seq")
        report, created = reports.report_message(
            actor_of(request), conversation_id=conversation_id, seq=seq, **asked.validated_data
        )
        return Response(schema.OwnReport(report).data, status=201 if created else 200)


class ReportsView(ListAPIView[Report]):
    serializer_class = schema.Report
    ordering = "-pk"
    queryset = Report.objects.none()

    def get_queryset(self) -> QuerySet[Report]:
        return reports.open_reports(actor_of(self.request), self.kwargs["conversation_id"])

    @extend_schema(operation_id="conversations_reports_list", tags=["reports"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The open reports of a group, newest first; owners and admins, and not of their own messages."""
        return super().get(request, *args, **kwargs)


class ReportCountsView(APIView):
    @extend_schema(operation_id="reports_counts", responses=schema.ReportCounts, tags=["reports"])
    def get(self, request: Request) -> Response:
        """In which of the groups that you lead reports wait for you, and how many. `reports.changed` tells it live."""
        counts = reports.count_reports(actor_of(request))
        return Response({"results": [{"conversation_id": place, "count": count} for place, count in counts.items()]})


class ReportView(APIView):
    @extend_schema(
        operation_id="conversations_reports_settle",
        request=schema.SettledReport,
        responses=schema.Report,
        tags=["reports"],
    )
    def patch(self, request: Request, conversation_id: UUID, report_id: UUID) -> Response:
        """Settles all open reports of this message: dismissed, or with the message deleted. Owners and admins. Who
        decides otherwise than somebody before gets 409 report_settled."""
        report = reports.access_report(actor_of(request), conversation_id, report_id)
        asked = schema.SettledReport(data=request.data)
        asked.is_valid(raise_exception=True)
        settled = reports.settle_report(actor_of(request), report=report, **asked.validated_data)
        return Response(schema.Report(settled).data)
