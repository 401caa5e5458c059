"""A worker never runs out of files: idle connections push out each other, and who is served stays."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address

from chatproject.admission import Admission, Bounds, connections_for

PROXY = "10.0.0.1"


class Wire:
    def __init__(self, host: str) -> None:
        self.peer: Any = (IPv6Address if ":" in host else IPv4Address)("TCP", host, 1)
        self.is_closed = False

    def getPeer(self) -> Any:
        return self.peer

    def abortConnection(self) -> None:
        self.is_closed = True


def admission(in_all: int = 6, waiting: int = 3, per_address: int = 4, *, limits_loopback: bool = False) -> Admission:
    bounds = Bounds(in_all, waiting, per_address)
    return Admission(bounds, trusts=lambda host: host == PROXY, limits_loopback=limits_loopback)


def entered(door: Admission, *hosts: str, served: bool = False) -> list[Wire]:
    wires = [Wire(host) for host in hosts]
    for wire in wires:
        assert door.enter(wire)
        if served:
            door.serve(wire)
    return wires


def closed(wires: list[Wire]) -> list[bool]:
    return [wire.is_closed for wire in wires]


def test_whoever_waits_longest_makes_room_for_a_new_one() -> None:
    door = admission()
    wires = entered(door, *["192.0.2.1"] * 4)
    assert closed(wires) == [True, False, False, False]
    assert door.connected == 3


def test_room_is_made_where_most_wait() -> None:
    door = admission()
    [first] = entered(door, "192.0.2.1")
    many = entered(door, *["192.0.2.2"] * 3)
    assert not first.is_closed
    assert closed(many) == [True, False, False]


def test_all_of_an_ipv6_network_is_one_address() -> None:
    door = admission()
    [first] = entered(door, "2001:db8:1::1")
    many = entered(door, "2001:db8:2::1", "2001:db8:2::2", "2001:db8:2::3")
    assert not first.is_closed
    assert closed(many) == [True, False, False]


def test_whoever_is_served_is_not_closed_and_a_full_worker_refuses() -> None:
    door = admission(per_address=100)
    wires = entered(door, *["192.0.2.1"] * 6, served=True)
    assert not door.enter(Wire("192.0.2.2"))
    assert closed(wires) == [False] * 6
    door.leave(wires[0])
    door.leave(wires[0])
    assert door.enter(Wire("192.0.2.2"))


def test_an_address_has_a_bound_of_its_own() -> None:
    door = admission()
    entered(door, *["192.0.2.1"] * 4, served=True)
    assert not door.enter(Wire("192.0.2.1"))
    assert not door.enter(Wire("::ffff:192.0.2.1"))
    assert door.enter(Wire("192.0.2.2"))


def test_this_machine_has_one_only_where_a_proxy_is_declared() -> None:
    for limits_loopback in (False, True):
        door = admission(limits_loopback=limits_loopback)
        entered(door, *["127.0.0.1"] * 4, served=True)
        assert door.enter(Wire("127.0.0.1")) is not limits_loopback


def test_a_proxys_connections_count_in_all_only_and_are_never_closed() -> None:
    door = admission()
    wires = entered(door, *[PROXY] * 6)
    assert closed(wires) == [False] * 6
    assert not door.enter(Wire(PROXY))


def test_between_two_requests_a_connection_waits_again() -> None:
    door = admission()
    [kept, *others] = entered(door, *["192.0.2.1"] * 3, served=True)
    door.rest(kept)
    entered(door, *["192.0.2.2"] * 3)
    assert not kept.is_closed
    door.rest(others[0])
    door.rest(others[1])
    entered(door, "192.0.2.3")
    assert kept.is_closed


def test_files_are_kept_in_reserve_and_a_low_limit_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    assert connections_for(65_536, 0) == 36_864
    assert not caplog.records
    taken = connections_for(1_024, 0)
    assert taken + Bounds.of(taken, 1).waiting + 128 < 1_024
    assert [record.getMessage().count("1024") for record in caplog.records] == [1]
    assert connections_for(65_536, 100) == 100
