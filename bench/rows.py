"""What is measured of one worker without further servers. Each row gives figures by name; targets.py judges them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bench.cases import SIZES
from bench.caused import caused
from bench.client import PATIENCE, Client, Room, Seat
from bench.contenders import Parley, Plain
from bench.machine import resident_kib
from bench.rounds import (
    Contender,
    Figures,
    Round,
    amiss,
    ending,
    of,
    per_delivery,
    per_message,
    rate,
    seated,
)

SECONDS = 2.0
FIRST_SOCKETS, MORE_SOCKETS = 200, 1_800
READERS = 1_000
T_IN_FLIGHT, IN_FLIGHT, MANY_IN_FLIGHT = 2, 4, 32
# T's layer drops what is more, and what it dropped is not waited for.
T_PATIENCE = 1.0
T_BURST_PATIENCE = 5.0


def fan_out(this: Round) -> Figures:
    """500 members, everyone's CPU time for a delivery; the same number of messages under way, but for T, whose layer
    drops what is more."""
    found: Figures = {}
    for name, start in _makers(this).items():
        in_flight = T_IN_FLIGHT if name == "T" else IN_FLIGHT
        with ending(start()) as contender, seated(contender, "fan") as client:
            answer = client.run(SECONDS, a=f"closed:{in_flight}")
            found[f"fan {name} us"] = per_delivery(answer)
            found[f"fan {name} rate"] = rate(answer, "delivered")
            if name == "T":
                half = rate(answer, "acked") / 2
            if name in "TP":
                found[f"fan {name} p99"] = of(client.run(5, 0, a=f"open:{half}"))["last"][1]
            if name == "P":
                found["hot amiss"] = amiss(client.run(SECONDS, a="closed:64"))
    for other in ("L", "ws", "gorilla", "T"):
        found[f"fan vs {other}"] = found[f"fan {other} us"] / found["fan P us"]
    return found | {
        "fan rate vs T": found["fan P rate"] / found["fan T rate"],
        "fan p99 vs T": found["fan T p99"] / found["fan P p99"],
    }


def _makers(this: Round) -> dict[str, Callable[[], Contender]]:
    plain: dict[str, Callable[[], Contender]] = {name: partial(Plain, name, this.folder) for name in Plain.commands}
    return {**plain, "T": this.tutorial, "P": this.parley}


def large(this: Round) -> Figures:
    """10,000 members. T needs seconds for a message, so it says one."""
    with ending(Plain("L", this.folder)) as plain, seated(plain, "large") as client:
        loop = of(client.run(SECONDS, a="closed:1"))["last"][0]
    with ending(this.parley()) as parley, seated(parley, "large") as client:
        answer = client.run(SECONDS, a="closed:1")
        ours = of(answer)["last"][0]
    with ending(this.tutorial()) as tutorial, seated(tutorial, "large") as client:
        theirs = of(client.run(0, 0, a="burst:1"))["last"][0] or 1e3 * PATIENCE
    return {
        "large L ms": loop,
        "large P ms": ours,
        "large T ms": theirs,
        "large P us": per_delivery(answer),
        "large vs L": ours / loop,
        "large vs T": theirs / ours,
    }


def small(this: Round) -> Figures:
    """50 conversations of 10, one message under way in each, and then IN_FLIGHT; every one stored before it is
    acknowledged."""
    with ending(this.tutorial()) as tutorial, seated(tutorial, "small") as client:
        theirs = client.run(SECONDS, a="closed:1")
        theirs_full = client.run(SECONDS, patience=T_PATIENCE, a=f"closed:{IN_FLIGHT}")
    with ending(this.parley()) as parley, seated(parley, "small") as client:
        ours = client.run(SECONDS, a="closed:1")
        ours_full = client.run(SECONDS, a=f"closed:{IN_FLIGHT}")
        capacity = rate(ours, "acked")
        idle = of(client.run(SECONDS, a=f"open:{capacity * 0.05}"))["delivery"][1]
        half = of(client.run(SECONDS, a=f"open:{capacity * 0.5}"))["delivery"][1]
    return {
        "small T us": per_message(theirs),
        "small P us": per_message(ours),
        "small T rate": rate(theirs, "acked"),
        "small P rate": capacity,
        "small vs T": per_message(theirs) / per_message(ours),
        "small rate vs T": capacity / rate(theirs, "acked"),
        "full T us": per_message(theirs_full),
        "full P us": per_message(ours_full),
        "full T rate": rate(theirs_full, "acked"),
        "full P rate": rate(ours_full, "acked"),
        "full vs T": per_message(theirs_full) / per_message(ours_full),
        "full rate vs T": rate(ours_full, "acked") / rate(theirs_full, "acked"),
        "small p99 idle": idle,
        "small p99 half": half,
        "small p99 over": half - 2 * idle,
        "small amiss": amiss(ours) + amiss(ours_full),
    }


def beside(this: Round) -> Figures:
    """20 conversations of 10 at 200 messages/s in all, beside one of 5,000 at 8 messages/s."""
    found: Figures = {}
    for name, options in (("unsliced", ["--unsliced"]), ("sliced", [])):
        with ending(this.parley(*options)) as parley, seated(parley, "beside", "crowd") as client:
            answer = client.run(4, 0.5, a="open:200", b="open:8")
            found[f"beside {name} p99"] = of(answer)["delivery"][1]
            found[f"crowd {name} last"] = of(answer, "b")["last"][0]
    return found | {"beside gain": found["beside unsliced p99"] / found["beside sliced p99"]}


def accepts(this: Round) -> Figures:
    """Signed-in sockets, 64 handshakes under way: T's until it says 101, ours until the last position has come."""
    sockets = FIRST_SOCKETS + MORE_SOCKETS
    with ending(this.tutorial(users=500)) as tutorial:
        theirs = _accept(tutorial, tutorial.signed_in(sockets))
    with ending(this.parley()) as parley:
        ours = _accept(parley, parley.signed_in("small", sockets))
    found = {f"accept T {name}": value for name, value in theirs.items()}
    found |= {f"accept P {name}": value for name, value in ours.items()}
    return found | {
        "accept vs T": theirs["us"] / ours["us"],
        "accept rate vs T": ours["rate"] / theirs["rate"],
        "accept p99 vs T": ours["p99"] / theirs["p99"],
        "memory vs T": ours["kib"] / theirs["kib"],
    }


