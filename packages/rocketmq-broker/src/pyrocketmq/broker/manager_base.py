"""What the sync and the asyncio manager have in common."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

from pyrocketmq.broker.config import DEFAULT_TIMEOUT, ClientConfig
from pyrocketmq.broker.context import ClientContext
from pyrocketmq.broker.routes import Routes, parse_addresses
from pyrocketmq.remote import Address, AsyncConnectionPool, AsyncRemote, ConnectionPool, Remote, RemoteClosedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Self

    from pyrocketmq.remote import PoolMetrics

RemoteT = TypeVar("RemoteT", bound=Remote | AsyncRemote)
PoolT = TypeVar("PoolT", bound=ConnectionPool | AsyncConnectionPool)


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
        self._lock = threading.Lock()
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
