"""Timers of 5.x: messages that wait for a time of their own, kept to the second."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from pyrocketmq.model.properties import PropertyName
from pyrocketmq.testkit.store.delay import delay_level, redirect, restored
from pyrocketmq.testkit.store.errors import IllegalTimerError, TimersOffError
from pyrocketmq.testkit.store.topics import TIMER_TOPIC

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.testkit.clock import Timer, Timers
    from pyrocketmq.testkit.properties import Properties
    from pyrocketmq.testkit.store.messages import NewMessage, StoredMessage

_PRECISION: Final = 1_000
_ASKS_FOR_TIMER: Final = (
    PropertyName.TIMER_DELAY_SEC,
    PropertyName.TIMER_DELAY_MS,
    PropertyName.TIMER_DELIVER_MS,
)
# In the order in which the first that is there counts.


class TimerWheel:
    """Holds messages with timer properties back until their time has come.

    Args:
        timers: Tell when that is.
        settings: Say whether timers are on, and for how long a message may wait at most.
        deliver: Stores a message that is due; it still has the properties that asked for the delay.
    """

    asked_by: ClassVar[frozenset[str]] = frozenset(_ASKS_FOR_TIMER)

    def __init__(self, timers: Timers, settings: Properties, deliver: Callable[[NewMessage], object]) -> None:
        self._settings = settings
        self._timers = timers
        self._deliver = deliver
        self._waiting: dict[tuple[str, str], Timer] = {}

    @property
    def max_delay(self) -> int:
        """Milliseconds that a message may wait at most."""
        return self._settings.number("timerMaxDelaySec") * 1000

    def redirect(self, message: NewMessage) -> int | None:
        """Turn a message that has to wait into one for the timer's topic.

        Returns:
            When it has to be delivered, in milliseconds, or `None` if it does not wait.

        Raises:
            TimersOffError: timers are off.
            IllegalTimerError: its time is none, or too far away.
        """
        properties = message.properties
        if self.asked_by.isdisjoint(properties):
            return None
        if delay_level(properties.get(PropertyName.DELAY, "")) > 0:
            for name in _ASKS_FOR_TIMER:
                properties.pop(name, None)
            return None
        if not self._settings.enabled("timerWheelEnable"):
            raise TimersOffError
        now = self._timers.clock.now()
        due = self._time_asked_for(properties, now)
        if due <= now:
            return None
        if due - now > self.max_delay:
            raise IllegalTimerError(f"{due - now} ms exceed {self.max_delay} ms")
        # A time on the second goes one second down too; the wheel turns one second after what it notes.
        noted = (due - 1) // _PRECISION * _PRECISION
        properties[PropertyName.TIMER_OUT_MS] = str(noted)
        redirect(message, TIMER_TOPIC, 0)
        return noted + _PRECISION

    def _time_asked_for(self, properties: dict[str, str], now: int) -> int:
        name = next(name for name in _ASKS_FOR_TIMER if name in properties)
        try:
            number = int(properties[name])
        except ValueError as error:
            raise IllegalTimerError(f"{name} is {properties[name]!r}") from error
        if name == PropertyName.TIMER_DELIVER_MS:
            return self._timers.clock.from_wall(number)
        return now + number * (1000 if name == PropertyName.TIMER_DELAY_SEC else 1)

    def schedule(self, stored: StoredMessage, due: int) -> None:
        """Deliver a message of the timer's topic when it is due."""
        enqueued = self._timers.clock.now()
        key = (stored.properties[PropertyName.REAL_TOPIC], stored.properties.get(PropertyName.UNIQ_KEY, ""))

        def deliver() -> None:
            self._waiting.pop(key, None)
            message = restored(stored)
            message.properties[PropertyName.TIMER_ENQUEUE_MS] = str(enqueued)
            message.properties[PropertyName.TIMER_DEQUEUE_MS] = str(self._timers.clock.now())
            self._deliver(message)

        self._waiting[key] = self._timers.call_at(due, deliver)

    def recall(self, topic: str, unique_id: str) -> None:
        """Never deliver a message that waits."""
        timer = self._waiting.pop((topic, unique_id), None)
        if timer is not None:
            timer.cancel()

    def waiting_by_topic(self) -> dict[str, int]:
        """Return how many messages wait, by topic."""
        counts: dict[str, int] = {}
        for topic, _ in self._waiting:
            counts[topic] = counts.get(topic, 0) + 1
        return counts
