"""`ConnectionPool`: several connections to one server, for threads."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, TypeAlias

from pyrocketmq.remote import fork
from pyrocketmq.remote.address import Address
from pyrocketmq.remote.config import RemoteConfig
from pyrocketmq.remote.errors import Loss, RemoteConnectionError, RemoteTimeoutError
from pyrocketmq.remote.metrics import Totals, telemetry_of
from pyrocketmq.remote.pool_policy import Decision, PoolPolicy
from pyrocketmq.remote.remote import Remote
from pyrocketmq.remote.remote_base import CLOSE_TIMEOUT, CLOSED

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import TracebackType
    from typing import Self

    from pyrocketmq.remote.pool_policy import PoolMetrics

Turn: TypeAlias = SimpleQueue[Remote | Decision | Loss]
"""Where somebody who waits gets a connection, the order to open one, or the failure of the one who tried."""


class ConnectionPool:
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
        with ConnectionPool("localhost:10911") as pool, pool.connection() as remote:
            answer = remote.invoke(GetMaxOffset(topic="orders", queue_id=0))
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
        self._changed = threading.Condition()  # guards what follows; notified while the pool closes
        self._policy: PoolPolicy[Remote, Turn] = PoolPolicy(
            self._config.max_connections, self._config.connection_idle_time
        )
        self._housekeeper: threading.Thread | None = None
        self._keeps_house_at = 0.0

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
        with self._changed:
            return self._policy.metrics(self._calls.total())

    def acquire(self, timeout: float | None = None) -> Remote:
        """Return a connection; give it back with `release`.

        Args:
            timeout: Deadline in seconds; by default `timeout` of the config.

        Raises:
            RemoteConnectionError: no connection can be opened, or the pool is closed.
            RemoteTimeoutError: none could be opened in time.
        """
        deadline = monotonic() + (self._config.timeout if timeout is None else timeout)
        while True:
            granted = self._checkout(deadline)
            if not isinstance(granted, Remote):
                return self._open(deadline)
            if self._is_shared(granted) or granted.is_connected:
                return granted
            self._checkin(granted, is_usable=False)

    def release(self, remote: Remote) -> None:
        """Give a connection back.

        Raises:
            ValueError: it was given back already.
        """
        self._checkin(remote, is_usable=remote.is_connected)

    @contextmanager
    def connection(self, timeout: float | None = None) -> Generator[Remote]:
        """Lend a connection for a `with` block; see `acquire`."""
        remote = self.acquire(timeout)
        try:
            yield remote
        finally:
            self.release(remote)

    def close(self, drain: float = 0.0) -> None:
        """Close all connections, held ones included; calls in flight fail, and so does `acquire` from now on.

        Args:
            drain: Seconds to wait until all connections are given back, before those that are not are closed.
        """
        with self._changed:
            self._is_closed = True
            self._changed.wait_for(lambda: self._policy.is_free, drain)
            self._is_cleared = True
            remotes, waiting = self._policy.clear()
            housekeeper = self._housekeeper
            self._changed.notify_all()
        for turn in waiting:
            turn.put(CLOSED)
        for remote in remotes:
            remote.close()
        if housekeeper is not None:
            housekeeper.join(CLOSE_TIMEOUT)

    def after_fork(self) -> None:
        """Start over in a forked process: the connections are the parent's."""
        self._set_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _checkout(self, deadline: float) -> Remote | Decision:
        turn: Turn = SimpleQueue()
        with self._changed:
            if self._is_closed:
                raise CLOSED.error(self._address)
            granted = self._policy.checkout(turn, monotonic())
        if granted is not Decision.WAIT:
            return granted
        try:
            result = self._wait(turn, deadline)
        except BaseException:
            self._leave(turn)
            raise
        if isinstance(result, Loss):
            raise result.error(self._address)
        return result

    def _wait(self, turn: Turn, deadline: float) -> Remote | Decision | Loss:
        while True:
            with self._changed:
                self._hand_opening(self._policy.retry(monotonic()))
                retry_at = self._policy.retry_at
            now = monotonic()
            until = deadline if retry_at is None else min(deadline, retry_at)
            try:
                return turn.get(timeout=max(0.0, until - now))
            except Empty:
                if now >= deadline:
                    raise RemoteTimeoutError("no connection in time", address=self._address) from None

    def _leave(self, turn: Turn) -> None:
        """Stop waiting; pass on what has been granted meanwhile."""
        with self._changed:
            granted = None if self._policy.cancel(turn) or turn.empty() else turn.get_nowait()
            if granted is Decision.OPEN:
                self._hand_opening(self._policy.open_cancelled(monotonic()))
        if isinstance(granted, Remote):
            self.release(granted)

    def _hand_opening(self, turn: Turn | None) -> None:
        if turn is not None:
            turn.put(Decision.OPEN)

    def _open(self, deadline: float) -> Remote:
        remote = Remote(self._address, self._config)
        self._calls.add(remote)
        try:
            remote.connect(min(deadline - monotonic(), self._config.connect_timeout))
        except BaseException as error:
            remote.close()
            if isinstance(error, RemoteConnectionError) and monotonic() < deadline:
                self._note_failure(Loss(type(error), error.reason, error.__cause__))
                raise
            with self._changed:
                self._hand_opening(self._policy.open_cancelled(monotonic()))
                self._changed.notify_all()
            if isinstance(error, RemoteConnectionError):
                raise RemoteTimeoutError(error.reason, address=self._address) from error.__cause__
            raise
        with self._changed:
            is_cleared = self._is_cleared
            if is_cleared:
                self._policy.open_cancelled(monotonic())
            else:
                for turn, shared in self._policy.opened(remote):
                    turn.put(shared)
        if is_cleared:
            remote.close()
            raise CLOSED.error(self._address)
        return remote

    def _note_failure(self, failure: Loss) -> None:
        with self._changed:
            for turn in self._policy.open_failed(monotonic()):
                turn.put(failure)
            self._changed.notify_all()

    def _is_shared(self, remote: Remote) -> bool:
        with self._changed:
            return self._policy.is_shared(remote)

    def _checkin(self, remote: Remote, *, is_usable: bool) -> None:
        with self._changed:
            must_close = self._policy.checkin(remote, monotonic(), is_usable=is_usable)
            at = self._policy.housekeeping_at
            if self._is_closed or (at is not None and at < self._keeps_house_at):
                self._changed.notify_all()
            if self._housekeeper is None and at is not None and not self._is_cleared:
                self._keeps_house_at = at
                self._housekeeper = threading.Thread(
                    target=self._keep_house, name=f"rocketmq-pool-{self._address}", daemon=True
                )
                self._housekeeper.start()
        if must_close:
            remote.close()

    def _keep_house(self) -> None:
        """Close connections that are idle for too long, or broken, as long as any are idle."""
        while True:
            with self._changed:
                at = self._policy.housekeeping_at
                if at is None:
                    self._housekeeper = None
                    return
                self._keeps_house_at = at
                self._changed.wait(max(0.0, at - monotonic()))
                expired = self._policy.expire(monotonic())
                probed = self._policy.probe(monotonic())
            broken = [remote for remote in probed if not remote.is_connected]
            with self._changed:
                broken = [remote for remote in broken if self._policy.discard(remote)]
            for remote in (*expired, *broken):
                remote.close()
