"""A clock that runs like the machine's and can be moved ahead, so that tests need not wait on fakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.testkit.clock import RealClock

if TYPE_CHECKING:
    from pyrocketmq.testkit.clock import TimerDriver


class SkippingClock:
    """A clock for a fake server whose long polls end by themselves, and whose waits a test may cut short.

    The `VirtualClock` of the testkit would stand still between: every poll that finds nothing would then need the test
    to move it.
    """

    def __init__(self) -> None:
        self._machine = RealClock()
        self._skipped = 0
        self._drivers: list[TimerDriver] = []

    def now(self) -> int:
        """Return the machine's time and what was skipped, in milliseconds since 1970."""
        return self._machine.now() + self._skipped

    def from_wall(self, timestamp: int) -> int:
        """Keep a client's timestamp as far from now as it is for the client, whose clock this one has left."""
        return timestamp + self._skipped

    def seconds_until(self, due: int) -> float:
        """Return how long the server may sleep before `due`."""
        return max(0.0, (due - self.now()) / 1000)

    def attach(self, driver: TimerDriver) -> None:
        """Take note of a server that lives by this clock."""
        self._drivers.append(driver)

    def detach(self, driver: TimerDriver) -> None:
        """Forget a server that has stopped."""
        self._drivers.remove(driver)

    def skip(self, seconds: float) -> None:
        """Move the time and run what falls due on the way, each at its own time; return when it has run.

        Args:
            seconds: How far to move.
        """
        target = self._skipped + round(seconds * 1000)
        while (due := self._next_due()) is not None and (needed := due - self._machine.now()) <= target:
            self._skipped = max(self._skipped, needed)
            self._run_due()
        self._skipped = target
        self._run_due()  # which also has servers see how much sooner the rest is due

    def _next_due(self) -> int | None:
        return min((due for driver in self._drivers if (due := driver.next_due()) is not None), default=None)

    def _run_due(self) -> None:
        for driver in self._drivers:
            driver.run_due()