def _accept(contender: Contender, seats: list[Seat], *, room: str = "") -> Figures:
    """`room`: what each comes in to, if there is a name for it."""
    with Client(contender.kind, [contender.process.pid]) as client:
        _enter(client, seats[:FIRST_SOCKETS], room)
        client.open()
        before = resident_kib(contender.process.pid)
        _enter(client, seats[FIRST_SOCKETS:], room)
        answer = client.open()
        grown = resident_kib(contender.process.pid) - before
    return {
        "us": 1e6 * sum(answer["cpu"]) / MORE_SOCKETS,
        "rate": MORE_SOCKETS / answer["seconds"],
        "p99": answer["took"][1],
        "kib": grown / MORE_SOCKETS,
    }


def _enter(client: Client, seats: list[Seat], room: str) -> None:
    if room:
        client.add("a", [Room(room, [seat]) for seat in seats])
    else:
        client.add_sockets(seats)


def tinode(this: Round) -> Figures:
    """Tinode and then Parley: signed-in sockets until they have the list of their conversations, as in accepts; much
    under way in a group of 10; one message at a time among 500, as in L. And Tinode's sockets until their login is
    answered."""
    sockets = FIRST_SOCKETS + MORE_SOCKETS
    with ending(Plain("L", this.folder)) as plain, seated(plain, "fan") as client:
        loop = client.run(SECONDS, a="closed:1")
    with ending(this.tinode()) as theirs:
        found = _named("login tinode", _accept(theirs, theirs.signed_in(sockets)))
    with ending(this.tinode()) as theirs:
        found |= _named("list tinode", _accept(theirs, theirs.signed_in(sockets), room="me"))
        found |= _conversations("tinode", theirs)
    with ending(this.parley()) as ours:
        found |= _named("list P", _accept(ours, ours.signed_in("small", sockets)))
        found |= _conversations("P", ours)
    return found | {
        "alone rate vs tinode": found["alone P rate"] / found["alone tinode rate"],
        "single L rate": rate(loop, "delivered"),
        "single L us": per_delivery(loop),
        "single rate vs tinode": found["single P rate"] / found["single tinode rate"],
        "login rate vs tinode": found["list P rate"] / found["login tinode rate"],
        "list rate vs tinode": found["list P rate"] / found["list tinode rate"],
        "login kib vs tinode": found["list P kib"] / found["login tinode kib"],
    }


