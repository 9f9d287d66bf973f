"""`AsyncConnectionPool`: several connections to one server, for asyncio."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from time import monotonic
from typing import TYPE_CHECKING, TypeAlias

from pyrocketmq.remote import fork
from pyrocketmq.remote.address import Address
from pyrocketmq.remote.async_remote import AsyncRemote
from pyrocketmq.remote.config import RemoteConfig
from pyrocketmq.remote.errors import Loss, RemoteConnectionError, RemoteTimeoutError
from pyrocketmq.remote.metrics import Totals, telemetry_of
from pyrocketmq.remote.pool_policy import Decision, PoolPolicy
from pyrocketmq.remote.remote_base import CLOSED

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from types import TracebackType
    from typing import Self

    from pyrocketmq.remote.pool_policy import PoolMetrics

Turn: TypeAlias = asyncio.Future[AsyncRemote | Decision | Loss]
"""Where somebody who waits gets a connection, the order to open one, or the failure of the one who tried."""


class AsyncConnectionPool:
    """Up to `max_connections` connections to one server.

    A lease gives a connection alone while there are free ones, or new ones may be opened; after that a share in one:
    calls of several holders overlap on it. Neither is a reason to wait, so `acquire` waits only for a connection to
    be opened. A connection that was idle is checked before it is handed out, and replaced if it is broken. After a
    failure to open one the next attempt waits a little, longer each time.

    Args:
        address: `"host:port"`, or an `Address`.
        config: Settings; by default those of the environment.

    Example:
        ```python
        async with AsyncConnectionPool("localhost:10911") as pool, pool.connection() as remote:
            answer = await remote.invoke(GetMaxOffset(topic="orders", queue_id=0))
        ```
    """

    def __init__(self, address: str | Address, config: RemoteConfig | None = None) -> None:
        self._address = Address.parse(address)
        self._config = config if config is not None else RemoteConfig.from_environment()
        self._is_closed = False  # nobody gets a connection any more
        self._is_cleared = False  # nor keeps the one he has
        self._calls = Totals()
        self._set_up()
        telemetry = telemetry_of(self._config)
        if telemetry is not None:
            telemetry.watch_pool(self)
        fork.watch(self)

    def _set_up(self) -> None:
        self._policy: PoolPolicy[AsyncRemote, Turn] = PoolPolicy(
            self._config.max_connections, self._config.connection_idle_time
        )
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._freed: asyncio.Future[None] | None = None  # is done when all connections are back in a closing pool
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> Address:
        """The server."""
        return self._address

    @property
    def is_closed(self) -> bool:
        """Whether the pool lends no more connections."""
        return self._is_closed

    @property
    def metrics(self) -> PoolMetrics:
        """State of the pool, and what it has done until now."""
        return self._policy.metrics(self._calls.total())

    async def acquire(self, timeout: float | None = None) -> AsyncRemote:
        """Return a connection; give it back with `release`.

        Args:
            timeout: Deadline in seconds; by default `timeout` of the config.

        Raises:
            RemoteConnectionError: no connection can be opened, or the pool is closed.
            RemoteTimeoutError: none could be opened in time.
        """
        deadline = monotonic() + (self._config.timeout if timeout is None else timeout)
        while True:
            granted = await self._checkout(deadline)
            if not isinstance(granted, AsyncRemote):
                return await self._open(deadline)
            if self._policy.is_shared(granted) or granted.is_connected:
                return granted
            self._checkin(granted, is_usable=False)

    def release(self, remote: AsyncRemote) -> None:
        """Give a connection back.

        Raises:
            ValueError: it was given back already.
        """
        self._checkin(remote, is_usable=remote.is_connected)

    @asynccontextmanager
    async def connection(self, timeout: float | None = None) -> AsyncGenerator[AsyncRemote]:
        """Lend a connection for an `async with` block; see `acquire`."""
        remote = await self.acquire(timeout)
        try:
            yield remote
        finally:
            self.release(remote)

    async def close(self, drain: float = 0.0) -> None:
        """Close all connections, held ones included; calls in flight fail, and so does `acquire` from now on.

        Args:
            drain: Seconds to wait until all connections are given back, before those that are not are closed.
        """
        self._is_closed = True
        if drain > 0 and not self._policy.is_free:
            self._freed = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._freed], timeout=drain)
        self._is_cleared = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        remotes, waiting = self._policy.clear()
        for turn in waiting:
            _hand(turn, CLOSED)
        await asyncio.gather(*(remote.close() for remote in remotes), *self._closing)

    def after_fork(self) -> None:
        """Start over in a forked process: the connections are the parent's."""
        self._set_up()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _checkout(self, deadline: float) -> AsyncRemote | Decision:
        if self._is_closed:
            raise CLOSED.error(self._address)
        turn: Turn = asyncio.get_running_loop().create_future()
        granted = self._policy.checkout(turn, monotonic())
        if granted is not Decision.WAIT:
            return granted
        try:
            result = await self._wait(turn, deadline)
        except BaseException:
            self._leave(turn)
            raise
        if isinstance(result, Loss):
            raise result.error(self._address)
        return result

    async def _wait(self, turn: Turn, deadline: float) -> AsyncRemote | Decision | Loss:
        while True:
            _hand(self._policy.retry(monotonic()), Decision.OPEN)
            now = monotonic()
            retry_at = self._policy.retry_at
            until = deadline if retry_at is None else min(deadline, retry_at)
            done, _ = await asyncio.wait([turn], timeout=max(0.0, until - now))
            if done:
                return turn.result()
            if now >= deadline:
                raise RemoteTimeoutError("no connection in time", address=self._address)

    def _leave(self, turn: Turn) -> None:
        """Stop waiting; pass on what has been granted meanwhile."""
        granted = None if self._policy.cancel(turn) or not turn.done() else turn.result()
        if granted is Decision.OPEN:
            _hand(self._policy.open_cancelled(monotonic()), Decision.OPEN)
        if isinstance(granted, AsyncRemote):
            self.release(granted)

    async def _open(self, deadline: float) -> AsyncRemote:
        remote = AsyncRemote(self._address, self._config)
        self._calls.add(remote)
        remaining = deadline - monotonic()
        try:
            await remote.connect(min(remaining, self._config.connect_timeout))
        except BaseException as error:
            self._close_soon(remote)
            # Timers of uvloop may be early by a millisecond, so the clock alone does not tell whose time is over.
            is_out_of_time = isinstance(error.__cause__, TimeoutError) and remaining < self._config.connect_timeout
            if isinstance(error, RemoteConnectionError) and monotonic() < deadline and not is_out_of_time:
                failure = Loss(type(error), error.reason, error.__cause__)
                for turn in self._policy.open_failed(monotonic()):
                    _hand(turn, failure)
                self._note_free()
                raise
            _hand(self._policy.open_cancelled(monotonic()), Decision.OPEN)
            self._note_free()
            if isinstance(error, RemoteConnectionError):
                raise RemoteTimeoutError(error.reason, address=self._address) from error.__cause__
            raise
        if self._is_cleared:
            self._policy.open_cancelled(monotonic())
            await remote.close()
            raise CLOSED.error(self._address)
        for turn, shared in self._policy.opened(remote):
            _hand(turn, shared)
        return remote

    def _checkin(self, remote: AsyncRemote, *, is_usable: bool) -> None:
        if self._policy.checkin(remote, monotonic(), is_usable=is_usable):
            self._close_soon(remote)
        self._note_free()
        self._set_timer()

    def _set_timer(self) -> None:
        """Come back for the next housekeeping, unless a timer is set that comes no later."""
        at = self._policy.housekeeping_at
        if at is None or self._is_closed or (self._timer is not None and self._timer_at <= at):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = at
        self._timer = asyncio.get_running_loop().call_later(max(0.0, at - monotonic()), self._keep_house)

    def _keep_house(self) -> None:
        """Close connections that are idle for too long, or broken, and come back in time for the next."""
        now = monotonic()
        self._timer = None
        broken = (remote for remote in self._policy.probe(now) if not remote.is_connected)
        for remote in (*self._policy.expire(now), *filter(self._policy.discard, broken)):
            self._close_soon(remote)
        self._set_timer()

    def _note_free(self) -> None:
        if self._freed is not None and not self._freed.done() and self._policy.is_free:
            self._freed.set_result(None)

    def _close_soon(self, remote: AsyncRemote) -> None:
        task = asyncio.get_running_loop().create_task(remote.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _hand(turn: Turn | None, granted: AsyncRemote | Decision | Loss) -> None:
    if turn is not None:
        turn.set_result(granted)
