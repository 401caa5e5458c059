"""Which sessions are found to have ended without a word, and what it costs to find none."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Token, User
from accounts.revalidation import ended_sessions

Pair = tuple[str, UUID]


def token(user: User) -> Pair:
    made, _ = Token.objects.create(user, timedelta(hours=1))
    return f"token:{made.digest}", user.id


def browser(user: User) -> Pair:
    client = Client()
    client.force_login(user)
    return f"session:{client.session.session_key}", user.id


@pytest.fixture
def pairs(alice: User, bob: User) -> list[Pair]:
    return [token(alice), token(bob), browser(alice), browser(bob)]


def test_none_of_them_is_found_in_three_queries(
    pairs: list[Pair], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):
        assert ended_sessions(pairs) == set()


def test_a_token_that_was_revoked_or_has_run_out(pairs: list[Pair], alice: User, bob: User) -> None:
    Token.objects.filter(user=alice).delete()
    Token.objects.filter(user=bob).update(expiry=timezone.now() - timedelta(seconds=1))
    assert ended_sessions(pairs) == {pairs[0][0], pairs[1][0]}


def test_a_token_without_an_end_lasts(pairs: list[Pair], alice: User) -> None:
    Token.objects.filter(user=alice).update(expiry=None)
    assert ended_sessions(pairs) == set()


def test_a_browser_that_signed_out_or_whose_time_is_over(pairs: list[Pair]) -> None:
    of_alice, of_bob = [session_id.removeprefix("session:") for session_id, _ in pairs[2:]]
    Session.objects.filter(session_key=of_alice).delete()
    Session.objects.filter(session_key=of_bob).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert ended_sessions(pairs) == {pairs[2][0], pairs[3][0]}


def test_all_of_who_was_suspended_or_is_gone(pairs: list[Pair], alice: User, bob: User) -> None:
    User.objects.filter(id=alice.id).update(is_active=False)
    bob.delete()
    assert ended_sessions(pairs) == {session_id for session_id, _ in pairs}


def test_the_others_stay(pairs: list[Pair], alice: User) -> None:
    User.objects.filter(id=alice.id).update(is_active=False)
    assert ended_sessions(pairs) == {pairs[0][0], pairs[2][0]}


def test_nobody_is_nobody() -> None:
    assert ended_sessions([]) == set()