def _named(name: str, figures: Figures) -> Figures:
    return {f"{name} {key}": value for key, value in figures.items()}


def _conversations(who: str, contender: Contender) -> Figures:
    with seated(contender, "alone") as client:
        alone = client.run(SECONDS, a=f"closed:{MANY_IN_FLIGHT}")
    with seated(contender, "fan") as client:
        single = client.run(SECONDS, 0.5, a="closed:1")
    return {
        f"alone {who} rate": rate(alone, "acked"),
        f"alone {who} us": per_message(alone),
        f"alone {who} ack p50": of(alone)["ack"][0],
        f"alone {who} ack p99": of(alone)["ack"][1],
        f"single {who} rate": rate(single, "delivered"),
        f"single {who} us": per_delivery(single),
        f"single {who} last p50": of(single)["last"][0],
        f"single {who} last p99": of(single)["last"][1],
        f"alone {who} amiss": amiss(alone),
        f"single {who} amiss": amiss(single),
    }


def burst(this: Round) -> Figures:
    """A message in each of 2,500 conversations at one instant; of T's only 250, which break it, and only once."""
    with ending(this.parley()) as parley, seated(parley, "burst") as client:
        ours = client.run(0, 0, a="burst:1")
    found = {"burst amiss": amiss(ours), "burst seconds": ours["seconds"]}
    if this.number:
        return found
    with ending(this.tutorial()) as tutorial, seated(tutorial, "burst_tutorial") as client:
        return found | {"burst T amiss": amiss(client.run(0, 0, patience=T_BURST_PATIENCE, a="burst:1"))}


def page(parley: Parley) -> Figures:
    """The newest page of one conversation, asked for by a thousand sockets at once."""
    [room] = parley.rooms("fan")
    with Client(parley.kind, [parley.process.pid]) as client:
        client.add_sockets(parley.signed_in("fan", READERS))
        client.open()
        client.ask(f'{{"type":"history.get","ref":"warm","conversation_id":"{room.name}","limit":50}}')
        before = parley.reads()
        answer = client.ask(f'{{"type":"history.get","ref":"page","conversation_id":"{room.name}","limit":50}}')
        if answer["answered"] != READERS:
            raise RuntimeError(f"only {answer['answered']} readers were answered")
        return {"page reads": parley.reads() - before, "page seconds": answer["seconds"]}


def pages(this: Round) -> Figures:
    with ending(this.parley()) as parley:
        return page(parley)


def growth(this: Round) -> Figures:
    """What a message costs in a conversation of 10 connected members, when something else grows; the sizes between the
    smallest and the largest, which no ratio is made of, once."""
    found: Figures = {}
    with ending(this.parley()) as parley:
        for what in ("away", "history", "elsewhere"):
            for size in SIZES if this.number == 0 else (SIZES[0], SIZES[-1]):
                with seated(parley, f"{what} {size}") as client:
                    found[f"{what} {size}"] = per_message(client.run(1, a="closed:16"))
            found[f"{what} growth"] = found[f"{what} {SIZES[-1]}"] / found[f"{what} {SIZES[0]}"]
    return found


# These count what is lost or read, which no slow minute changes.
COUNTS = ("burst", "page", "cluster page")
ROWS = {
    "fan": fan_out,
    "large": large,
    "small": small,
    "beside": beside,
    "accept": accepts,
    "tinode": tinode,
    "burst": burst,
    "page": pages,
    "growth": growth,
    "caused": caused,
}
