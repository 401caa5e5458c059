"""What CASSANDRA_URL may say, and the line an operator reads when it says something else."""

from __future__ import annotations

import pytest

from messaging.history.cassandra.address import Address, read_address


def test_an_address_names_hosts_port_keyspace_and_data_centre() -> None:
    address = read_address("cassandra://ann:p%40ss@10.0.0.1,10.0.0.2:9043/parley?dc=west&replication=2")
    assert address == Address(("10.0.0.1", "10.0.0.2"), 9043, "parley", "west", 2, "ann", "p@ss")


def test_port_data_centre_and_replication_may_be_left_out() -> None:
    assert read_address("cassandra://history/parley") == Address(("history",), 9042, "parley", "datacenter1")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("redis://127.0.0.1/parley", "looks like"),
        ("cassandra:///parley", "looks like"),
        ("127.0.0.2", "looks like"),
        ("cassandra://[::1/parley", "looks like"),
        ("cassandra://127.0.0.2", "keyspace"),
        ("cassandra://127.0.0.2/Parley; DROP", "keyspace"),
        ("cassandra://127.0.0.2:x/parley", "port"),
        ("cassandra://127.0.0.2:0/parley", "port"),
        ("cassandra://127.0.0.2:99999/parley", "port"),
        ("cassandra://127.0.0.2/parley?replication=many", "replication"),
        ("cassandra://127.0.0.2/parley?rf=3", "'rf'"),
    ],
)
def test_a_wrong_address_is_one_clear_line(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as refusal:
        read_address(url)
    assert "\n" not in str(refusal.value)
