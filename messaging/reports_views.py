"""The pages on which a message is reported and a group's reports are settled. They work without a script;
static/js/report-dialog.js reports in place."""

from __future__ import annotations

import uuid

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.errors import NotFoundError, RefusalError
from accounts.labels import isolate
from accounts.pages import ask, asked_change, change, me, page, page_of, refuse
from groups.access import access_conversation, access_own_group
from messaging import actions, reports
from messaging.models import REASON_CHARACTERS, Outcome
from messaging.views import read_seq


class ReportForm(forms.Form):
    reason = forms.CharField(
        label="What is wrong with it",
        required=False,
        max_length=REASON_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


@page("GET", "POST")
def report_message(request: HttpRequest, conversation_id: uuid.UUID, seq: int) -> HttpResponse:
    conversation = access_conversation(me(request), conversation_id)
    read = async_to_sync(actions.read_message)
    message, shown = read(me(request).pk, conversation_id=conversation_id, seq=read_seq(str(seq)))
    form = ReportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            reports.report_message(me(request), conversation_id=conversation_id, seq=seq, **form.cleaned_data)
        except NotFoundError:
            raise
        except RefusalError as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, "Thank you: the message is reported.")
            return redirect(f"{reverse('conversation', args=[conversation_id])}?at={seq}")
    about = {"form": form, "conversation": conversation, "message": message, "shown": shown}
    return render(request, "messaging/report.html", about)


@page("GET")
def reports_list(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    rows = page_of(request, reports.open_reports(me(request), conversation_id).order_by("-pk"))
    group = access_own_group(me(request), conversation_id)
    return render(request, "messaging/reports.html", {"group": group, "conversation": group, "rows": rows})


@change
def dismiss_report(request: HttpRequest, conversation_id: uuid.UUID, report_id: uuid.UUID) -> HttpResponse:
    report = reports.access_report(me(request), conversation_id, report_id)
    reports.settle_report(me(request), report=report, outcome=Outcome.DISMISSED)
    messages.success(request, "The report is dismissed; the message stays.")
    return redirect("reports", conversation_id)


@asked_change
def delete_reported(request: HttpRequest, conversation_id: uuid.UUID, report_id: uuid.UUID) -> HttpResponse:
    report = reports.access_report(me(request), conversation_id, report_id)
    if request.method != "POST":
        words = f"What {isolate(report.author_name)} wrote goes for everyone and does not come back."
        cancel = reverse("reports", args=[conversation_id])
        return ask(request, title="Delete this message?", words=words, button="Delete the message", cancel=cancel)
    reports.settle_report(me(request), report=report, outcome=Outcome.DELETED)
    messages.success(request, "The message is deleted.")
    return redirect("reports", conversation_id)
