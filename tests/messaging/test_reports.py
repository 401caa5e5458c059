"""Reported messages: kept as they were, seen by those who settle them, and by nobody twice."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from groups import actions
from groups.models import Conversation
from messaging import actions as talk
from messaging.models import Report
from messaging.protocol import EditMessage
from tests.live import Account, LiveServer
from tests.messaging.test_kept import delete, say
from tests.people import add_member

pytestmark = pytest.mark.django_db(transaction=True)
Api = Callable[..., APIClient]


@pytest.fixture
def dora(make_user: Callable[..., User], alice: User, group: Conversation) -> User:
    """A member who reports."""
    user = make_user("dora")
    add_member(alice, conversation=group, user=user)
    return user


def report(client: APIClient, place: Conversation, seq: int, **body: Any) -> Any:
    return client.post(f"/api/v1/conversations/{place.pk}/messages/{seq}/report", body, format="json")


def reports(client: APIClient, place: Conversation) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = client.get(f"/api/v1/conversations/{place.pk}/reports").json()["results"]
    return results


def settle(client: APIClient, place: Conversation, report_id: str, outcome: Any) -> Any:
    path = f"/api/v1/conversations/{place.pk}/reports/{report_id}"
    return client.patch(path, {"outcome": outcome}, format="json")


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def edit(user: User, place: Conversation, seq: int, body: str) -> None:
    command = EditMessage(key=uuid.uuid4(), conversation_id=place.pk, target=seq, body=body)
    async_to_sync(talk.write)(user.pk, command)


def test_a_report_keeps_the_message_as_it_was_shown_then(
    alice: User, bob: User, dora: User, group: Conversation, api: Api
) -> None:
    seq = say(bob, group, "so and so")
    edit(bob, group, seq, "rude")
    answers = [report(api(dora), group, seq, reason=" It is rude. ") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["reason"] == "It is rude."
    edit(bob, group, seq, "polite")
    delete(bob, group, seq)
    (kept,) = reports(api(alice), group)
    assert (kept["text"], kept["author_name"], kept["seq"]) == ("rude", "bob (@bob)", seq)
    assert "dora" not in str(kept)
    assert report(api(dora), group, seq).status_code == 200
    assert Report.objects.get().reporter == dora


def test_what_is_no_message_of_somebody_else_is_not_reported(
    alice: User, bob: User, carol: User, group: Conversation, api: Api
) -> None:
    seq, gone = say(bob, group), say(bob, group)
    delete(bob, group, gone)
    assert code(report(api(bob), group, seq)) == (403, "not_allowed")
    assert code(report(api(alice), group, gone)) == (409, "message_deleted")
    assert code(report(api(alice), group, 1)) == (404, "not_a_message")
    assert code(report(api(alice), group, 999)) == (404, "not_a_message")
    assert code(report(api(carol), group, seq)) == (404, "not_found")
    for reason in ("x" * 501, "nul\0", 7, None, ["a"]):
        answer = report(api(alice), group, seq, reason=reason)
        assert (*code(answer), answer.json()["field"]) == (400, "invalid", "reason")
    assert not Report.objects.exists()


def test_reports_are_limited_by_user(alice: User, bob: User, group: Conversation, api: Api, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reports_by_user": "2/hour"}
    seqs = [say(bob, group) for _ in range(3)]
    answers = [report(api(alice), group, seq) for seq in (seqs[0], seqs[0], *seqs[1:])]
    assert [answer.status_code for answer in answers] == [201, 200, 201, 429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_dismissing_settles_all_reports_of_the_message_and_keeps_it(
    alice: User, bob: User, dora: User, carol: User, group: Conversation, api: Api
) -> None:
    add_member(alice, conversation=group, user=carol)
    seq = say(bob, group, "still here")
    for user in (dora, carol):
        report(api(user), group, seq)
    one, other = reports(api(alice), group)
    assert settle(api(alice), group, one["id"], "dismissed").json()["outcome"] == "dismissed"
    assert reports(api(alice), group) == []
    assert settle(api(alice), group, other["id"], "dismissed").status_code == 200
    assert code(settle(api(alice), group, one["id"], "deleted")) == (409, "report_settled")
    assert code(settle(api(alice), group, one["id"], "burnt")) == (400, "invalid")
    _, shown = async_to_sync(talk.read_message)(alice.pk, conversation_id=group.pk, seq=seq)
    assert shown.body == "still here"


def test_deleting_the_message_is_one_change_however_often_it_is_tried(
    alice: User, bob: User, dora: User, group: Conversation, api: Api
) -> None:
    seq = say(bob, group, "rude")
    report(api(dora), group, seq)
    (kept,) = reports(api(alice), group)
    heads = []
    for _ in range(2):
        assert settle(api(alice), group, kept["id"], "deleted").json()["text"] == "rude"
        heads.append(api(alice).get(f"/api/v1/conversations/{group.pk}").json()["head"])
    assert heads == [seq + 1, seq + 1]
    _, shown = async_to_sync(talk.read_message)(alice.pk, conversation_id=group.pk, seq=seq)
    assert shown.is_deleted


def test_a_message_that_its_author_deleted_may_be_settled_as_deleted(
    alice: User, bob: User, dora: User, group: Conversation, api: Api
) -> None:
    seq = say(bob, group)
    report(api(dora), group, seq)
    delete(bob, group, seq)
    (kept,) = reports(api(alice), group)
    assert settle(api(alice), group, kept["id"], "deleted").json()["outcome"] == "deleted"


def test_nobody_settles_the_report_of_their_own_message(
    alice: User, bob: User, dora: User, group: Conversation, api: Api
) -> None:
    actions.change_role(alice, conversation=group, user=bob, role="admin")
    report(api(dora), group, say(alice, group))
    (kept,) = reports(api(bob), group)
    assert reports(api(alice), group) == []
    assert code(settle(api(alice), group, kept["id"], "dismissed")) == (404, "not_found")
    assert settle(api(bob), group, kept["id"], "dismissed").status_code == 200


def test_of_a_direct_conversation_only_site_administrators_see_reports(
    alice: User, carol: User, api: Api, make_user: Callable[..., User]
) -> None:
    direct, _ = actions.open_direct(alice, carol)
    seq = say(alice, direct, "psst")
    assert report(api(carol), direct, seq).status_code == 201
    for user in (alice, carol):
        assert code(api(user).get(f"/api/v1/conversations/{direct.pk}/reports")) == (404, "not_found")
    client = Client()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    page = client.get(reverse("admin:messaging_report_change", args=[Report.objects.get().pk])).text
    assert "psst" in page
    assert "carol" in page


def test_a_report_outlives_its_conversation_and_its_people(
    alice: User, bob: User, dora: User, group: Conversation, api: Api
) -> None:
    report(api(dora), group, say(bob, group, "rude"))
    actions.delete_group(alice, conversation=group)
    bob.delete()
    dora.delete()
    client, other = Client(), Report.objects.create(place="Elsewhere", seq=2, sent_at=timezone.now())
    client.force_login(User.objects.create_superuser("root", password="x"))
    kept = Report.objects.get(place="Climbing")
    chosen = {"action": "dismiss", "_selected_action": [str(kept.pk)]}
    client.post(reverse("admin:messaging_report_changelist"), chosen)
    for row in (kept, other):
        row.refresh_from_db()
    assert (kept.outcome, other.outcome) == ("dismissed", "")
    assert (kept.place, kept.author_name, kept.text, kept.author) == ("Climbing", "bob (@bob)", "rude", None)


def test_reporting_and_settling_in_pages(alice: User, bob: User, dora: User, group: Conversation) -> None:
    seqs = [say(bob, group, "rude"), say(bob, group, "ruder")]
    reporter, owner, member = Client(), Client(), Client()
    for client, user in ((reporter, dora), (owner, alice), (member, bob)):
        client.force_login(user)
    for seq in seqs:
        path = reverse("report_message", args=[group.pk, seq])
        assert path in reporter.get(reverse("conversation", args=[group.pk])).text
        assert path not in member.get(reverse("conversation", args=[group.pk])).text
        assert "rude" in reporter.get(path).text
        said = reporter.post(path, {"reason": "x" * 501})
        assert 'id="id_reason_error"' in said.text
        said = reporter.post(path, {"reason": "Look"}, follow=True)
        assert "the message is reported" in said.text
    assert "You wrote this message yourself." in member.post(path).text
    listed = owner.get(reverse("reports", args=[group.pk])).text
    assert "ruder" in listed
    assert reverse("reports", args=[group.pk]) in owner.get(reverse("group", args=[group.pk])).text
    assert member.get(reverse("reports", args=[group.pk])).status_code == 403
    newer, older = Report.objects.order_by("-pk")
    owner.post(reverse("dismiss_report", args=[group.pk, older.pk]))
    assert "Delete this message?" in owner.get(reverse("delete_reported", args=[group.pk, newer.pk])).text
    owner.post(reverse("delete_reported", args=[group.pk, newer.pk]))
    assert "No open reports" in owner.get(reverse("reports", args=[group.pk])).text
    shown = owner.get(reverse("conversation", args=[group.pk])).text
    assert "rude<" in shown
    assert "ruder" not in shown
    outsider = Client()
    outsider.force_login(User.objects.create_user("zoe", password="x"))
    for name, args in (("report_message", [group.pk, seqs[0]]), ("reports", [group.pk])):
        assert outsider.get(reverse(name, args=args)).status_code == 404


@pytest.mark.server
async def test_who_settles_reports_is_told_how_many_wait_and_nobody_else(parley_server: LiveServer) -> None:
    alice, bob, carol, dora = (parley_server.newcomer(name) for name in ("alice", "bob", "carol", "dora"))
    group = alice.make_group(bob, carol, dora)
    dora_role = f"groups/{group}/members/{dora.id}"
    alice.api.patch(dora_role, json={"role": "admin"})
    sockets = [await someone.connect() for someone in (alice, dora, bob, carol)]
    seqs = [(await sockets[at].say(group, "Rude"))["seq"] for at in (2, 1)]

    def counts(someone: Account) -> list[int]:
        results = someone.api.get("reports").json()["results"]
        assert {row["conversation_id"] for row in results} <= {group}
        return [row["count"] for row in results]

    async def told() -> list[int]:
        frames = [await socket.expect("reports.changed") for socket in sockets[:2]]
        assert {frame["conversation_id"] for frame in frames} == {group}
        return [frame["count"] for frame in frames]

    reported = []
    for seq, waiting in zip(seqs, ([1, 1], [2, 1]), strict=True):
        reported.append(carol.api.post(f"conversations/{group}/messages/{seq}/report", json={}).json()["id"])
        assert await told() == waiting
    assert [counts(someone) for someone in (alice, dora, bob, carol)] == [[2], [1], [], []]
    alice.api.patch(f"conversations/{group}/reports/{reported[0]}", json={"outcome": "dismissed"})
    assert await told() == [1, 0]
    alice.api.patch(dora_role, json={"role": "member"})
    alice.api.patch(f"conversations/{group}/reports/{reported[1]}", json={"outcome": "deleted"})
    assert (await sockets[0].expect("reports.changed"))["count"] == 0
    for socket in sockets[1:]:
        await socket.ask(type="ping")
    assert [[one["type"] for one in socket.told].count("reports.changed") for socket in sockets] == [4, 3, 0, 0]


def test_the_list_and_the_conversation_say_that_reports_wait(
    alice: User, bob: User, dora: User, group: Conversation, api: Api
) -> None:
    report(api(dora), group, say(bob, group))
    for user, is_told in ((alice, True), (dora, False), (bob, False)):
        client = Client()
        client.force_login(user)
        page = client.get(reverse("conversation", args=[group.pk])).text
        assert ('<span class="reports-count">' in page) is is_told
        assert (f'href="{reverse("reports", args=[group.pk])}"' in page) is is_told
