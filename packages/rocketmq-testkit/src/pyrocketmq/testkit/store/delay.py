"""Delay levels: messages that wait in the schedule topic for their time."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pyrocketmq.model.names import HALF_TOPIC, SCHEDULE_TOPIC
from pyrocketmq.model.properties import PropertyName
from pyrocketmq.testkit.store.messages import NewMessage, StoredMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyrocketmq.testkit.clock import Timers


class DelaySchedule:
    """Holds delayed messages back and stores them where they belong when their time has come.

    Args:
        timers: Tell when that is.
        levels: Seconds of each level, level 1 first.
        deliver: Stores a message that is due; it still has the property that asked for the delay.
    """

    asked_by: ClassVar[frozenset[str]] = frozenset((PropertyName.DELAY,))

    def __init__(self, timers: Timers, levels: Sequence[int], deliver: Callable[[NewMessage], object]) -> None:
        self.delivered: dict[int, int] = {}
        """By level, the offset up to which its queue was delivered."""
        self._levels = levels
        self._timers = timers
        self._deliver = deliver

    def redirect(self, message: NewMessage) -> int | None:
        """Turn a message that has to wait into one for the schedule topic.

        Returns:
            When it has to be delivered, in milliseconds, or `None` if it does not wait.
        """
        text = message.properties.get(PropertyName.DELAY)
        level = delay_level(text) if text is not None else 0
        if level <= 0 or not self._levels:
            return None
        level = min(level, len(self._levels))
        redirect(message, SCHEDULE_TOPIC, level - 1)
        return self._timers.clock.now() + self._levels[level - 1] * 1000

    def schedule(self, stored: StoredMessage, due: int) -> None:
        """Deliver a message of the schedule topic when it is due."""
        self._timers.call_at(due, lambda: self._due(stored))

    def _due(self, stored: StoredMessage) -> None:
        self.delivered[stored.queue_id + 1] = stored.queue_offset + 1
        message = restored(stored)
        if message.topic != HALF_TOPIC:  # a delayed half message is lost on real servers too
            self._deliver(message)


def delay_level(text: str) -> int:
    """Return the level that a property holds, 0 where it is no number."""
    try:
        return int(text)
    except ValueError:
        return 0


def redirect(message: NewMessage, topic: str, queue_id: int) -> None:
    """Send a message to an internal queue, and note in its properties where it belongs."""
    message.properties[PropertyName.REAL_TOPIC] = message.topic
    message.properties[PropertyName.REAL_QID] = str(message.queue_id)
    message.topic = topic
    message.queue_id = queue_id


def restored(stored: StoredMessage) -> NewMessage:
    """Return a message of an internal queue as one for the queue where it belongs."""
    message = NewMessage.copy_of(stored)
    message.topic = message.properties[PropertyName.REAL_TOPIC]
    message.queue_id = int(message.properties[PropertyName.REAL_QID])
    return message
