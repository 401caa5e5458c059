"""People: finding them, contacts and nicknames, blocks, opening a direct conversation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse

from accounts import actions
from accounts.models import Block, Contact, User
from groups.models import Conversation
from tests.pages.conftest import Browser


def test_a_person_is_found_by_part_of_either_name(browser: Browser, alice: User, bob: User) -> None:
    for query in ("ARCH", "lic"):
        page = browser(bob).get("/people/", {"q": query})
        assert "Alice Archer" in page.text
        assert reverse("open_direct", args=[alice.pk]) in page.text


def test_a_contact_is_found_by_the_nickname_one_gave_and_by_nobody_else(
    browser: Browser, alice: User, bob: User, carol: User
) -> None:
    actions.add_contact(alice, contact=bob, nickname="Neighbour")
    assert "@bob" in browser(alice).get("/people/?q=neigh").text
    assert "@bob" not in browser(carol).get("/people/?q=neigh").text


def test_one_does_not_find_oneself_or_the_suspended(browser: Browser, alice: User, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert "Nobody found" in browser(alice).get("/people/?q=bob").text
    assert "Nobody found" in browser(alice).get("/people/?q=alice").text
    assert browser(alice).get(reverse("person", args=[bob.pk])).status_code == 404


def test_long_lists_come_in_pages(browser: Browser, alice: User, make_user: Callable[..., User]) -> None:
    for number in range(31):
        make_user(f"walker{number:02}")
    first = browser(alice).get("/people/?q=walker")
    assert "walker29" in first.text
    assert "walker30" not in first.text
    assert "?q=walker&amp;page=2" in first.text
    assert "walker30" in browser(alice).get("/people/?q=walker&page=2").text


def test_a_message_opens_the_one_direct_conversation(browser: Browser, alice: User, bob: User) -> None:
    path = reverse("open_direct", args=[bob.pk])
    answers = [browser(alice).post(path), browser(alice).post(path)]
    direct = Conversation.objects.get()
    assert [answer["Location"] for answer in answers] == [f"/c/{direct.pk}/"] * 2


@pytest.mark.parametrize("alice_blocks", [True, False])
def test_a_block_is_named_to_neither_when_a_message_cannot_be(
    alice_blocks: bool, browser: Browser, alice: User, bob: User
) -> None:
    blocker, blocked = (alice, bob) if alice_blocks else (bob, alice)
    actions.block_user(blocker, blocked=blocked)
    page = browser(alice).post(reverse("open_direct", args=[bob.pk]), follow=True)
    assert "You cannot write to or invite this person." in page.text
    assert not Conversation.objects.exists()


def test_a_message_to_oneself_is_refused_in_words(browser: Browser, alice: User) -> None:
    page = browser(alice).post(reverse("open_direct", args=[alice.pk]), {"next": "/people/"}, follow=True)
    assert "You cannot talk to yourself." in page.text


def test_a_contact_is_kept_named_and_removed(browser: Browser, alice: User, bob: User) -> None:
    client = browser(alice)
    path = reverse("keep_contact", args=[bob.pk])
    assert client.post(path, {"next": "/people/?q=bob"})["Location"] == "/people/?q=bob"
    client.post(path, {"nickname": "Bobby"})
    client.post(path)
    assert Contact.objects.get().nickname == "Bobby"
    assert "Bobby" in client.get("/people/").text
    assert "Bobby" not in browser(bob).get(reverse("person", args=[bob.pk])).text
    client.post(reverse("remove_contact", args=[bob.pk]))
    assert not Contact.objects.exists()


@pytest.mark.parametrize("nickname", ["x" * 65, "nul\0", "\u202ereversed"])
def test_a_nickname_that_cannot_be_is_refused_in_words(nickname: str, browser: Browser, alice: User, bob: User) -> None:
    client = browser(alice)
    actions.add_contact(alice, contact=bob, nickname="Bobby")
    page = client.post(reverse("keep_contact", args=[bob.pk]), {"nickname": nickname, "next": "/people/"}, follow=True)
    assert 'class="status-line error"' in page.text
    assert Contact.objects.get().nickname == "Bobby"


def test_no_address_of_another_site_is_followed(browser: Browser, alice: User, bob: User) -> None:
    for next in ("https://example.net/", "//example.net", "javascript:alert(1)"):
        answer = browser(alice).post(reverse("keep_contact", args=[bob.pk]), {"next": next})
        assert answer["Location"] == reverse("person", args=[bob.pk])


def test_blocking_asks_once_and_can_be_taken_back(browser: Browser, alice: User, bob: User) -> None:
    client, path = browser(alice), reverse("block", args=[bob.pk])
    assert "Block bob?" in client.get(path).text
    assert not Block.objects.exists()
    client.post(path)
    assert Block.objects.get().blocked == bob
    assert "bob" in client.get("/settings/blocked/").text
    client.post(reverse("unblock", args=[bob.pk]))
    assert not Block.objects.exists()


def test_a_persons_page_shows_the_groups_both_are_in(
    browser: Browser, alice: User, bob: User, carol: User, group: Conversation
) -> None:
    path = reverse("person", args=[alice.pk])
    assert "Climbing" in browser(bob).get(path).text
    assert "Climbing" not in browser(carol).get(path).text


def test_what_people_call_themselves_is_shown_as_text(browser: Browser, alice: User, bob: User) -> None:
    actions.change_profile(bob, display_name="<b>Bob</b>")
    page = browser(alice).get("/people/?q=bob")
    assert "&lt;b&gt;Bob&lt;/b&gt;" in page.text
    assert "<b>Bob</b>" not in page.text
