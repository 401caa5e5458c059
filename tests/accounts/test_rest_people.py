"""Contacts, blocks and finding people over REST."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Block, Contact, User
from tests.accounts.rest import Api, code


def test_contacts_are_put_listed_and_removed(alice: User, bob: User, api: Api) -> None:
    client = api(alice)
    mine = f"/api/v1/users/{alice.pk}/contacts"
    assert client.put(f"{mine}/{bob.pk}").status_code == 201
    answer = client.put(f"{mine}/{bob.pk}", {"nickname": "Bobby"}, format="json")
    assert (answer.status_code, answer.json()["nickname"]) == (200, "Bobby")
    listed = client.get(mine).json()
    assert listed["next"] is None
    assert [row["user"]["username"] for row in listed["results"]] == ["bob"]
    assert client.get(f"{mine}/{bob.pk}").json()["nickname"] == "Bobby"
    assert client.delete(f"{mine}/{bob.pk}").status_code == 204
    assert code(client.delete(f"{mine}/{bob.pk}")) == (404, "not_found")


def test_nobody_is_their_own_contact_or_block(alice: User, api: Api) -> None:
    for kind, field in [("contacts", "contact_id"), ("blocks", "blocked_id")]:
        answer = api(alice).put(f"/api/v1/users/{alice.pk}/{kind}/{alice.pk}")
        assert code(answer) == (400, "invalid")
        assert answer.json()["field"] == field


def test_blocks_are_put_announced_and_lifted(alice: User, bob: User, api: Api, told: Any) -> None:
    client = api(alice)
    mine = f"/api/v1/users/{alice.pk}/blocks"
    with told() as heard:
        assert [client.put(f"{mine}/{bob.pk}").status_code for _ in range(2)] == [201, 200]
        assert client.delete(f"{mine}/{bob.pk}").status_code == 204
    assert {name for name, _ in heard} == {"blocks_changed"}
    assert heard[0][1] == {"user_ids": (alice.pk, bob.pk)}
    assert not Block.objects.exists()


@pytest.mark.parametrize("kind", ["contacts", "blocks"])
def test_others_contacts_and_blocks_are_not_there(alice: User, bob: User, carol: User, api: Api, kind: str) -> None:
    Contact.objects.create(owner=alice, contact=bob)
    Block.objects.create(blocker=alice, blocked=bob)
    theirs = f"/api/v1/users/{alice.pk}/{kind}"
    for path in (theirs, f"{theirs}/{bob.pk}"):
        assert code(api(carol).get(path)) == (404, "not_found")
    assert code(api(carol).put(f"{theirs}/{bob.pk}")) == (404, "not_found")
    assert code(api(carol).delete(f"{theirs}/{bob.pk}")) == (404, "not_found")
    assert code(api(carol).get(f"/api/v1/users/{bob.pk}/{kind}")) == (404, "not_found")


def test_people_are_found_by_either_name(alice: User, bob: User, api: Api) -> None:
    def found(search: str) -> list[str]:
        answer = api(bob).get("/api/v1/users", {"search": search}).json()
        return [user["username"] for user in answer["results"]]

    assert found("ARCH") == ["alice"]
    assert found("bo") == ["bob"]
    assert found("%") == []
    assert found("") == ["alice", "bob"]


def test_a_suspended_user_is_not_found_but_named(alice: User, bob: User, api: Api) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    client = api(alice)
    assert code(client.get(f"/api/v1/users/{bob.pk}")) == (404, "not_found")
    assert client.get("/api/v1/users", {"search": "bob"}).json()["results"] == []
    named = client.get("/api/v1/users", {"ids": f"{bob.pk},{alice.pk}"}).json()["results"]
    assert [user["username"] for user in named] == ["alice", "bob"]


def test_lists_are_walked_by_their_cursor(alice: User, api: Api) -> None:
    User.objects.bulk_create(User(username=f"user{n:03}") for n in range(7))
    client, path, seen = api(alice), "/api/v1/users?search=user&limit=3", []
    while path:
        page = client.get(path).json()
        seen.append([user["username"] for user in page["results"]])
        path = page["next"]
    assert seen == [["user000", "user001", "user002"], ["user003", "user004", "user005"], ["user006"]]
