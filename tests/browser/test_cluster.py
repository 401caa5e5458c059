"""Open pages while parts of a whole cluster go away under them."""

from __future__ import annotations

import signal
import threading
from collections import Counter

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakePerson, Person, together
from tests.cluster.whole import Cluster, ClusterServer

pytestmark = [pytest.mark.browser, pytest.mark.cluster, pytest.mark.timeout(400)]
BUBBLES = "li.m:not(.unsent) .bubble"
PATIENCE_MILLISECONDS = 60_000
PAUSE_MILLISECONDS = 700


@pytest.fixture
def parley_server(started_cluster: Cluster) -> ClusterServer:
    """Whose logs nobody reads here: what goes away may be complained of."""
    return ClusterServer(started_cluster)


def two_people(person: MakePerson) -> tuple[str, Person, Person]:
    """In one group that both have open."""
    alice, bob = (person(name, may_complain=True) for name in ("alice", "bob"))
    group = together(alice, bob)
    for someone in (alice, bob):
        someone.page.evaluate("window.isTheSamePage = true")
    return group, alice, bob


def stored(group: str, alice: Person) -> list[str]:
    """What everybody said, from the first to the last."""
    bodies: list[str] = []
    after = 0
    while True:
        query = {"after": after, "limit": 100}
        page = alice.account.api.get(f"conversations/{group}/messages", params=query).json()
        bodies += [change["body"] for change in page["results"] if change["type"] == "message.sent"]
        if page["next"] is None:
            return bodies
        after = page["results"][-1]["seq"]


def assert_both_see(said: list[str], *people: Person) -> None:
    """The same lines in the same order, without a reload."""
    for someone in people:
        expect(someone.page.locator("li.m.unsent")).to_have_count(0, timeout=PATIENCE_MILLISECONDS)
        expect(someone.page.locator(BUBBLES).last).to_have_text(said[-1], timeout=PATIENCE_MILLISECONDS)
        shown = someone.page.locator(BUBBLES).all_inner_texts()
        assert shown == said[-len(shown) :]
        assert someone.page.evaluate("window.isTheSamePage") is True


def test_a_worker_killed_under_an_open_tab_costs_nothing(person: MakePerson, cluster: Cluster) -> None:
    group, alice, bob = two_people(person)
    before = cluster.live_sockets()
    other_tab = alice.context.new_page()
    other_tab.goto(f"{alice.url}/c/{group}/")
    expect(other_tab.locator("html[data-connection=open]")).to_be_attached()
    home = next(name for name, count in cluster.live_sockets().items() if count > before[name])
    alice.page, first_tab = other_tab, alice.page
    first_tab.close()
    other_tab.evaluate("window.isTheSamePage = true")
    alice.say("before")
    bob.expect_lines("before")
    cluster.send(home, signal.SIGKILL)
    alice.say("in the dark")
    bob.say("are you there?")
    expect(bob.page.locator(BUBBLES)).to_have_count(3, timeout=PATIENCE_MILLISECONDS)
    said = stored(group, alice)
    assert Counter(said) == Counter(["before", "in the dark", "are you there?"])
    assert_both_see(said, alice, bob)
    alice.say("after")
    assert_both_see([*said, "after"], alice, bob)


def test_two_people_type_on_while_all_workers_are_restarted_one_after_another(
    person: MakePerson, cluster: Cluster
) -> None:
    group, alice, bob = two_people(person)
    before = cluster.pids()
    restarting = threading.Thread(target=cluster.must, args=["restart-workers"])
    restarting.start()
    typed: list[str] = []
    while restarting.is_alive() or not typed:
        for someone in (alice, bob):
            typed.append(f"{someone.name} {len(typed)}")
            someone.say(typed[-1])
            someone.page.wait_for_timeout(PAUSE_MILLISECONDS)
    restarting.join()
    for someone in (alice, bob):
        expect(someone.page.locator("li.m.unsent")).to_have_count(0, timeout=PATIENCE_MILLISECONDS)
    said = stored(group, alice)
    assert Counter(said) == Counter(typed)
    for someone in (alice, bob):
        assert [line for line in said if line.startswith(someone.name)] == [
            line for line in typed if line.startswith(someone.name)
        ]
    assert_both_see(said, alice, bob)
    after = cluster.pids()
    assert all(before[name] != after[name] for name in cluster.worker_ports())
