"""Clocks and timers: whatever the fake does later, it does through these.

A `Clock` says what time it is; `Timers` is the list of what to do when. `RealClock` follows the machine's clock.
`VirtualClock` stands still until a test moves it, and moving it runs everything that falls due on the way, in order.
"""

from __future__ import annotations

import heapq
import threading
import time
from itertools import count
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock(Protocol):
    """What time it is for a fake server, in milliseconds since 1970."""

    def now(self) -> int:
        """Return the server's time."""
        ...

    def from_wall(self, timestamp: int) -> int:
        """Translate a timestamp that a client took from its own clock to this clock."""
        ...

    def seconds_until(self, due: int) -> float | None:
        """Return how long the server may sleep before `due`, or `None` if sleeping does not bring it nearer."""
        ...

    def attach(self, driver: TimerDriver) -> None:
        """Take note of a server that lives by this clock."""
        ...

    def detach(self, driver: TimerDriver) -> None:
        """Forget a server that has stopped."""
        ...


class TimerDriver(Protocol):
    """A thread that owns timers; a virtual clock asks it to run them."""

    def next_due(self) -> int | None:
        """Return when the first timer is due."""
        ...

    def run_due(self) -> None:
        """Run every timer that is due, on the owning thread, and return when they have run."""
        ...


class RealClock:
    """The machine's clock."""

    def now(self) -> int:  # noqa: D102  # described by the protocol
        return time.time_ns() // 1_000_000

    def from_wall(self, timestamp: int) -> int:  # noqa: D102  # described by the protocol
        return timestamp

    def seconds_until(self, due: int) -> float | None:  # noqa: D102  # described by the protocol
        return max(0.0, (due - self.now()) / 1000)

    def attach(self, driver: TimerDriver) -> None:
        """Do nothing: servers on this clock wake by themselves."""

    def detach(self, driver: TimerDriver) -> None:
        """Do nothing."""


class VirtualClock:
    """A clock that moves only when it is told to.

    One clock may serve several fakes; they then agree on the time.

    Args:
        start: First time, in milliseconds since 1970; by default the machine's time.

    Example:
        >>> clock = VirtualClock(start=1_000)
        >>> clock.advance(seconds=2.5)
        >>> clock.now()
        3500
    """

    def __init__(self, start: int | None = None) -> None:
        self._now = RealClock().now() if start is None else start
        self._drivers: list[TimerDriver] = []
        self._advancing = threading.Lock()

    def now(self) -> int:
        """Return the time, in milliseconds since 1970."""
        return self._now

    def from_wall(self, timestamp: int) -> int:
        """Keep a client's timestamp as far from now as it is for the client, whose clock this one has left."""
        return self._now + timestamp - RealClock().now()

    def seconds_until(self, due: int) -> float | None:
        """Return zero for what is due already; nothing else comes nearer by sleeping."""
        return 0.0 if due <= self._now else None

    def advance(self, *, seconds: float) -> None:
        """Move the time and run what falls due, each at its own time.

        Returns when everything has run on its server. Clients see the consequences as soon as the system hands them
        over.

        Args:
            seconds: How far to move, zero or more.

        Raises:
            ValueError: time cannot go back.
        """
        if seconds < 0:
            raise ValueError(f"a clock cannot go back by {-seconds} seconds")
        with self._advancing:
            target = self._now + round(seconds * 1000)
            while (earliest := self._earliest()) is not None and earliest[0] <= target:
                due, driver = earliest
                self._now = max(self._now, due)
                driver.run_due()
            self._now = target

    def _earliest(self) -> tuple[int, TimerDriver] | None:
        earliest: tuple[int, TimerDriver] | None = None
        for driver in list(self._drivers):
            due = driver.next_due()
            if due is not None and (earliest is None or due < earliest[0]):
                earliest = (due, driver)
        return earliest

    def attach(self, driver: TimerDriver) -> None:
        """Take note of a server that lives by this clock."""
        self._drivers.append(driver)

    def detach(self, driver: TimerDriver) -> None:
        """Forget a server that has stopped."""
        self._drivers.remove(driver)


class Timer:
    """Something to do at a certain time."""

    __slots__ = ("due", "function")

    def __init__(self, due: int, function: Callable[[], object]) -> None:
        self.due = due
        self.function: Callable[[], object] | None = function

    def cancel(self) -> None:
        """Do not do it; harmless when it was done already."""
        self.function = None


class Timers:
    """What to do when. Not thread-safe: it belongs to the thread that runs it.

    Args:
        clock: The clock by which it runs.
        errors: Takes what a function raises, so that one failure does not swallow the functions after it.
    """

    def __init__(self, clock: Clock, errors: list[BaseException]) -> None:
        self.clock = clock
        self._errors = errors
        self._heap: list[tuple[int, int, Timer]] = []
        self._sequence = count()

    def call_at(self, due: int, function: Callable[[], object]) -> Timer:
        """Call a function at a time in milliseconds; at once, but not from here, if that has passed."""
        timer = Timer(due, function)
        heapq.heappush(self._heap, (due, next(self._sequence), timer))
        return timer

    def call_later(self, delay: int, function: Callable[[], object]) -> Timer:
        """Call a function in `delay` milliseconds."""
        return self.call_at(self.clock.now() + delay, function)

    def call_every(self, interval: int, function: Callable[[], object]) -> None:
        """Call a function every `interval` milliseconds, for ever."""

        def run() -> None:
            function()
            self.call_later(interval, run)

        self.call_later(interval, run)

    def next_due(self) -> int | None:
        """Return when the first timer is due."""
        heap = self._heap
        while heap and heap[0][2].function is None:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def run_due(self) -> None:
        """Run the timers that are due now, in order; not those that they add."""
        now = self.clock.now()
        due: list[Timer] = []
        while self._heap and self._heap[0][0] <= now:
            due.append(heapq.heappop(self._heap)[2])
        for timer in due:
            if timer.function is not None:
                try:
                    timer.function()
                except Exception as error:  # noqa: BLE001  # kept for whoever owns the list
                    self._errors.append(error)
