"""What Parley sets out to reach, as ratios within one run; and how each figure is named for people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """`least` or `most` is the bound; `beside` names the figures that the ratio is made of."""

    key: str
    title: str
    least: float | None = None
    most: float | None = None
    unit: str = "x"
    beside: tuple[str, ...] = ()

    @property
    def bound(self) -> str:
        return f">= {self.least:g} {self.unit}" if self.least is not None else f"<= {self.most:g} {self.unit}"

    def is_met(self, value: float) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


TARGETS = [
    Target("fan vs T", "500 members: T's CPU a delivery over ours", 30, beside=("fan T us", "fan P us", "fan L")),
    Target("fan rate vs T", "500 members: deliveries/s, ours over T's", 30, beside=("fan T rate", "fan P rate")),
    Target("fan vs L", "500 members: L's CPU a delivery over ours", 0.5, beside=("fan L us", "fan P us")),
    Target("fan vs ws", "500 members: Node ws' CPU a delivery over ours", 1, beside=("fan ws us",)),
    Target("fan vs gorilla", "500 members: Go gorilla's CPU a delivery over ours", 1, beside=("fan gorilla us",)),
    Target(
        "large vs L", "10,000 members, time to the last: ours over L's", most=2.5, beside=("large L ms", "large P ms")
    ),
    Target(
        "large vs T",
        "10,000 members, time to the last: T's over ours",
        40,
        beside=("large T ms", "large L"),
    ),
    Target(
        "small vs T",
        "conversations of 10, one message under way in each: T's CPU a durable message over ours",
        20,
        beside=("small T us", "small P us", "small L"),
    ),
    Target(
        "small rate vs T",
        "the same: durable messages/s, ours over T's",
        20,
        beside=("small T rate", "small P rate"),
    ),
    Target("full vs T", "the same, four under way in each: CPU", 20, beside=("full T us", "full P us")),
    Target("full rate vs T", "the same, four under way in each: messages/s", 20, beside=("full T rate", "full P rate")),
    Target(
        "cluster vs T",
        "the same (four) with three Cassandra nodes: T's worker CPU a message over ours",
        10,
        beside=("cluster T us", "cluster P us", "cluster L"),
    ),
    Target("cluster rate vs T", "the same: messages/s, ours over T's", 10, beside=("cluster T rate", "cluster P rate")),
    Target(
        "cluster vs embedded",
        "the same: our worker CPU a message over embedded's",
        most=2,
        beside=("cluster P us", "cluster embedded us"),
    ),
    Target(
        "caused vs alone",
        "conversations of 10: all CPU a message causes (read marks, hints, indexing) over its send's alone",
        most=3,
        beside=("caused alone us", "caused marks hints us", "caused index us", "caused all us", "caused L"),
    ),
    Target(
        "fan p99 vs T",
        "500 members, at half of T's capacity, p99 to the last: T's over ours",
        15,
        beside=("fan T p99", "fan P p99"),
    ),
    Target(
        "small p99 over",
        "conversations of 10, p99 at half of own capacity less twice that at 5 %",
        most=5,
        unit="ms",
        beside=("small p99 half", "small p99 idle"),
    ),
    Target(
        "beside gain",
        "small conversations beside one of 5,000: p99 without slices over with",
        4,
        beside=("beside unsliced p99", "beside sliced p99", "beside L"),
    ),
    Target(
        "accept vs T", "signed-in accepts: T's CPU each over ours", 4, beside=("accept T us", "accept P us", "accept L")
    ),
    Target("accept rate vs T", "signed-in accepts/s, ours over T's", 4, beside=("accept T rate", "accept P rate")),
    Target(
        "accept p99 vs T", "signed-in accepts: our p99 over T's", most=0.333, beside=("accept T p99", "accept P p99")
    ),
    Target(
        "memory vs T",
        "an idle signed-in socket's memory: ours over T's",
        most=0.75,
        beside=("accept T kib", "accept P kib"),
    ),
    Target(
        "alone rate vs tinode",
        "a conversation of 10, 32 under way: durable messages/s, ours over Tinode's",
        5,
        beside=(
            *("alone tinode rate", "alone P rate", "alone tinode us", "alone P us"),
            *("alone tinode ack p99", "alone P ack p99", "tinode L"),
        ),
    ),
    Target(
        "single rate vs tinode",
        "500 members, one durable message at a time: deliveries/s, ours over Tinode's",
        5,
        beside=(
            *("single tinode rate", "single P rate", "single tinode us", "single P us"),
            *("single tinode last p99", "single P last p99", "single L rate", "single L us"),
        ),
    ),
    Target(
        "list rate vs tinode",
        "signed-in accepts/s, until both have the list of their conversations: ours over Tinode's",
        1,
        beside=("list tinode rate", "list P rate", "list tinode us", "list P us", "list tinode kib"),
    ),
    Target(
        "login rate vs tinode",
        "the same, Tinode's only until the login is answered",
        1,
        beside=("login tinode rate", "list P rate", "login tinode us"),
    ),
    Target(
        "login kib vs tinode",
        "an idle signed-in socket's memory: ours over Tinode's, which has no list",
        most=1,
        beside=("login tinode kib", "list P kib"),
    ),
    Target(
        "cluster paced vs tinode",
        "20 conversations of 10 at 50 messages/s, cluster with three copies: Tinode's p99 over ours",
        1,
        beside=("cluster tinode p50", "cluster paced p50", "cluster tinode p99", "cluster paced p99"),
    ),
    Target(
        "burst amiss", "2,500 conversations at one instant: lost or doubled", most=0, unit="", beside=("burst T amiss",)
    ),
    Target("hot amiss", "64 under way in one conversation of 500: lost or doubled", most=0, unit=""),
    Target("page reads", "1,000 readers of one page at once: reads of SQL", most=2, unit=""),
    Target("cluster page reads", "1,000 readers of one page at once: reads of Cassandra", most=2, unit=""),
    Target(
        "two small",
        "two workers over one, client aside: conversations of 10",
        1.7,
        beside=("cluster P us", "two small us"),
    ),
    Target("two fan", "two workers over one, client aside: 500 members", 1.7, beside=("one fan us", "two fan us")),
    Target("away growth", "a message's cost, 10,000 members away over 10", most=1.25, beside=("away 10", "away 10000")),
    Target(
        "history growth",
        "a message's cost, 10,000 messages before it over 10",
        most=1.25,
        beside=("history 10", "history 10000"),
    ),
    Target(
        "elsewhere growth",
        "a message's cost, members in 10,000 other conversations over 10",
        most=1.25,
        beside=("elsewhere 10", "elsewhere 10000"),
    ),
]
