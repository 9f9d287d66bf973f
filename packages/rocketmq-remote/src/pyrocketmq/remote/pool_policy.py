"""`PoolPolicy`: who gets which connection of a pool. It opens and closes nothing, and knows no lock and no clock."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.remote.metrics import RemoteMetrics

ConnectionT = TypeVar("ConnectionT")
WaiterT = TypeVar("WaiterT")

_FIRST_BACKOFF: Final = 0.1
_LONGEST_BACKOFF: Final = 0.5  # so that work resumes within two seconds of the server's return
_PROBE_PERIOD: Final = 5.0
# Seconds between two looks at the idle connections.
_KEPT: Final = 1
# Connections that stay open however long they are idle.


class Decision(Enum):
    """What to do where no connection is handed out."""

    OPEN = "open one and report `opened` or `open_failed`"
    WAIT = "wait until a transition names you"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolMetrics:
    """State of a pool, and what it has done since it was made.

    Attributes:
        connections: Connections that exist, those being opened included.
        idle: Connections that nobody holds.
        leases: Holders of connections; more than the connections held where some are shared.
        waiting: Who waits for a connection.
        opened: Connections opened.
        open_failures: Attempts to open one that failed.
        broken: Connections that were dropped because they were found broken.
        expired: Connections that were closed because they were idle for too long.
        calls: What the pool's connections have done, those that are closed included.
    """

    connections: int
    idle: int
    leases: int
    waiting: int
    opened: int
    open_failures: int
    broken: int
    expired: int
    calls: RemoteMetrics


class PoolPolicy(Generic[ConnectionT, WaiterT]):
    """Decides for a pool whose connections carry many calls at once.

    A connection goes to one holder while there are free ones, or new ones may be opened; after that it is shared, the
    one with the fewest holders first. So nobody waits except while there is no connection at all: because the first
    is being opened, or because opening has failed and the next attempt is due a little later.

    All times are seconds on one clock that the owner brings.

    Args:
        max_connections: How many there are at most.
        idle_time: Age at which an idle connection beyond the first expires.
        jitter: Returns a number from 0 to 1, by which waits after failures differ.
        probe_period: Seconds between two looks at the idle connections.
    """

    def __init__(
        self,
        max_connections: int,
        idle_time: float,
        jitter: Callable[[], float] = random.random,
        probe_period: float = _PROBE_PERIOD,
    ) -> None:
        self._max_connections = max_connections
        self._idle_time = idle_time
        self._probe_period = probe_period
        self._jitter = jitter
        self._idle: list[tuple[ConnectionT, float]] = []  # with the time since when; the longest idle first
        self._holders: dict[ConnectionT, int] = {}
        self._opening = 0
        self._waiting: deque[WaiterT] = deque()
        self._failures = 0
        self._not_before: float | None = None
        self._probed_at = 0.0
        self._opened = self._open_failures = self._broken = self._expired = 0

    def metrics(self, calls: RemoteMetrics) -> PoolMetrics:
        """Return the numbers as they are now.

        Args:
            calls: What the connections have done.
        """
        return PoolMetrics(
            calls=calls,
            connections=self._count,
            idle=len(self._idle),
            leases=sum(self._holders.values()),
            waiting=len(self._waiting),
            opened=self._opened,
            open_failures=self._open_failures,
            broken=self._broken,
            expired=self._expired,
        )

    @property
    def retry_at(self) -> float | None:
        """When the next attempt to open a connection is due, if those who wait wait for that; then call `retry`."""
        return self._not_before if self._waiting and not self._opening else None

    @property
    def expires_at(self) -> float | None:
        """When the next connection expires; then call `expire`."""
        return self._idle[0][1] + self._idle_time if self._idle and self._count > _KEPT else None

    @property
    def housekeeping_at(self) -> float | None:
        """When there is something to look after; then call `expire` and `probe`."""
        if not self._idle:
            return None
        probe_at = self._probed_at + self._probe_period
        return probe_at if self.expires_at is None else min(probe_at, self.expires_at)

    @property
    def is_free(self) -> bool:
        """Whether nobody holds a connection or is about to."""
        return not (self._holders or self._opening or self._waiting)

    @property
    def _count(self) -> int:
        return len(self._idle) + len(self._holders) + self._opening

    def checkout(self, waiter: WaiterT, now: float) -> ConnectionT | Decision:
        """Ask for a connection.

        Args:
            waiter: Stands for who asks; kept only where the answer is `WAIT`.
            now: The time.

        Returns:
            The connection, or what to do.
        """
        decision = Decision.WAIT if self._waiting else self._decide(now)
        if decision is Decision.WAIT:
            self._waiting.append(waiter)
        return decision

    def is_shared(self, connection: ConnectionT) -> bool:
        """Whether a connection has several holders."""
        return self._holders.get(connection, 0) > 1

    def checkin(self, connection: ConnectionT, now: float, *, is_usable: bool) -> bool:
        """Take a connection back from a holder.

        Args:
            connection: The connection.
            now: The time.
            is_usable: Whether it works.

        Returns:
            Whether it has to be closed: it is broken and nobody else holds it, or it does not belong to the pool.

        Raises:
            ValueError: it was returned already.
        """
        holders = self._holders.pop(connection, 0)
        if holders > 1:
            self._holders[connection] = holders - 1
            return False
        if any(idle is connection for idle, _ in self._idle):
            raise ValueError(f"{connection!r} was returned to its pool twice")
        if holders == 1 and is_usable:
            if not self._idle:
                self._probed_at = now  # it has just been looked at, and there is no other
            self._idle.append((connection, now))
            return False
        self._broken += holders
        return True

    def opened(self, connection: ConnectionT) -> list[tuple[WaiterT, ConnectionT]]:
        """Note that a connection was opened, for the one who was told to; return who else gets it."""
        self._opening -= 1
        self._opened += 1
        self._failures = 0
        self._not_before = None
        self._holders[connection] = 1
        waiting = list(self._waiting)
        self._waiting.clear()
        self._holders[connection] += len(waiting)
        return [(waiter, connection) for waiter in waiting]

    def open_failed(self, now: float) -> list[WaiterT]:
        """Note that opening a connection has failed; return those whom the failure concerns as well."""
        self._opening -= 1
        self._open_failures += 1
        backoff = min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2.0 ** min(self._failures, 16))
        self._failures += 1
        self._not_before = now + backoff * (1 + self._jitter()) / 2
        if self._opening:
            return []
        waiting = list(self._waiting)
        self._waiting.clear()
        return waiting

    def open_cancelled(self, now: float) -> WaiterT | None:
        """Note that who was told to open a connection gave up; return who shall open one instead, of those who wait."""
        self._opening -= 1
        return self.retry(now)

    def retry(self, now: float) -> WaiterT | None:
        """Return who shall open a connection now, of those who wait."""
        if not self._waiting or not self._may_open(now):
            return None
        self._opening += 1
        return self._waiting.popleft()

    def cancel(self, waiter: WaiterT) -> bool:
        """Forget someone who waits; return false if he does not: a connection, or a failure, is on its way to him."""
        try:
            self._waiting.remove(waiter)
        except ValueError:
            return False
        return True

    def expire(self, now: float) -> list[ConnectionT]:
        """Forget the connections that have been idle for too long, and return them: they have to be closed."""
        expired: list[ConnectionT] = []
        while (at := self.expires_at) is not None and at <= now:
            expired.append(self._idle.pop(0)[0])
        self._expired += len(expired)
        return expired

    def probe(self, now: float) -> list[ConnectionT]:
        """Return the idle connections if it is time to look whether they still work; then `discard` those that do not.

        They stay in the pool, and may be handed out meanwhile: whoever gets one looks at it, too.
        """
        if now < self._probed_at + self._probe_period:
            return []
        self._probed_at = now
        return [connection for connection, _ in self._idle]

    def discard(self, connection: ConnectionT) -> bool:
        """Forget a broken connection if it is idle; return whether it was, and so has to be closed."""
        for index, (idle, _) in enumerate(self._idle):
            if idle is connection:
                del self._idle[index]
                self._broken += 1
                return True
        return False

    def clear(self) -> tuple[list[ConnectionT], list[WaiterT]]:
        """Forget all connections, and everyone who waits; return both."""
        connections = [*self._holders, *(connection for connection, _ in self._idle)]
        waiting = list(self._waiting)
        self._holders.clear()
        self._idle.clear()
        self._waiting.clear()
        return connections, waiting

    def _decide(self, now: float) -> ConnectionT | Decision:
        if self._idle:
            connection, _ = self._idle.pop()
            self._holders[connection] = 1
            return connection
        if self._may_open(now):
            self._opening += 1
            return Decision.OPEN
        if not self._holders:
            return Decision.WAIT
        connection = min(self._holders, key=self._holders.__getitem__)
        self._holders[connection] += 1
        return connection

    def _may_open(self, now: float) -> bool:
        if self._count >= self._max_connections:
            return False
        # After a failure one attempt at a time, not before its time; otherwise as many as are asked for.
        return self._not_before is None or (now >= self._not_before and not self._opening)
