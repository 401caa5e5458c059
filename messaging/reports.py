"""Messages that members report, kept as they were reported.

The owner and the admins of a group settle its reports, but not those of their own messages, and are not told who
reported; how many wait for them is told live. Site administrators see all of them, in the admin.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db.models import Count, QuerySet
from django.utils import timezone

from accounts import limits
from accounts.errors import NotAllowedError, NotFoundError
from accounts.followers import from_primary
from accounts.models import User
from accounts.rules import clean_text
from groups.access import access_own_group, check_can_invite
from groups.models import Conversation, Kind, Membership
from messaging import actions
from messaging.errors import MessageDeletedError, ReportSettledError
from messaging.fold import Shown
from messaging.members import LEADING
from messaging.models import REASON_CHARACTERS, Outcome, Report
from messaging.protocol import DeleteMessage, MessageSent, ReportsChanged


def report_message(user: User, *, conversation_id: UUID, seq: int, reason: str = "") -> tuple[Report, bool]:
    """The report, and whether it is new: one a user and message. Raises as actions.access_message does, and
    MessageDeletedError, NotAllowedError for one's own message, RateLimitedError."""
    reason = clean_text(reason, field="reason", most=REASON_CHARACTERS, lines=True)
    message, shown = async_to_sync(actions.read_message)(user.pk, conversation_id=conversation_id, seq=seq)
    if found := Report.objects.filter(reporter=user, conversation_id=conversation_id, seq=seq).first():
        return found, False
    if message.author_id == user.pk:
        raise NotAllowedError("You wrote this message yourself.")
    if shown.is_deleted:
        raise MessageDeletedError(field="seq")
    limits.take("reports_by_user", str(user.pk))
    place = {"reporter": user, "conversation_id": conversation_id, "seq": seq}
    made = Report.objects.get_or_create(**place, defaults={"reason": reason, **_as_reported(message, shown)})
    _tell_counts(conversation_id)
    return made


def _as_reported(message: MessageSent, shown: Shown) -> dict[str, object]:
    author = User.objects.filter(pk=message.author_id).first()
    conversation = Conversation.objects.get(pk=message.conversation_id)
    return {
        "place": "" if conversation.kind == Kind.DIRECT else conversation.name,
        "author": author,
        "author_name": f"{author.name} (@{author.username})" if author else "",
        "sent_at": message.sent_at,
        "text": shown.body,
        "file_name": shown.file.name if shown.file else "",
    }


def open_reports(user: User, conversation_id: UUID) -> QuerySet[Report]:
    """What the user may settle in a group. Raises NotFoundError and NotAllowedError."""
    return _reports(user, conversation_id).filter(settled_at=None)


@from_primary()
def count_reports(user: User) -> dict[UUID, int]:
    """How many the user may settle, by group; groups without one are not there."""
    led = Membership.objects.filter(user=user, role__in=LEADING).exclude(conversation__kind=Kind.DIRECT)
    waiting = Report.objects.filter(conversation__in=led.values("conversation_id"), settled_at=None)
    counted = waiting.exclude(author=user).order_by().values_list("conversation_id").annotate(count=Count("id"))
    return dict(counted)


def _tell_counts(conversation_id: UUID) -> None:
    """Everybody who settles a group's reports is told how many wait for them."""
    led = Membership.objects.filter(conversation_id=conversation_id, role__in=LEADING)
    leading = led.exclude(conversation__kind=Kind.DIRECT).values_list("user_id", flat=True)
    waiting = Report.objects.filter(conversation_id=conversation_id, settled_at=None)
    authors = Counter(waiting.values_list("author_id", flat=True))
    for user_id in leading:
        event = ReportsChanged(conversation_id=conversation_id, count=authors.total() - authors[user_id])
        async_to_sync(actions.tell_own)(user_id, event)


def access_report(user: User, conversation_id: UUID, report_id: UUID) -> Report:
    """One that the user may settle, or that was."""
    report = _reports(user, conversation_id).filter(pk=report_id).first()
    if report is None:
        raise NotFoundError
    return report


def _reports(user: User, conversation_id: UUID) -> QuerySet[Report]:
    group = access_own_group(user, conversation_id)
    check_can_invite(user, group)
    return Report.objects.filter(conversation=group).exclude(author=user).select_related("author")


def settle_report(actor: User, *, report: Report, outcome: str) -> Report:
    """Settles all open reports of the message. Deleting one that is gone already is no error; deciding otherwise than
    somebody before raises ReportSettledError."""
    if report.outcome and report.outcome != outcome:
        raise ReportSettledError
    if outcome == Outcome.DELETED:
        _delete_message(actor, report)
    settle(actor, report, outcome)
    report.refresh_from_db()
    return report


def settle(settler: User, report: Report, outcome: str) -> None:
    """Without asking who may: for the admin, which has asked who is staff."""
    same = Report.objects.filter(pk=report.pk)
    if report.conversation:
        same = Report.objects.filter(conversation=report.conversation, seq=report.seq)
    same.filter(settled_at=None).update(outcome=outcome, settled_by=settler, settled_at=timezone.now())
    if report.conversation_id:
        _tell_counts(report.conversation_id)


def _delete_message(actor: User, report: Report) -> None:
    """Under the report's id as the key: after a crash in between it is one deletion."""
    assert report.conversation_id
    command = DeleteMessage(key=report.pk, conversation_id=report.conversation_id, target=report.seq)
    with contextlib.suppress(MessageDeletedError):  # by somebody else, meanwhile or long ago
        async_to_sync(actions.write)(actor.pk, command)
