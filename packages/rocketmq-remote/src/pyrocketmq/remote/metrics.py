"""Counters of a remote, and the typed snapshots that users read."""

from __future__ import annotations

import sys
import weakref
from collections import Counter
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Protocol

from pyrocketmq.remote import fork

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyrocketmq.remote.address import Address
    from pyrocketmq.remote.config import RemoteConfig
    from pyrocketmq.remote.pool_policy import PoolMetrics
    from pyrocketmq.remote.telemetry import Telemetry

_BUCKETS = 40


class Counters:
    """What a remote counts over all its connections; plain numbers, each changed by one thread at a time."""

    __slots__ = (
        "bytes_in",
        "bytes_out",
        "connect_failures",
        "connects",
        "late_answers",
        "latency",
        "losses",
        "oneways",
        "pushes",
        "requests",
        "resends",
        "responses",
        "timeouts",
    )

    def __init__(self) -> None:
        self.requests = 0
        self.oneways = 0
        self.responses = 0
        self.pushes = 0
        self.timeouts = 0
        self.late_answers = 0
        self.resends = 0
        self.connects = 0
        self.connect_failures = 0
        self.losses = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self.latency = [0] * _BUCKETS

    def answered(self, seconds: float) -> None:
        """Count one answer by the time it took."""
        # The bit length of the microseconds: buckets that double, without a search.
        self.latency[int(seconds * 1e6).bit_length()] += 1

    def snapshot(self, in_flight: int) -> RemoteMetrics:
        """Return the numbers as they are now."""
        return RemoteMetrics(
            in_flight=in_flight,
            requests=self.requests,
            oneways=self.oneways,
            responses=self.responses,
            pushes=self.pushes,
            timeouts=self.timeouts,
            late_answers=self.late_answers,
            resends=self.resends,
            connects=self.connects,
            connect_failures=self.connect_failures,
            losses=self.losses,
            bytes_in=self.bytes_in,
            bytes_out=self.bytes_out,
            latency=tuple((2**bits / 1e6, count) for bits, count in enumerate(self.latency) if count),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteMetrics:
    """What one remote has done since it was made.

    Attributes:
        in_flight: Calls that wait for their answer now.
        requests: Requests sent that are answered.
        oneways: Requests sent that are not answered.
        responses: Answers that a call was waiting for.
        pushes: Requests received from the server.
        timeouts: Calls whose deadline passed.
        late_answers: Answers that no call was waiting for any more.
        resends: Requests sent again over a new connection because the server was going away.
        connects: Connections opened.
        connect_failures: Attempts to open one that failed.
        losses: Connections that ended otherwise than by `close()`.
        bytes_in: Bytes received.
        bytes_out: Bytes sent.
        latency: Histogram of the answered calls: (upper bound in seconds, calls in this bucket) in ascending order,
            without empty buckets. A bound is twice the one before it.
    """

    in_flight: int
    requests: int
    oneways: int
    responses: int
    pushes: int
    timeouts: int
    late_answers: int
    resends: int
    connects: int
    connect_failures: int
    losses: int
    bytes_in: int
    bytes_out: int
    latency: tuple[tuple[float, int], ...]

    @property
    def reconnects(self) -> int:
        """Connections opened beyond the first."""
        return max(0, self.connects - 1)

    @classmethod
    def total(cls, parts: Iterable[RemoteMetrics]) -> RemoteMetrics:
        """Return the sum over several remotes."""
        sums: Counter[str] = Counter()
        latency: Counter[float] = Counter()
        for part in parts:
            for name in _NUMBERS:
                sums[name] += getattr(part, name)
            latency.update(dict(part.latency))
        return cls(latency=tuple(sorted(latency.items())), **{name: sums[name] for name in _NUMBERS})


_NUMBERS = tuple(field.name for field in fields(RemoteMetrics) if field.name != "latency")


class Measured(Protocol):
    """A remote, as those see it who add up what remotes do."""

    @property
    def address(self) -> Address:
        """The server."""
        raise NotImplementedError  # a protocol

    @property
    def metrics(self) -> RemoteMetrics:
        """What it has done until now."""
        raise NotImplementedError  # a protocol

    @property
    def counters(self) -> Counters:
        """Where it counts."""
        raise NotImplementedError  # a protocol


class Pooled(Protocol):
    """A pool, as those see it who add up what pools hold."""

    @property
    def address(self) -> Address:
        """The server."""
        raise NotImplementedError  # a protocol

    @property
    def metrics(self) -> PoolMetrics:
        """Its state."""
        raise NotImplementedError  # a protocol


class Totals:
    """The sum over remotes that come and go; those that are gone stay counted. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = fork.Lock()
        self._living: list[tuple[weakref.ref[Measured], Counters]] = []
        self._gone = RemoteMetrics.total(())

    def add(self, remote: Measured) -> None:
        """Count a remote from now on, without keeping it alive."""
        with self._lock:
            self._let_go()
            self._living.append((weakref.ref(remote), remote.counters))

    def total(self) -> RemoteMetrics:
        """Return the sum as it is now."""
        with self._lock:
            self._let_go()
            remotes = [(reference(), counters) for reference, counters in self._living]
            living = (counters.snapshot(0) if remote is None else remote.metrics for remote, counters in remotes)
            return RemoteMetrics.total((self._gone, *living))

    def _let_go(self) -> None:
        gone = [entry for entry in self._living if entry[0]() is None]  # one look: another may vanish at any time
        if gone:
            self._gone = RemoteMetrics.total((self._gone, *(counters.snapshot(0) for _, counters in gone)))
            self._living = [entry for entry in self._living if entry not in gone]


def telemetry_of(config: RemoteConfig) -> Telemetry | None:
    """Return what a config wants to go to OpenTelemetry; `None` for nothing.

    Raises:
        ImportError: it is wanted, and OpenTelemetry is not installed.
    """
    wanted = config.telemetry
    if wanted is False or (wanted is None and "opentelemetry" not in sys.modules):
        return None  # where the API has not been imported, no provider has been set
    if not isinstance(wanted, bool | None):
        return wanted
    try:
        from pyrocketmq.remote import telemetry  # needs OpenTelemetry
    except ImportError as error:
        if wanted is None:
            return None  # another part of OpenTelemetry is there, the API is not
        raise ImportError("telemetry=True needs OpenTelemetry: install rocketmq-remote[otel]") from error
    return telemetry.of_application(is_wanted=wanted is True)
