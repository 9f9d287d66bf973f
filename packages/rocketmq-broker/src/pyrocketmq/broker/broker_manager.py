"""`BrokerManager`: connections to the brokers of a cluster, by name, for threads."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from pyrocketmq.broker.client import BrokerClient
from pyrocketmq.broker.config import DEFAULT_TIMEOUT, ClientConfig
from pyrocketmq.broker.errors import BrokerConnectionError, BrokerError, unreachable
from pyrocketmq.broker.manager_base import Lease, Loan, ManagerBase, addresses_of
from pyrocketmq.broker.plan import Oneway
from pyrocketmq.broker.routes import MASTER_ID
from pyrocketmq.broker.run import BlockingRunner
from pyrocketmq.logging import get_logger
from pyrocketmq.remote import ConnectionPool, Remote, RemoteError, fork

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from types import TracebackType
    from typing import Any, Self

    from pyrocketmq.broker.plan import Ask, Exchange, Follow
    from pyrocketmq.remote import Address

_log = get_logger("pyrocketmq.broker")

_Loan: TypeAlias = "Loan[Remote, ConnectionPool, fork.Lock]"


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
        self._looking_up = fork.Lock()  # threads that find the routes stale wait for the one that asks

    def _new_server(self, address: Address) -> Remote:
        return Remote(address, self._config)

    def _new_pool(self, address: Address) -> ConnectionPool:
        return ConnectionPool(address, self._config)

    @contextmanager
    def connection(  # noqa: D102  # as the base says
        self, broker_name: str, *, broker_id: int = MASTER_ID, timeout: float | None = None
    ) -> Generator[BrokerClient]:
        lease = self._acquire(broker_name, broker_id, self.timeout if timeout is None else timeout)
        loan = Loan(broker_name, broker_id, lease, fork.Lock())
        client = BrokerClient._lent(lease.remote, self._config, broker_name, lease.vip, partial(self._renew, loan))
        try:
            yield client
        except BrokerConnectionError:
            self._routes.invalidate()
            raise
        finally:
            try:
                client.disconnect()  # leaves the groups that it has joined
            finally:
                with loan.renewing:  # a thread that does not know of the end may be getting another one
                    loan.is_over = True
                    loan.lease.pool.release(loan.lease.remote)

    def broker_names(self, timeout: float | None = None) -> list[str]:  # noqa: D102  # as the base says
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        with self._asking(deadline, "broker_names"):
            return self._run(self._routes.names(self._context, deadline - time.monotonic()), "broker_names")

    def close(self) -> None:  # noqa: D102  # as the base says
        with ExitStack() as stack:  # which closes all of them, even where one fails
            for resource in self._take_all():
                stack.callback(resource.close)

    def _acquire(self, broker_name: str, broker_id: int, timeout: float) -> Lease[Remote, ConnectionPool]:
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

    def _renew(self, loan: _Loan, effect: Follow) -> Lease[Remote, ConnectionPool] | None:
        """Return what a client goes on with whose connection has failed; `None` for what it has."""
        deadline = time.monotonic() + effect.timeout
        if not loan.renewing.acquire(max(0.0, effect.timeout)):
            return None
        try:
            if loan.is_over:
                return None
            if loan.renewed_at < effect.lost_at:  # else another thread that uses the client has been here
                self._routes.expire(effect.lost_at)
                try:
                    address = self._look_up(loan.broker_name, loan.broker_id, deadline)
                    if address == loan.lease.address:
                        return None
                    lease = self._acquire_from(address, deadline)
                except BrokerError as error:
                    _log.info("cannot look where broker %s is: %s", loan.broker_name, error)
                    return None
                loan.lease.pool.release(loan.lease.remote)
                loan.lease, loan.renewed_at = lease, time.monotonic()
            return loan.lease
        finally:
            loan.renewing.release()

    @contextmanager
    def _asking(self, deadline: float, operation: str) -> Generator[None]:
        """Be the one thread that asks where brokers are; those that wait find the routes fresh."""
        if not self._looking_up.acquire(max(0.0, deadline - time.monotonic())):
            raise self._routes.not_asked(operation)
        try:
            yield
        finally:
            self._looking_up.release()

    def _look_up(self, broker_name: str, broker_id: int, deadline: float) -> Address:
        with self._asking(deadline, "connection"):
            remaining = deadline - time.monotonic()
            return self._run(self._routes.look_up(self._context, broker_name, broker_id, remaining), "connection")

    def _acquire_from(self, address: Address, deadline: float) -> Lease[Remote, ConnectionPool]:
        try:
            pool, vip = self._pool_at(address), self._vip_at(address)
            return Lease(address, pool, pool.acquire(max(deadline - time.monotonic(), 0.0)), vip)
        except RemoteError as error:
            raise unreachable(error) from error

    def _remote_for(self, effect: Exchange | Oneway | Ask[Any]) -> Remote:
        assert not isinstance(effect, Oneway)
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
