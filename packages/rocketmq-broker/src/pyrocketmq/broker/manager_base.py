"""What the sync and the asyncio manager have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from pyrocketmq.broker.config import DEFAULT_TIMEOUT, ClientConfig
from pyrocketmq.broker.context import ClientContext
from pyrocketmq.broker.routes import MASTER_ID, Routes, parse_addresses
from pyrocketmq.remote import Address, AsyncConnectionPool, AsyncRemote, ConnectionPool, Remote, RemoteClosedError, fork

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from contextlib import AbstractAsyncContextManager, AbstractContextManager
    from typing import Any, Self

    from pyrocketmq.remote import PoolMetrics

RemoteT = TypeVar("RemoteT", bound=Remote | AsyncRemote)
PoolT = TypeVar("PoolT", bound=ConnectionPool | AsyncConnectionPool)
LockT = TypeVar("LockT")


class Lease(NamedTuple, Generic[RemoteT, PoolT]):
    """A connection of a pool that somebody holds.

    Attributes:
        address: Address of the broker at its other end.
        pool: Where it belongs.
        remote: The connection.
        vip: That to the broker's VIP channel, if it is to be used; it belongs to the manager.
    """

    address: Address
    pool: PoolT
    remote: RemoteT
    vip: RemoteT | None


class Loan(Generic[RemoteT, PoolT, LockT]):
    """What the holder of a lent client has at the moment.

    Attributes:
        broker_name: Name of the broker group that it was lent for.
        broker_id: Id of the broker in it.
        lease: The connection.
        renewed_at: When it was got in place of another, by the monotonic clock.
        renewing: Held while another one is got.
        is_over: Whether the connection has been given back.
    """

    __slots__ = ("broker_id", "broker_name", "is_over", "lease", "renewed_at", "renewing")

    def __init__(self, broker_name: str, broker_id: int, lease: Lease[RemoteT, PoolT], renewing: LockT) -> None:
        self.broker_name = broker_name
        self.broker_id = broker_id
        self.lease = lease
        self.renewed_at = 0.0
        self.renewing = renewing
        self.is_over = False


class ManagerBase(Generic[RemoteT, PoolT]):
    """State of a manager: its settings, its routes, and every connection that it owns.

    Args:
        host: Host of a NameServer, or of a broker.
        port: Its port.
        timeout: Default deadline of a call in seconds.
        settings: Further settings, see `ClientConfig`.
    """

    def __init__(
        self,
        host: str,
        port: int,
        timeout: float = DEFAULT_TIMEOUT,
        **settings: Any,  # those of `ClientConfig`, each with its own type; checked there
    ) -> None:
        self._open([Address(host, port)], ClientConfig.from_environment(timeout=timeout, **settings))

    @classmethod
    def at(cls, addresses: Sequence[Address], config: ClientConfig) -> Self:
        """Make a manager of one or several NameServers, or of a broker.

        Args:
            addresses: NameServers, tried in turn, or one broker.
            config: The settings.

        Returns:
            The manager; it connects when a connection is asked for.

        Example:
            ```python
            manager = BrokerManager.at([Address("localhost", 9876)], ClientConfig(timeout=3.0))
            ```
        """
        manager = cls.__new__(cls)
        manager._open(addresses, config)
        return manager

    def _open(self, addresses: Sequence[Address], config: ClientConfig) -> None:
        self._config = config
        self._routes = Routes(addresses)
        self._context = ClientContext(";".join(map(str, addresses)), config.timeout, config)
        self._lock = fork.Lock()
        self._servers: dict[Address, RemoteT] = {}
        self._pools: dict[Address, PoolT] = {}
        self._is_closed = False

    @property
    def timeout(self) -> float:
        """Default deadline of a call in seconds."""
        return self._context.timeout

    @property
    def metrics(self) -> dict[Address, PoolMetrics]:
        """State of the pools, and what they have done until now, by the broker's address."""
        with self._lock:
            pools = dict(self._pools)
        return {address: pool.metrics for address, pool in pools.items()}

    def connection(
        self, broker_name: str, *, broker_id: int = MASTER_ID, timeout: float | None = None
    ) -> AbstractContextManager[object] | AbstractAsyncContextManager[object]:
        """Lend a client of a broker.

        When the connection fails, the client looks up the broker's address again before the next attempt or call, so
        it follows a broker that comes back elsewhere, or a master that another one takes over from.

        While there are free connections each holder has one alone; then they are shared, which the requests of
        several threads or tasks may well do. A client that joins groups leaves them at the end of the block; one that
        should stay in them is better made with a connection of its own. So is one that joins a group, as `request`
        does, in which others are at the same time: of one group a broker knows one client on each connection.

        Args:
            broker_name: Name of the broker group.
            broker_id: 0 for the master, the id of a replica for that replica.
            timeout: Seconds for finding the broker and getting a connection; by default the manager's.

        Returns:
            A context manager that gives the client; an asynchronous one of an asyncio manager.

        Raises:
            BrokerError: there is no such broker; the message names those that there are.
            BrokerConnectionError: the NameServer or the broker cannot be reached, the broker was there before and has
                left, or the manager is closed.

        Example:
            ```python
            with manager.connection("broker-a") as client:
                client.sync_send_message("shop", b"order 17", MessageQueue("orders", "broker-a", 0))
            ```
        """
        raise NotImplementedError  # abstract

    def broker_names(self, timeout: float | None = None) -> list[str] | Awaitable[list[str]]:
        """Ask for the names of all brokers that `connection` can lend a client of, in order.

        Args:
            timeout: Seconds for the whole call; by default the manager's.

        Returns:
            The names in order; none where the only broker keeps its name to itself.

        Raises:
            BrokerConnectionError: the NameServer or the broker cannot be reached, or the manager is closed.

        Example:
            ```python
            for name in manager.broker_names():
                print(name)
            ```
        """
        raise NotImplementedError  # abstract

    def close(self) -> Awaitable[None] | None:
        """Close all connections; does nothing where they are closed.

        Example:
            ```python
            manager.close()
            ```
        """
        raise NotImplementedError  # abstract

    def _new_server(self, address: Address) -> RemoteT:
        raise NotImplementedError  # abstract

    def _new_pool(self, address: Address) -> PoolT:
        raise NotImplementedError  # abstract

    def _server_at(self, address: Address) -> RemoteT:
        """Return the connection to an address that is no pool's: for routes, and for VIP channels."""
        with self._lock:
            self._check_open()
            if address not in self._servers:
                self._servers[address] = self._new_server(address)
            return self._servers[address]

    def _pool_at(self, address: Address) -> PoolT:
        """Return the pool of connections to a broker's address."""
        with self._lock:
            self._check_open()
            if address not in self._pools:
                self._pools[address] = self._new_pool(address)
            return self._pools[address]

    def _vip_at(self, address: Address) -> RemoteT | None:
        """Return the one connection to a broker's VIP channel; `None` where that is not to be used."""
        return self._server_at(address.vip) if self._config.vip_channel else None

    def _check_open(self) -> None:
        if self._is_closed:
            raise RemoteClosedError("the manager is closed")

    def _take_all(self) -> list[RemoteT | PoolT]:
        """Give up every connection, for closing; afterwards the manager makes no new ones."""
        with self._lock:
            self._is_closed = True
            resources: list[RemoteT | PoolT] = []
            resources.extend(self._servers.values())
            resources.extend(self._pools.values())
            self._servers.clear()
            self._pools.clear()
        return resources


def addresses_of(namesrv_addr: str, port: int | None) -> list[Address]:
    """Read what a factory is given: `"host:port"`, several separated by `;`, or a host and a port.

    Raises:
        ValueError: it is no address.
    """
    return parse_addresses(namesrv_addr) if port is None else [Address.parse(f"{namesrv_addr}:{port}")]
