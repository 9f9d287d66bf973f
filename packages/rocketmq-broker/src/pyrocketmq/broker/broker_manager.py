"""`BrokerManager`: connections to the brokers of a cluster, by name, for threads."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyrocketmq.broker.client import BrokerClient
from pyrocketmq.broker.config import DEFAULT_TIMEOUT, ClientConfig
from pyrocketmq.broker.errors import BrokerConnectionError, unreachable
from pyrocketmq.broker.manager_base import ManagerBase, addresses_of
from pyrocketmq.broker.plan import Exchange
from pyrocketmq.broker.routes import MASTER_ID
from pyrocketmq.broker.run import BlockingRunner
from pyrocketmq.remote import ConnectionPool, Remote, RemoteError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from types import TracebackType
    from typing import Any, Self

    from pyrocketmq.broker.plan import Oneway
    from pyrocketmq.remote import Address


class BrokerManager(ManagerBase[Remote, ConnectionPool], BlockingRunner):
    """Finds brokers by name and keeps a pool of connections to each; any number of threads may use it at once.

    Args:
        host: Host of a NameServer, or of a broker.
        port: Its port.
        timeout: Default deadline of a call in seconds.
        settings: Further settings, see `ClientConfig`.

    Example:
        ```python
        with create_broker_manager("localhost:9876") as manager, manager.connection("broker-a") as client:
            client.sync_send_message("shop", b"order 17", MessageQueue("orders", "broker-a", 0))
        ```
    """

    def _open(self, addresses: Sequence[Address], config: ClientConfig) -> None:
        super()._open(addresses, config)
        self._looking_up = threading.Lock()  # threads that find the routes stale wait for the one that asks

    def _new_server(self, address: Address) -> Remote:
        return Remote(address, self._config)

    def _new_pool(self, address: Address) -> ConnectionPool:
        return ConnectionPool(address, self._config)

    @contextmanager
    def connection(
        self, broker_name: str, *, broker_id: int = MASTER_ID, timeout: float | None = None
    ) -> Generator[BrokerClient]:
        """Lend a client of a broker.

        While there are free connections each holder has one alone; then they are shared, which the requests of
        several threads may well do. A client that joins groups leaves them at the end of the block; one that should
        stay in them is better made with a connection of its own.

        Args:
            broker_name: Name of the broker group.
            broker_id: 0 for the master, the id of a replica for that replica.
            timeout: Seconds for finding the broker and getting a connection; by default the manager's.

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
        pool, remote, vip = self._acquire(broker_name, broker_id, self.timeout if timeout is None else timeout)
        client = BrokerClient._lent(remote, self._config, broker_name, vip)
        try:
            yield client
        except BrokerConnectionError:
            self._routes.invalidate()
            raise
        finally:
            try:
                client.disconnect()  # leaves the groups that it has joined
            finally:
                pool.release(remote)

    def broker_names(self, timeout: float | None = None) -> list[str]:
        """Ask for the names of all brokers that `connection` can lend a client of, in order.

        Args:
            timeout: Seconds for the whole call; by default the manager's.

        Raises:
            BrokerConnectionError: the NameServer or the broker cannot be reached, or the manager is closed.

        Example:
            ```python
            for name in manager.broker_names():
                with manager.connection(name) as client:
                    print(name, client.get_broker_runtime_info()["brokerVersionDesc"])
            ```
        """
        limit = self.timeout if timeout is None else timeout
        with self._looking_up:
            return self._run(self._routes.names(self._context, limit), "broker_names")

    def close(self) -> None:
        """Close all connections; does nothing where they are closed.

        Example:
            ```python
            manager.close()
            ```
        """
        for resource in self._take_all():
            resource.close()

    def _acquire(
        self, broker_name: str, broker_id: int, timeout: float
    ) -> tuple[ConnectionPool, Remote, Remote | None]:
        deadline = time.monotonic() + timeout
        address = self._look_up(broker_name, broker_id, deadline)
        try:
            return self._acquire_from(address, deadline)
        except BrokerConnectionError:
            self._routes.invalidate()
            moved_to = self._look_up(broker_name, broker_id, deadline)
            if moved_to == address:
                raise
        return self._acquire_from(moved_to, deadline)

    def _look_up(self, broker_name: str, broker_id: int, deadline: float) -> Address:
        with self._looking_up:
            remaining = deadline - time.monotonic()
            return self._run(self._routes.look_up(self._context, broker_name, broker_id, remaining), "connection")

    def _acquire_from(self, address: Address, deadline: float) -> tuple[ConnectionPool, Remote, Remote | None]:
        try:
            pool, vip = self._pool_at(address), self._vip_at(address)
            return pool, pool.acquire(max(deadline - time.monotonic(), 0.0)), vip
        except RemoteError as error:
            raise unreachable(error) from error

    def _remote_for(self, effect: Exchange | Oneway) -> Remote:
        assert isinstance(effect, Exchange)
        assert effect.address is not None
        return self._server_at(effect.address)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def create_broker_manager(
    namesrv_addr: str,
    port: int | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    **kwargs: Any,  # the settings of `ClientConfig`, each with its own type; checked there
) -> BrokerManager:
    """Make a manager; it connects when a connection is asked for.

    Args:
        namesrv_addr: `"host:port"` of a NameServer, several separated by `;`, or of a broker; or a host alone.
        port: The port, where the first argument is a host alone.
        timeout: Default deadline of a call in seconds.
        kwargs: Settings, see `ClientConfig`. What is not given comes from `ROCKETMQ_BROKER_*` variables, then from
            the defaults.

    Raises:
        ValueError: the address or a setting is not accepted; the message says what is.
        TypeError: there is no such setting.

    Example:
        ```python
        manager = create_broker_manager("localhost:9876", max_connections=50, timeout=3.0)
        ```
    """
    config = ClientConfig.from_environment(timeout=timeout, **kwargs)
    return BrokerManager.at(addresses_of(namesrv_addr, port), config)
