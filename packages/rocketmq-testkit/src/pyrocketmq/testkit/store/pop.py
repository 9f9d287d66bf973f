"""Popped messages: hidden from their group until they are acknowledged or their time is over (5.x)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pyrocketmq.testkit.clock import Timer, Timers
    from pyrocketmq.testkit.store.messages import StoredMessage
    from pyrocketmq.testkit.store.offsets import OffsetTable

REVIVE_QUEUES: Final = 8
"""Number of the queues between which a broker spreads its bookkeeping; receipt handles name one."""

_REVIVE_DELAY: Final = 2_000
# Milliseconds: a real broker brings messages back one to five seconds after their time, as its bookkeeping turns.


class QueueKey(NamedTuple):
    """One queue as one group sees it."""

    group: str
    topic: str
    queue_id: int


class _Hidden(NamedTuple):
    """One popped message."""

    message: StoredMessage
    pop_time: int
    timer: Timer


class _PoppedQueue:
    """What a group has popped of a queue.

    Attributes:
        next_offset: Where the next pop begins.
        hidden: The messages that are not acknowledged yet, by offset.
    """

    def __init__(self, next_offset: int) -> None:
        self.next_offset = next_offset
        self.hidden: dict[int, _Hidden] = {}

    @property
    def committed(self) -> int:
        """The offset below which everything is done."""
        return min(self.hidden, default=self.next_offset)


class PopTable:
    """Who has popped what.

    Args:
        timers: Tell when the time of a message is over.
        offsets: Where groups stand: at their oldest message that is not acknowledged.
        revive: Called with the group, the message and its pop time when a message comes back.
    """

    def __init__(self, timers: Timers, offsets: OffsetTable, revive: Callable[[str, StoredMessage, int], None]) -> None:
        self._timers = timers
        self._offsets = offsets
        self._revive = revive
        self._queues: dict[QueueKey, _PoppedQueue] = {}
        self._turn = 0

    def next_revive_queue(self) -> int:
        """Return the number of the bookkeeping queue for the next pop."""
        self._turn += 1
        return self._turn % REVIVE_QUEUES

    def next_offset(self, key: QueueKey, start: int) -> int:
        """Return where the next pop begins.

        Args:
            key: Group and queue.
            start: Where a group begins that has never been there.
        """
        reset = self._offsets.take_reset(*key)
        if reset is not None:
            self._forget(key)
            return reset
        popped = self._queues.get(key)
        if popped is not None:
            return popped.next_offset
        committed = self._offsets.committed(*key)
        return start if committed < 0 else committed

    def hide(
        self, key: QueueKey, messages: Iterable[StoredMessage], next_offset: int, pop_time: int, invisible_time: int
    ) -> None:
        """Hide messages from the group.

        Args:
            key: Group and queue.
            messages: The messages; those between them were looked at and not wanted.
            next_offset: Where the next pop begins.
            pop_time: When they were popped.
            invisible_time: For how long they are hidden, in milliseconds.
        """
        popped = self._queues.setdefault(key, _PoppedQueue(next_offset))
        popped.next_offset = next_offset
        for message in messages:
            self._hide(key, popped, message, pop_time, invisible_time)
        self._commit(key, popped)

    def acknowledge(self, key: QueueKey, offset: int, pop_time: int) -> None:
        """Take note that a message is consumed; no effect if its time is over or its handle was replaced."""
        self._take_out(key, offset, pop_time)

    def hide_again(self, key: QueueKey, offset: int, pop_time: int, invisible_time: int) -> None:
        """Hide a message for another time, from now on; no effect if its time is over."""
        hidden = self._take_out(key, offset, pop_time)
        if hidden is not None:
            popped = self._queues[key]
            self._hide(key, popped, hidden.message, self._timers.clock.now(), invisible_time)
            self._commit(key, popped)

    def _hide(
        self, key: QueueKey, popped: _PoppedQueue, message: StoredMessage, pop_time: int, invisible_time: int
    ) -> None:
        def come_back() -> None:
            if self._take_out(key, message.queue_offset, pop_time) is not None:
                self._revive(key.group, message, pop_time)

        timer = self._timers.call_at(pop_time + invisible_time + _REVIVE_DELAY, come_back)
        popped.hidden[message.queue_offset] = _Hidden(message, pop_time, timer)

    def _take_out(self, key: QueueKey, offset: int, pop_time: int) -> _Hidden | None:
        popped = self._queues.get(key)
        hidden = None if popped is None else popped.hidden.get(offset)
        if popped is None or hidden is None or hidden.pop_time != pop_time:
            return None
        hidden.timer.cancel()
        del popped.hidden[offset]
        self._commit(key, popped)
        return hidden

    def _commit(self, key: QueueKey, popped: _PoppedQueue) -> None:
        self._offsets.commit(*key, popped.committed)

    def _forget(self, key: QueueKey) -> None:
        popped = self._queues.pop(key, None)
        for hidden in () if popped is None else popped.hidden.values():
            hidden.timer.cancel()

    def delete_topic(self, topic: str) -> None:
        """Forget what was popped of a topic."""
        for key in [key for key in self._queues if key.topic == topic]:
            self._forget(key)
