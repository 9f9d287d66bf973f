"""How time passes while cases wait: by itself, or as fast as a fake can go."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Protocol

from pyrocketmq.testkit.clock import VirtualClock

if TYPE_CHECKING:
    from pyrocketmq.testkit.broker import FakeBroker
    from pyrocketmq.testkit.conformance.wire import Receiver

_STEP: Final = 0.05
# Seconds that virtual time moves at once while nothing comes. A real client is a little late, too.


class Timing(Protocol):
    """How time passes for the servers that cases run on."""

    def now(self) -> float:
        """Return the servers' time, in seconds since 1970."""
        ...

    def pass_until(self, network: Receiver, due: float) -> None:
        """Let time pass, at most until `due`; return earlier as soon as something has come."""
        ...


class RealTiming:
    """Time passes by itself."""

    def now(self) -> float:
        """Return the machine's time."""
        return time.time()

    def pass_until(self, network: Receiver, due: float) -> None:
        """Sleep until something comes or the time is over."""
        network.receive(max(0.0, due - self.now()))


class SuiteClock(VirtualClock):
    """A virtual clock by which clients live, too: their timestamps mean what they say."""

    def from_wall(self, timestamp: int) -> int:
        """Return a client's timestamp as it is."""
        return timestamp


class VirtualTiming:
    """Time passes only when everybody waits and nothing is under way.

    Args:
        broker: A fake on a `SuiteClock`.
        clock: That clock.
    """

    def __init__(self, broker: FakeBroker, clock: SuiteClock) -> None:
        self._broker = broker
        self._clock = clock

    def now(self) -> float:
        """Return the clock's time."""
        return self._clock.now() / 1000

    def pass_until(self, network: Receiver, due: float) -> None:
        """Let the servers handle what they were sent; if nothing comes of it, move the clock."""
        self._broker.settle()
        if network.receive(0):
            return
        self._clock.advance(seconds=max(0.001, min(_STEP, due - self.now())))
        self._broker.settle()
        network.receive(0)
