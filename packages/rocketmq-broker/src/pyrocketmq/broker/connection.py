"""A client's hold on its connection: opening, closing, letting go. The same for brokers and NameServers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from pyrocketmq.broker.config import DEFAULT_TIMEOUT, ClientConfig
from pyrocketmq.broker.context import ClientContext
from pyrocketmq.broker.errors import unreachable
from pyrocketmq.broker.metrics import ClientMetrics
from pyrocketmq.broker.release import release_name
from pyrocketmq.broker.run import AsyncRunner, BlockingRunner
from pyrocketmq.remote import AsyncRemote, Remote, RemoteClosedError, RemoteError, RemoteMetrics, may_use_vip_channel

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType
    from typing import Any, Self

    from pyrocketmq.broker.manager_base import Lease
    from pyrocketmq.broker.plan import Ask, Exchange, Follow, Oneway
    from pyrocketmq.remote import AsyncConnectionPool, ConnectionPool

RemoteT = TypeVar("RemoteT", bound=Remote | AsyncRemote)


class Connected(Generic[RemoteT]):
    """State of a client beside its operations: its connections and its settings.

    A client that a manager lends shares its connections with others, so it lets go of them instead of closing them.
    """

    _has_vip_channel = False
    # Whether the server is one that has such a channel: a broker, not a NameServer.

    def __init__(self, remote: RemoteT, timeout: float = DEFAULT_TIMEOUT, config: ClientConfig | None = None) -> None:
        config = config or ClientConfig.from_environment(timeout=timeout)
        self._remote = remote
        self._wants_vip = config.vip_channel and self._has_vip_channel
        self._vip = self._new_vip()
        self._owns_remote = True
        self._is_detached = False
        limit = config.timeout if timeout is DEFAULT_TIMEOUT else timeout
        self._context = ClientContext(str(remote.address), limit, config)

    @property
    def broker_addr(self) -> str:
        """Address of the server, `host:port`."""
        return self._context.broker_addr

    @property
    def timeout(self) -> float:
        """Default deadline of a call in seconds."""
        return self._context.timeout

    @property
    def is_connected(self) -> bool:
        """Whether the connection is open at this moment."""
        return not self._is_detached and self._remote.is_connected

    @property
    def server_version(self) -> str | None:
        """Release of the server, such as `"5.4.0"`, as its last answer told; `None` before the first."""
        version = self._context.server_version
        return None if version is None else release_name(version)

    @property
    def metrics(self) -> ClientMetrics:
        """What the client has done until now."""
        remotes = (self._remote,) if self._vip is None else (self._remote, self._vip)
        calls = RemoteMetrics.total(remote.metrics for remote in remotes)
        return ClientMetrics(retries=self._context.retries, calls=calls)

    def _go_on_with(self, remote: RemoteT, vip: RemoteT | None) -> None:
        """Use other connections, which belong to the owner of those before.

        Args:
            remote: The connection to the server's address now.
            vip: That to its VIP channel, if that is to be used.
        """
        self._remote, self._vip = remote, vip
        self._context.broker_addr = str(remote.address)

    def _remote_for(self, effect: Exchange | Oneway | Ask[Any]) -> RemoteT:
        if self._is_detached:
            raise RemoteClosedError("the client is disconnected", address=self._remote.address)
        return self._vip if self._vip is not None and may_use_vip_channel(effect.request) else self._remote

    def _new_vip(self) -> RemoteT | None:
        """Return what connects to the VIP channel on its first call; `None` where the channel is not to be used."""
        remote = self._remote
        return type(remote)(remote.address.vip, remote.config) if self._wants_vip else None

    def _attach(self) -> None:
        """Let calls through again, now that the connection is open."""
        if self._is_detached and self._owns_remote:
            self._vip = self._new_vip()
        self._is_detached = False


class BlockingConnected(Connected[Remote], BlockingRunner):
    """Opens and closes the connection of a sync client."""

    _renew: Callable[[Follow], Lease[Remote, ConnectionPool] | None] | None = None
    # Where the owner of a lent connection can tell where the server is now.

    def _follow(self, effect: Follow) -> None:
        lease = None if self._renew is None or self._is_detached else self._renew(effect)
        if lease is not None and lease.remote is not self._remote:
            self._go_on_with(lease.remote, lease.vip)

    def connect(self) -> None:
        """Open the connection; does nothing where it is open.

        Raises:
            BrokerConnectionError: it cannot be opened within `connect_timeout`.

        Example:
            ```python
            client.connect()  # or `with client:`
            ```
        """
        try:
            self._remote.connect()
        except RemoteError as error:
            raise unreachable(error) from error
        self._attach()

    def disconnect(self) -> None:
        """Close the connection; does nothing where it is closed.

        Example:
            ```python
            client.disconnect()
            ```
        """
        self._is_detached = True
        if self._owns_remote:
            try:
                self._remote.close()
            finally:
                if self._vip is not None:
                    self._vip.close()

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.disconnect()


class AsyncConnected(Connected[AsyncRemote], AsyncRunner):
    """Opens and closes the connection of an asyncio client."""

    _renew: Callable[[Follow], Awaitable[Lease[AsyncRemote, AsyncConnectionPool] | None]] | None = None
    # Where the owner of a lent connection can tell where the server is now.

    async def _follow(self, effect: Follow) -> None:
        lease = None if self._renew is None or self._is_detached else await self._renew(effect)
        if lease is not None and lease.remote is not self._remote:
            self._go_on_with(lease.remote, lease.vip)

    async def connect(self) -> None:
        """Open the connection; does nothing where it is open.

        Raises:
            BrokerConnectionError: it cannot be opened within `connect_timeout`.

        Example:
            ```python
            await client.connect()  # or `async with client:`
            ```
        """
        try:
            await self._remote.connect()
        except RemoteError as error:
            raise unreachable(error) from error
        self._attach()

    async def disconnect(self) -> None:
        """Close the connection; does nothing where it is closed.

        Example:
            ```python
            await client.disconnect()
            ```
        """
        self._is_detached = True
        if self._owns_remote:
            try:
                await self._remote.close()
            finally:
                if self._vip is not None:
                    await self._vip.close()

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.disconnect()
