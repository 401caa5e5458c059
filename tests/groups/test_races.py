"""Things people do in the same instant, with real threads on a real database."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import Client

from accounts import actions as people
from accounts import names, rules
from accounts.errors import RefusalError
from accounts.models import User
from accounts.pending_email import confirm_email
from groups import actions
from groups.models import Conversation, Kind, Membership, PendingChange, Role
from messaging.history import history
from tests.people import add_member

pytestmark = pytest.mark.django_db(transaction=True)
DEADLINE_SECONDS = 60


def at_once(*calls: Callable[[], Any]) -> Counter[str]:
    """Runs each in its own thread, all from one starting line; counts "done" and the codes of refusals."""
    line = threading.Barrier(len(calls))
    outcomes: list[str] = []

    def run(call: Callable[[], Any]) -> None:
        try:
            line.wait(DEADLINE_SECONDS)
            call()
            outcomes.append("done")
        except RefusalError as error:
            outcomes.append(error.code)
        except Exception as error:
            outcomes.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_SECONDS)
    assert not any(thread.is_alive() for thread in threads)
    return Counter(outcomes)


def test_a_group_that_many_join_at_once_becomes_a_channel_once(alice: User, group: Conversation) -> None:
    crowd = User.objects.bulk_create(User(username=f"u{n}") for n in range(496))
    Membership.objects.bulk_create(Membership(conversation=group, user=user) for user in crowd)
    late = User.objects.bulk_create(User(username=f"late{n}") for n in range(6))
    link, _ = actions.create_invitation(alice, conversation=group)

    def enter(user: User) -> Callable[[], Any]:
        return lambda: actions.accept_invite(user, invite=link.invite)

    assert at_once(*map(enter, late)) == {"done": 6}
    assert group.memberships.count() == 504
    group.refresh_from_db()
    assert group.kind == Kind.CHANNEL
    page = async_to_sync(history().page)(group.pk, after=2, limit=100)
    types = [json.loads(content)["type"] for content in page.changes]
    assert types == [*["member.joined"] * 2, "conversation.converted", *["member.joined"] * 4]


def test_two_people_open_one_direct_conversation(alice: User, bob: User) -> None:
    pairs = [(alice, bob), (bob, alice)] * 3
    found: set[Any] = set()

    def opening(one: User, other: User) -> Callable[[], Any]:
        return lambda: found.add(actions.open_direct(one, other)[0].pk)

    assert at_once(*(opening(one, other) for one, other in pairs)) == {"done": 6}
    assert len(found) == 1
    assert Membership.objects.filter(conversation__kind="direct").count() == 2


def test_two_owners_who_demote_each_other_leave_one(alice: User, bob: User, group: Conversation) -> None:
    actions.change_role(alice, conversation=group, user=bob, role="owner")
    outcome = at_once(
        lambda: actions.change_role(alice, conversation=group, user=bob, role="member"),
        lambda: actions.change_role(bob, conversation=group, user=alice, role="member"),
    )
    assert outcome == {"done": 1, "not_allowed": 1}
    assert group.memberships.filter(role=Role.OWNER).count() == 1


def test_two_owners_who_leave_at_once_leave_one(alice: User, bob: User, carol: User, group: Conversation) -> None:
    add_member(alice, conversation=group, user=carol)
    actions.change_role(alice, conversation=group, user=bob, role="owner")
    outcome = at_once(
        lambda: actions.leave_group(alice, conversation=group),
        lambda: actions.leave_group(bob, conversation=group),
    )
    assert outcome == {"done": 1, "last_owner": 1}
    assert group.memberships.filter(role=Role.OWNER).count() == 1


def test_one_public_name_goes_to_one_group(alice: User, bob: User) -> None:
    def creating(user: User) -> Callable[[], Any]:
        return lambda: actions.create_group(user, name="Climbing", is_public=True)

    assert at_once(creating(alice), creating(bob)) == {"done": 1, "name_taken": 1}


def test_adding_one_person_twice_at_once_is_one_joining(alice: User, carol: User, group: Conversation) -> None:
    def adding() -> Any:
        return add_member(alice, conversation=group, user=carol)

    assert at_once(adding, adding, adding) == {"done": 3}
    assert group.memberships.filter(user=carol).count() == 1


def test_a_link_revoked_while_it_is_used_lets_nobody_in_later(alice: User, carol: User, group: Conversation) -> None:
    link, _ = actions.create_invitation(alice, conversation=group)
    outcome = at_once(
        lambda: actions.accept_invite(carol, invite=link.invite),
        lambda: actions.revoke_invitation(alice, invitation=link),
    )
    assert outcome["done"] + outcome["not_found"] == 2
    assert group.memberships.filter(user=carol).exists() == (outcome["not_found"] == 0)


def test_a_group_deleted_while_someone_is_added_is_gone(alice: User, carol: User, group: Conversation) -> None:
    outcome = at_once(
        lambda: actions.delete_group(alice, conversation=group),
        lambda: add_member(alice, conversation=group, user=carol),
    )
    assert outcome["done"] + outcome["not_found"] == 2
    assert not Conversation.objects.exists()
    assert not Membership.objects.exists()
    assert not PendingChange.objects.exists()


def test_one_name_goes_to_one_new_user(db: None) -> None:
    def signing_up(username: str, email: str) -> Callable[[], Any]:
        return lambda: people.sign_up(
            username=username, email=email, password="correct horse battery", is_email_confirmed=True
        )

    assert at_once(signing_up("dora", "one@example.org"), signing_up("DORA", "two@example.org")) == {
        "done": 1,
        "username_taken": 1,
    }


@pytest.fixture
def seen_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads have both looked whether an address is free before either takes it."""
    look, line, looked = rules.clean_email, threading.Barrier(2), set[int]()

    def clean_email(email: str, **whose: Any) -> str:
        email = look(email, **whose)
        if (thread := threading.get_ident()) not in looked:
            looked.add(thread)
            line.wait(DEADLINE_SECONDS)
        return email

    monkeypatch.setattr(rules, "clean_email", clean_email)


