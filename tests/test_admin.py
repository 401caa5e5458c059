"""The admin: every page opens, actions go through the verbs, and staff cannot make themselves superusers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts import access
from accounts import actions as people
from accounts.models import Block, Contact, Token, User
from accounts.tokens import create_token
from groups import actions
from groups.models import Conversation, Membership, PendingChange
from tests.conftest import PASSWORD

OURS = ("accounts", "groups", "messaging", "usersessions")


@pytest.fixture
def root(make_user: Callable[..., User]) -> User:
    return make_user("root", is_staff=True, is_superuser=True)


@pytest.fixture
def clerk(make_user: Callable[..., User]) -> User:
    """Staff with every permission over users, and no superuser."""
    user = make_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    return user


@pytest.fixture
def browser(root: User) -> Client:
    client = Client()
    client.force_login(root)
    return client


def act(browser: Client, model: str, action: str, *rows: Any) -> Any:
    selected = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return browser.post(reverse(f"admin:{model}_changelist"), selected, follow=True)


@pytest.mark.parametrize("model", [model for model in admin.site._registry if model._meta.app_label in OURS])
def test_every_list_opens_searches_and_shows_a_row(
    browser: Client, alice: User, bob: User, carol: User, group: Conversation, model: Any
) -> None:
    people.add_contact(alice, contact=bob)
    people.block_user(alice, blocked=carol)
    create_token(alice, name="bot")
    actions.create_invitation(alice, conversation=group)
    actions.ban_user(alice, conversation=group, user=carol)
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    listed = browser.get(reverse(f"{name}_changelist"), {"q": "alice"})
    assert listed.status_code == 200
    row = model.objects.first()
    if row is not None:
        assert browser.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200


def test_strangers_and_users_do_not_get_in(client: Client, alice: User) -> None:
    assert client.get("/admin/").status_code == 302
    assert client.get("/admin/login/")["Location"].startswith("/accounts/login/")
    client.force_login(alice)
    assert client.get("/admin/accounts/user/").status_code in (302, 403)


def test_suspending_shuts_out_at_once_and_restoring_lets_in(browser: Client, alice: User, api: Any, told: Any) -> None:
    program, page = api(alice), Client()
    page.force_login(alice)
    page.get("/api/v1/me")
    with told() as heard:
        act(browser, "accounts_user", "suspend", alice)
    assert ("access_revoked", {"user_id": alice.pk, "session_id": None}) in heard
    assert program.get("/api/v1/me").status_code == 401
    assert page.get("/api/v1/me").status_code == 401
    act(browser, "accounts_user", "restore", alice)
    assert program.get("/api/v1/me").status_code == 401
    assert (
        alice.username in api().post("/api/v1/login", {"username": "alice", "password": PASSWORD}, format="json").text
    )


def test_nobody_suspends_themselves_and_clerks_no_superusers(browser: Client, root: User, clerk: User) -> None:
    assert b"You may not do this" in act(browser, "accounts_user", "suspend", root).content
    office = Client()
    office.force_login(clerk)
    act(office, "accounts_user", "suspend", root)
    root.refresh_from_db()
    assert root.is_active


def test_a_clerk_hands_out_no_power_and_touches_no_superuser(alice: User, root: User, clerk: User) -> None:
    office = Client()
    office.force_login(clerk)
    fields = {"username": "alice", "email": "alice@example.org", "display_name": "A", "is_superuser": "on"}
    office.post(reverse("admin:accounts_user_change", args=[alice.pk]), fields)
    alice.refresh_from_db()
    assert (alice.display_name, alice.is_superuser, alice.is_staff, alice.is_active) == ("A", False, False, True)
    office.post(reverse("admin:accounts_user_change", args=[root.pk]), {**fields, "username": "toor"})
    password = {"password1": "another horse entirely", "password2": "another horse entirely"}
    office.post(reverse("admin:auth_user_password_change", args=[root.pk]), password)
    root.refresh_from_db()
    assert root.username == "root"
    assert not root.check_password("another horse entirely")


def test_a_password_set_by_staff_ends_what_the_old_one_opened(browser: Client, alice: User, api: Any) -> None:
    program = api(alice)
    password = {"password1": "another horse entirely", "password2": "another horse entirely", "usable_password": "true"}
    browser.post(reverse("admin:auth_user_password_change", args=[alice.pk]), password)
    alice.refresh_from_db()
    assert alice.check_password("another horse entirely")
    assert program.get("/api/v1/me").status_code == 401


def test_staff_add_users(browser: Client) -> None:
    password = {"password1": "another horse entirely", "password2": "another horse entirely"}
    fields = {"username": "dora", "email": "dora@example.org", "display_name": "Dora", **password}
    answer = browser.post(reverse("admin:accounts_user_add"), fields)
    assert answer.status_code == 302
    assert User.objects.get(username="dora").display_name == "Dora"


def test_staff_give_nobody_the_address_of_another(browser: Client, alice: User, bob: User) -> None:
    fields = {"username": "bob", "email": "ALICE@example.org", "display_name": ""}
    answer = browser.post(reverse("admin:accounts_user_change", args=[bob.pk]), fields)
    assert "An account with this e-mail address exists." in answer.text
    bob.refresh_from_db()
    assert bob.email == "bob@example.org"


def test_deleting_a_user_tells_their_groups(browser: Client, alice: User, bob: User, group: Conversation) -> None:
    answer = browser.post(reverse("admin:accounts_user_delete", args=[alice.pk]), {"post": "yes"})
    assert answer.status_code == 302
    assert not User.objects.filter(pk=alice.pk).exists()
    assert group.memberships.get().role == "owner"
    assert PendingChange.objects.order_by("id").last().type == "member.left"  # type: ignore[union-attr]


def test_contacts_and_blocks_are_made_by_the_verbs(browser: Client, alice: User, bob: User, told: Any) -> None:
    with told() as heard:
        browser.post(reverse("admin:accounts_block_add"), {"blocker": alice.pk, "blocked": bob.pk})
        browser.post(reverse("admin:accounts_contact_add"), {"owner": alice.pk, "contact": bob.pk, "nickname": "Bobby"})
        act(browser, "accounts_block", "delete_selected", *Block.objects.all())
        browser.post(reverse("admin:accounts_block_delete", args=[Block.objects.get().pk]), {"post": "yes"})
    assert [name for name, _ in heard] == ["blocks_changed", "blocks_changed"]
    assert Contact.objects.get().nickname == "Bobby"
    assert not Block.objects.exists()


def test_nobody_blocks_themselves_there_either(browser: Client, alice: User) -> None:
    answer = browser.post(reverse("admin:accounts_block_add"), {"blocker": alice.pk, "blocked": alice.pk})
    assert answer.status_code == 200
    assert not Block.objects.exists()


def test_no_list_shows_a_secret(browser: Client, alice: User, group: Conversation) -> None:
    token, secret = create_token(alice, name="bot")
    link, _ = actions.create_invitation(alice, conversation=group)
    page = Client()
    page.force_login(alice)
    page.get("/api/v1/me")
    (session,) = access.sessions_of(alice)
    for name, row, hidden in [
        ("accounts_token", token, secret),
        ("groups_invitation", link, link.invite),
        ("usersessions_usersession", session, session.session_key),
    ]:
        shown = browser.get(reverse(f"admin:{name}_changelist")).content
        shown += browser.get(reverse(f"admin:{name}_change", args=[row.pk])).content
        assert hidden.encode() not in shown


def test_deleting_tokens_and_sessions_signs_out(browser: Client, alice: User, api: Any, told: Any) -> None:
    program, page = api(alice), Client()
    page.force_login(alice)
    page.get("/api/v1/me")
    (session,) = access.sessions_of(alice)
    with told() as heard:
        for name, row in [("accounts_token", Token.objects.get()), ("usersessions_usersession", session)]:
            browser.post(
                reverse(f"admin:{name}_changelist"),
                {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"},
            )
    assert len(heard) == 2
    assert program.get("/api/v1/me").status_code == 401
    assert page.get("/api/v1/me").status_code == 401


def test_deleting_a_conversation_tells_its_members(
    browser: Client, alice: User, bob: User, group: Conversation, told: Any
) -> None:
    with told() as heard:
        browser.post(reverse("admin:groups_conversation_delete", args=[group.pk]), {"post": "yes"})
    assert not Conversation.objects.exists()
    assert heard[0][1] == {
        "conversation_id": group.pk,
        "added": [],
        "removed": [alice.pk, bob.pk],
        "deleted": True,
    }


def test_memberships_are_removed_by_the_verb_only(
    browser: Client, alice: User, bob: User, group: Conversation, told: Any, root: User
) -> None:
    mine, bobs = Membership.objects.get(user=alice), Membership.objects.get(user=bob)
    act(browser, "groups_membership", "delete_selected", bobs)
    assert browser.post(reverse("admin:groups_membership_delete", args=[bobs.pk]), {"post": "yes"}).status_code == 403
    browser.post(reverse("admin:groups_membership_change", args=[bobs.pk]), {"role": "owner"})
    bobs.refresh_from_db()
    assert bobs.role == "member"
    with told() as heard:
        answer = act(browser, "groups_membership", "remove", mine, bobs)
    assert b"at least one owner" in answer.content
    assert [row.user for row in Membership.objects.all()] == [alice]
    assert heard[0][1]["removed"] == [bob.pk]
    assert PendingChange.objects.order_by("id").last().author_id == root.pk  # type: ignore[union-attr]


def test_revoking_invitations(browser: Client, alice: User, group: Conversation) -> None:
    link, _ = actions.create_invitation(alice, conversation=group)
    act(browser, "groups_invitation", "revoke", link)
    link.refresh_from_db()
    assert link.revoked_at is not None


def test_a_conversation_leads_to_its_messages(browser: Client, group: Conversation) -> None:
    page = browser.get(reverse("admin:groups_conversation_change", args=[group.pk]))
    assert reverse("admin:messaging_read_conversation", args=[group.pk]).encode() in page.content
