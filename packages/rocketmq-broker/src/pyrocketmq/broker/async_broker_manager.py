"""`AsyncBrokerManager`: connections to the brokers of a cluster, by name, for asyncio."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from pyrocketmq.broker.async_client import AsyncBrokerClient
from pyrocketmq.broker.config import DEFAULT_TIMEOUT, ClientConfig
from pyrocketmq.broker.errors import BrokerConnectionError, BrokerError, unreachable
from pyrocketmq.broker.manager_base import Lease, Loan, ManagerBase, addresses_of
from pyrocketmq.broker.plan import Oneway
from pyrocketmq.broker.routes import MASTER_ID
from pyrocketmq.broker.run import AsyncRunner
from pyrocketmq.logging import get_logger
from pyrocketmq.remote import AsyncConnectionPool, AsyncRemote, RemoteError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from types import TracebackType
    from typing import Any, Self

    from pyrocketmq.broker.plan import Ask, Exchange, Follow
    from pyrocketmq.remote import Address

_log = get_logger("pyrocketmq.broker")

_Loan: TypeAlias = "Loan[AsyncRemote, AsyncConnectionPool, asyncio.Lock]"


class AsyncBrokerManager(ManagerBase[AsyncRemote, AsyncConnectionPool], AsyncRunner):
    """Finds brokers by name and keeps a pool of connections to each, for the tasks of one event loop.

    Args:
        host: Host of a NameServer, or of a broker.
        port: Its port.
        timeout: Default deadline of a call in seconds.
        settings: Further settings, see `ClientConfig`.

    Example:
        ```python
        async with await create_async_broker_manager("localhost:9876") as manager:
            async with manager.connection("broker-a") as client:
                await client.sync_send_message("shop", b"order 17", MessageQueue("orders", "broker-a", 0))
        ```
    """

    def _open(self, addresses: Sequence[Address], config: ClientConfig) -> None:
        super()._open(addresses, config)
        self._looking_up = asyncio.Lock()  # tasks that find the routes stale wait for the one that asks

    def _new_server(self, address: Address) -> AsyncRemote:
        return AsyncRemote(address, self._config)

    def _new_pool(self, address: Address) -> AsyncConnectionPool:
        return AsyncConnectionPool(address, self._config)

    @asynccontextmanager
    async def connection(  # noqa: D102  # as the base says
        self, broker_name: str, *, broker_id: int = MASTER_ID, timeout: float | None = None
    ) -> AsyncGenerator[AsyncBrokerClient]:
        lease = await self._acquire(broker_name, broker_id, self.timeout if timeout is None else timeout)
        loan = Loan(broker_name, broker_id, lease, asyncio.Lock())
        client = AsyncBrokerClient._lent(lease.remote, self._config, broker_name, lease.vip, partial(self._renew, loan))
        try:
            yield client
        except BrokerConnectionError:
            self._routes.invalidate()
            raise
        finally:
            try:
                await client.disconnect()  # leaves the groups that it has joined
            finally:
                loan.is_over = True
                loan.lease.pool.release(loan.lease.remote)

    async def broker_names(self, timeout: float | None = None) -> list[str]:  # noqa: D102  # as the base says
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        async with self._asking(deadline, "broker_names"):
            return await self._run(self._routes.names(self._context, deadline - time.monotonic()), "broker_names")

    async def close(self) -> None:  # noqa: D102  # as the base says
        async with AsyncExitStack() as stack:  # which closes all of them, even where one fails or this is cancelled
            for resource in self._take_all():
                stack.push_async_callback(resource.close)

    async def _acquire(
        self, broker_name: str, broker_id: int, timeout: float
    ) -> Lease[AsyncRemote, AsyncConnectionPool]:
        deadline = time.monotonic() + timeout
        address = await self._look_up(broker_name, broker_id, deadline)
        try:
            return await self._acquire_from(address, deadline)
        except BrokerConnectionError:
            self._routes.invalidate()
            moved_to = await self._look_up(broker_name, broker_id, deadline)
            if moved_to == address:
                raise
        return await self._acquire_from(moved_to, deadline)

    async def _renew(self, loan: _Loan, effect: Follow) -> Lease[AsyncRemote, AsyncConnectionPool] | None:
        """Return what a client goes on with whose connection has failed; `None` for what it has."""
        deadline = time.monotonic() + effect.timeout
        if not await _acquired(loan.renewing, deadline):
            return None
        try:
            if loan.renewed_at < effect.lost_at:  # else another task that uses the client has been here
                self._routes.expire(effect.lost_at)
                try:
                    address = await self._look_up(loan.broker_name, loan.broker_id, deadline)
                    if address == loan.lease.address:
                        return None
                    lease = await self._acquire_from(address, deadline)
                except BrokerError as error:
                    _log.info("cannot look where broker %s is: %s", loan.broker_name, error)
                    return None
                if loan.is_over:  # meanwhile, with a task left that does not know
                    lease.pool.release(lease.remote)
                    return None
                loan.lease.pool.release(loan.lease.remote)
                loan.lease, loan.renewed_at = lease, time.monotonic()
            return loan.lease
        finally:
            loan.renewing.release()

    @asynccontextmanager
    async def _asking(self, deadline: float, operation: str) -> AsyncGenerator[None]:
        """Be the one task that asks where brokers are; those that wait find the routes fresh."""
        if not await _acquired(self._looking_up, deadline):
            raise self._routes.not_asked(operation)
        try:
            yield
        finally:
            self._looking_up.release()

    async def _look_up(self, broker_name: str, broker_id: int, deadline: float) -> Address:
        async with self._asking(deadline, "connection"):
            remaining = deadline - time.monotonic()
            return await self._run(self._routes.look_up(self._context, broker_name, broker_id, remaining), "connection")

    async def _acquire_from(self, address: Address, deadline: float) -> Lease[AsyncRemote, AsyncConnectionPool]:
        try:
            pool, vip = self._pool_at(address), self._vip_at(address)
            return Lease(address, pool, await pool.acquire(max(deadline - time.monotonic(), 0.0)), vip)
        except RemoteError as error:
            raise unreachable(error) from error

    def _remote_for(self, effect: Exchange | Oneway | Ask[Any]) -> AsyncRemote:
        assert not isinstance(effect, Oneway)
        assert effect.address is not None
        return self._server_at(effect.address)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def _acquired(lock: asyncio.Lock, deadline: float) -> bool:
    """Take a lock; return false where it is not to be had in time."""
    try:
        async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
            return await lock.acquire()
    except TimeoutError:
        return False


async def create_async_broker_manager(
    namesrv_addr: str,
    port: int | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    **kwargs: Any,  # the settings of `ClientConfig`, each with its own type; checked there
) -> AsyncBrokerManager:
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
        manager = await create_async_broker_manager("localhost:9876", max_connections=100)
        ```
    """
    config = ClientConfig.from_environment(timeout=timeout, **kwargs)
    return AsyncBrokerManager.at(addresses_of(namesrv_addr, port), config)