def test_one_address_goes_to_one_new_user(seen_free: None) -> None:
    def signing_up(username: str, email: str) -> Callable[[], Any]:
        return lambda: people.sign_up(
            username=username, email=email, password="correct horse battery", is_email_confirmed=True
        )

    assert at_once(signing_up("dora", "one@example.org"), signing_up("erin", "ONE@example.org")) == {
        "done": 1,
        "email_taken": 1,
    }


def test_one_address_goes_to_one_of_two_who_confirm_it(alice: User, bob: User) -> None:
    def confirming(user: User, email: str) -> Callable[[], Any]:
        people.change_profile(user, email=email)
        return lambda: confirm_email(user)

    outcome = at_once(confirming(alice, "one@example.org"), confirming(bob, "ONE@example.org"))
    assert outcome == {"done": 1, "email_taken": 1}
    assert sorted(User.objects.values_list("email_pending", flat=True))[0] == ""


@pytest.fixture
def names_seen_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads have both looked whether their names are free before either takes one."""
    look, line, looked = names.clean_display_name, threading.Barrier(2), set[int]()

    def clean_display_name(text: str, **whose: Any) -> str:
        name = look(text, **whose)
        if (thread := threading.get_ident()) not in looked:
            looked.add(thread)
            line.wait(DEADLINE_SECONDS)
        return name

    monkeypatch.setattr(names, "clean_display_name", clean_display_name)


@pytest.mark.parametrize(("one", "other"), [("bill", "bi11"), ("Iana", "lana"), ("barn", "bam")])
def test_usernames_that_look_alike_go_to_one_new_user(one: str, other: str, names_seen_free: None) -> None:
    def signing_up(username: str) -> Callable[[], Any]:
        fields = {"email": f"{username}@example.org", "password": "correct horse battery"}
        return lambda: people.sign_up(username=username, **fields)

    assert at_once(signing_up(one), signing_up(other)) == {"done": 1, "username_taken": 1}
    assert User.objects.count() == 1


def test_usernames_that_look_alike_go_to_one_of_two_pages(names_seen_free: None) -> None:
    """On the page the address is looked at, and made, by allauth."""
    pages = []

    def signing_up(username: str) -> Callable[[], Any]:
        form = {"username": username, "email": f"{username}@example.org", "password1": "correct horse battery"}
        return lambda: pages.append(Client().post("/accounts/signup/", {**form, "display_name": ""}))

    assert at_once(signing_up("bill"), signing_up("bi11")) == {"done": 2}
    refused, made = sorted(pages, key=lambda page: page.status_code)
    assert (refused.status_code, made.status_code) == (200, 302)
    assert "This username is taken." in refused.text
    assert User.objects.count() == 1


def test_one_of_two_who_take_names_that_look_alike_is_refused(alice: User, bob: User, names_seen_free: None) -> None:
    def naming(user: User, name: str) -> Callable[[], Any]:
        return lambda: people.change_profile(user, display_name=name)

    assert at_once(naming(alice, "Carol"), naming(bob, "Cаrol")) == {"done": 1, "invalid": 1}  # the first a is Cyrillic


def test_blocking_and_unblocking_at_once_ends_in_one_of_the_two(alice: User, bob: User) -> None:
    outcome = at_once(
        *[lambda: people.block_user(alice, blocked=bob)] * 20, *[lambda: people.unblock_user(alice, blocked=bob)] * 20
    )
    assert outcome == {"done": 40}
    assert alice.blocks.count() in (0, 1)
