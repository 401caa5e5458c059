"""Groups: finding, making and joining them, and the group's page with what may be changed there."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from django.urls import reverse

from accounts import actions as account_actions
from accounts.models import User
from groups import actions
from groups.models import Conversation, Kind, Membership, Role
from tests.pages.conftest import Browser, role_of
from tests.people import add_member


@pytest.fixture
def public(alice: User) -> Conversation:
    return actions.create_group(alice, name="Trail walkers", description="Hills\nand mud", is_public=True)


def test_public_groups_are_found_by_name_and_joined(browser: Browser, carol: User, public: Conversation) -> None:
    client = browser(carol)
    assert "Trail walkers" in client.get("/groups/?q=TRAIL").text
    assert "Hills" in client.get(reverse("group", args=[public.pk])).text
    assert client.post(reverse("join_group", args=[public.pk]))["Location"] == f"/c/{public.pk}/"
    assert role_of(carol, public) == Role.MEMBER


def test_private_groups_are_listed_to_their_members_only(
    browser: Browser, bob: User, carol: User, group: Conversation
) -> None:
    assert "Climbing" not in browser(bob).get("/groups/").text.split("<main")[1]
    assert "Climbing" in browser(bob).get("/groups/?show=mine").text.split("<main")[1]
    assert "Climbing" not in browser(carol).get("/groups/?show=mine").text


def test_strangers_to_a_public_group_see_its_card_but_not_its_members(
    browser: Browser, carol: User, public: Conversation
) -> None:
    page = browser(carol).get(reverse("group", args=[public.pk])).text
    assert "Join Trail walkers" in page
    assert "Alice Archer" not in page


def test_a_group_is_made_with_its_first_members_once(browser: Browser, alice: User, bob: User) -> None:
    account_actions.add_contact(alice, contact=bob)
    account_actions.add_contact(bob, contact=alice)
    client = browser(alice)
    form = {"name": "Cooks", "is_public": "on", "members": [str(bob.pk)], "form_key": str(uuid.uuid4())}
    answer = client.post("/groups/new/", form)
    made = Conversation.objects.get(name="Cooks")
    assert answer["Location"] == f"/c/{made.pk}/"
    assert role_of(bob, made) == Role.MEMBER
    client.post("/groups/new/", {**form, "name": "Cooks again"})
    assert Conversation.objects.count() == 1


def test_a_channel_is_made_and_says_what_it_is(browser: Browser, alice: User, bob: User) -> None:
    account_actions.add_contact(alice, contact=bob)
    account_actions.add_contact(bob, contact=alice)
    form = {"name": "News", "is_public": "on", "members": [str(bob.pk)]}
    answer = browser(alice).post("/groups/new/channel/", form)
    made = Conversation.objects.get(name="News")
    assert (answer["Location"], made.kind) == (f"/c/{made.pk}/", Kind.CHANNEL)
    path = reverse("group", args=[made.pk])
    assert "Leave channel" in browser(bob).get(path).text
    for page in (browser(bob).get(path), browser(bob).get("/groups/")):
        assert 'class="channel-sign"' in page.text


def test_the_members_of_a_channel_are_shown_stretch_by_stretch(
    browser: Browser, alice: User, make_user: Callable[..., User]
) -> None:
    channel = actions.create_group(alice, kind="channel", name="News")
    for number in range(65):
        Membership.objects.create(conversation=channel, user=make_user(f"reader{number:02}"))
    client, address, seen = browser(alice), reverse("group", args=[channel.pk]), []
    while address:
        page = client.get(address).text
        seen += re.findall(r"<bdi>@(\w+)</bdi>", page.split("<main")[1])
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following and reverse("group", args=[channel.pk]) + following[1]
    assert seen == ["alice", *(f"reader{number:02}" for number in range(65))]
    odd = client.get(reverse("group", args=[channel.pk]), {"after": "9" * 30})
    assert "@alice" in odd.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", " \u200b "),
        ("name", "x" * 81),
        ("name", "trail WALKERS"),
        ("name", "nul\0"),
        ("description", "x" * 501),
    ],
)
def test_a_group_that_cannot_be_comes_back_with_the_error_beside_its_field(
    field: str, value: str, browser: Browser, bob: User, public: Conversation
) -> None:
    form = {"name": "Cooks", "description": "Soup", "is_public": "on", field: value}
    page = browser(bob).post("/groups/new/", form)
    assert page.status_code == 200
    assert f'id="id_{field}_error"' in page.text
    assert "Soup" in page.text or field == "description"
    assert Conversation.objects.count() == 1


@pytest.mark.parametrize("member", ["not-an-id", "8c2f5a54-5f5e-4b0e-9d3f-6f2f0c6f7b11"])
def test_only_contacts_are_first_members(member: str, browser: Browser, alice: User) -> None:
    page = browser(alice).post("/groups/new/", {"name": "Cooks", "members": [member]})
    assert page.status_code == 200
    assert 'id="members_error"' in page.text


def test_a_first_member_who_blocks_the_maker_is_an_error_and_nothing_is_made(
    browser: Browser, alice: User, bob: User
) -> None:
    account_actions.add_contact(alice, contact=bob)
    account_actions.add_contact(bob, contact=alice)
    account_actions.block_user(bob, blocked=alice)
    page = browser(alice).post("/groups/new/", {"name": "Cooks", "members": [str(bob.pk)]})
    assert "You cannot write to or invite this person." in page.text
    assert not Conversation.objects.exists()


def test_the_page_shows_members_with_roles_and_what_each_may_do(
    browser: Browser, alice: User, bob: User, group: Conversation
) -> None:
    path = reverse("group", args=[group.pk])
    for user, may in ((alice, True), (bob, False)):
        page = browser(user).get(path).text
        assert "Alice Archer" in page
        assert ">owner<" in page
        for name in ("edit_group", "invitations", "add_members", "delete_group"):
            assert (reverse(name, args=[group.pk]) in page) == may


def test_a_member_of_a_large_group_is_found_by_name(
    browser: Browser, alice: User, group: Conversation, make_user: Callable[..., User]
) -> None:
    path, label = reverse("group", args=[group.pk]), "Search members by name"
    assert label not in browser(alice).get(path).text
    for number in range(30):
        add_member(alice, conversation=group, user=make_user(f"walker{number:02}"))
    assert label in browser(alice).get(path).text
    page = browser(alice).get(path, {"q": "ER29"}).text
    assert "@walker29" in page
    assert "@walker28" not in page
    assert "No member is called" in browser(alice).get(path, {"q": "carol"}).text


def test_a_group_is_renamed_described_and_published(browser: Browser, alice: User, group: Conversation) -> None:
    form = {"name": "Boulders", "description": "Down", "is_public": "on", "slow_seconds": "0"}
    assert browser(alice).post(reverse("edit_group", args=[group.pk]), form).status_code == 302
    group.refresh_from_db()
    assert (group.name, group.description, group.is_public) == ("Boulders", "Down", True)


def test_a_name_that_is_taken_changes_nothing_at_all(
    browser: Browser, alice: User, group: Conversation, public: Conversation
) -> None:
    form = {"name": "Trail Walkers", "description": "Down", "is_public": "on", "slow_seconds": "0"}
    page = browser(alice).post(reverse("edit_group", args=[group.pk]), form)
    assert 'id="id_name_error"' in page.text
    group.refresh_from_db()
    assert (group.name, group.description, group.is_public) == ("Climbing", "Up", False)


def test_an_admin_edits_but_does_not_publish(browser: Browser, alice: User, bob: User, group: Conversation) -> None:
    actions.change_role(alice, conversation=group, user=bob, role="admin")
    path = reverse("edit_group", args=[group.pk])
    assert 'name="is_public"' not in browser(bob).get(path).text
    browser(bob).post(path, {"name": "Boulders", "is_public": "on", "slow_seconds": "0"})
    group.refresh_from_db()
    assert (group.name, group.is_public) == ("Boulders", False)
