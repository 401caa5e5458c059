"""This process's session with Cassandra: connected in the background, again and again until it works, and shared.

While there is none every request is UnavailableError. Requests wait 1.5 s at most; one that is safe to repeat is tried
once more, at another node.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from cassandra import ConsistencyLevel, DriverException
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable, Session
from cassandra.connection import ConnectionBusy, ConnectionException
from cassandra.policies import ExponentialReconnectionPolicy, FallthroughRetryPolicy
from cassandra.query import PreparedStatement, Statement, tuple_factory

from accounts.errors import UnavailableError
from messaging.history.cassandra.address import Address
from messaging.history.cassandra.bridge import Answer, Bridge
from messaging.history.cassandra.packing import Packer
from messaging.history.cassandra.policies import LeavesOutPolicy
from messaging.history.cassandra.statements import OF_WHOLE_ROWS, prepare

REQUEST_SECONDS = 1.5
CONNECT_SECONDS = 2.0
# A connection that has gone dumb is found out within three of these: heard in the first, asked in the second, given up
# after the third. A node that is back is found within one of those: till then what people miss cannot be read.
HEARTBEAT_SECONDS = 2.0
RECONNECT_SECONDS = 2.0
IN_FLIGHT_MOST = 128

# What the driver raises when there is no answer. A connection that broke under a request is no DriverException to it.
FAILURES = (DriverException, NoHostAvailable, ConnectionException, ConnectionBusy)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Connected:
    session: Session
    policy: LeavesOutPolicy
    statements: dict[str, PreparedStatement]
    packers: dict[str, Packer]


class Connection:
    def __init__(self, address: Address) -> None:
        self._address = address
        # The driver logs every failed try with its traceback; we say in one line what it comes to.
        logging.getLogger("cassandra").setLevel(logging.CRITICAL)
        self._lock = threading.Lock()
        self._connected: Future[Connected] | None = None
        self._ending = threading.Event()
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[Bridge, asyncio.Semaphore]] = (
            WeakKeyDictionary()
        )

    @property
    def is_connected(self) -> bool:
        return bool(self._connected and self._connected.done())

    def begin(self) -> Future[Connected]:
        """Connect in the background, unless that goes on already."""
        with self._lock:
            if self._connected is None:
                self._connected, self._ending = Future(), threading.Event()
                arguments = self._connected, self._ending
                threading.Thread(target=self._connect, args=arguments, name="cassandra-connect", daemon=True).start()
            return self._connected

    def close(self) -> None:
        with self._lock:
            connected, self._connected = self._connected, None
            self._ending.set()
        if connected and connected.done():
            connected.result().session.cluster.shutdown()

    async def connected(self) -> Connected:
        begun = self.begin()
        if begun.done():  # asked for twice a statement
            return begun.result()
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(begun)), REQUEST_SECONDS)
        except TimeoutError:
            raise UnavailableError from None

    async def run(self, name: str, *values: Any, once: bool = False, of_all_nodes: bool = False) -> Answer:
        """What the statement of this name answers, at local quorum; `of_all_nodes`: at all of them, which mends them.

        Part of a row that is written whole counts as no answer. A read mends at other nodes only the columns it asked
        for: if the nodes that had all of a row lose it at once, a quorum of the rest may know such a part.
        """
        connected = await self.connected()
        statement = connected.statements[name].bind(values)
        if of_all_nodes:
            statement.consistency_level = ConsistencyLevel.ALL
        rows = await self.send(statement, once=once)
        if name not in OF_WHOLE_ROWS or not any(None in row[: OF_WHOLE_ROWS[name]] for row in rows):
            return rows
        if of_all_nodes:
            raise UnavailableError
        logger.warning("Cassandra: a quorum knows only a part of a row (%s), asking every node", name)
        return await self.run(name, *values, of_all_nodes=True)

    async def send(self, statement: Statement, *, once: bool = False) -> Answer:
        connected = await self.connected()
        bridge, slots = self._of_loop()
        async with slots:
            if not once:
                with contextlib.suppress(UnavailableError):
                    return await self._try(connected, bridge, statement)
            return await self._try(connected, bridge, statement)

    async def _try(self, connected: Connected, bridge: Bridge, statement: Statement) -> Answer:
        try:
            return await bridge.result(connected.session.execute_async(statement))
        except FAILURES as error:
            if host := getattr(error, "last_host", None):
                connected.policy.leave_out(host)
            logger.info("Cassandra: %s", _in_short(error))
            raise UnavailableError from error

    def _of_loop(self) -> tuple[Bridge, asyncio.Semaphore]:
        loop = asyncio.get_running_loop()
        if loop not in self._loops:
            self._loops[loop] = Bridge(), asyncio.Semaphore(IN_FLIGHT_MOST)
        return self._loops[loop]

    def _connect(self, connected: Future[Connected], ending: threading.Event) -> None:
        """On a thread of its own. One line when it begins to fail, one when it works again."""
        wait, has_failed = 0.25, False
        while not ending.is_set():
            try:
                live = self._try_to_connect()
            except (*FAILURES, OSError) as error:
                if not has_failed:
                    logger.error("no history: Cassandra at %s: %s", ", ".join(self._address.hosts), _in_short(error))
                has_failed = True
                ending.wait(wait)
                wait = min(wait * 2, RECONNECT_SECONDS)
                continue
            if has_failed:
                logger.warning("the history is back: connected to Cassandra")
            connected.set_result(live)
            return

    def _try_to_connect(self) -> Connected:
        policy = LeavesOutPolicy(self._address.dc)
        cluster = self._cluster(policy)
        try:
            session = cluster.connect(self._address.keyspace)
            statements = prepare(session)
            packers = {
                name: Packer(statement) for name, statement in statements.items() if statement.routing_key_indexes
            }
            return Connected(session, policy, statements, packers)
        except BaseException:
            cluster.shutdown()
            raise

    def _cluster(self, policy: LeavesOutPolicy) -> Cluster:
        address = self._address
        return Cluster(
            contact_points=list(address.hosts),
            port=address.port,
            auth_provider=PlainTextAuthProvider(address.user, address.password) if address.user else None,
            protocol_version=5,
            execution_profiles={
                EXEC_PROFILE_DEFAULT: ExecutionProfile(
                    load_balancing_policy=policy,
                    retry_policy=FallthroughRetryPolicy(),
                    consistency_level=ConsistencyLevel.LOCAL_QUORUM,
                    serial_consistency_level=ConsistencyLevel.LOCAL_SERIAL,
                    request_timeout=REQUEST_SECONDS,
                    row_factory=tuple_factory,
                )
            },
            connect_timeout=CONNECT_SECONDS,
            control_connection_timeout=CONNECT_SECONDS,
            idle_heartbeat_interval=HEARTBEAT_SECONDS,
            idle_heartbeat_timeout=HEARTBEAT_SECONDS,
            reconnection_policy=ExponentialReconnectionPolicy(0.5, RECONNECT_SECONDS),
        )


def _in_short(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
