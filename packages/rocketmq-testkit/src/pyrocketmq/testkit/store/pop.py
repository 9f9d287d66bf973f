"""Popped messages: hidden from their group until they are acknowledged or their time is over (5.x)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

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


_Handle: TypeAlias = tuple[int, int]
# Offset and pop time: a group that was set back may pop a message again that it holds already.


class _Hidden(NamedTuple):
    """One popped message."""

    message: StoredMessage
    timer: Timer


class PopTable:
    """Who has popped what.

    Args:
        timers: Tell when the time of a message is over.
        offsets: Where groups stand: where their next pop begins. What was popped and not acknowledged does not hold
            them back; the table itself brings it back.
        revive: Called with the group, the message and its pop time when a message comes back.
    """

    def __init__(self, timers: Timers, offsets: OffsetTable, revive: Callable[[str, StoredMessage, int], None]) -> None:
        self._timers = timers
        self._offsets = offsets
        self._revive = revive
        self._hidden: dict[QueueKey, dict[_Handle, _Hidden]] = {}
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
        for message in messages:
            self._hide(key, message, pop_time, invisible_time)
        self._offsets.commit(*key, next_offset)

    def acknowledge(self, key: QueueKey, offset: int, pop_time: int) -> None:
        """Take note that a message is consumed; no effect if its time is over or its handle was replaced."""
        self._take_out(key, offset, pop_time)

    def hide_again(self, key: QueueKey, offset: int, pop_time: int, invisible_time: int) -> None:
        """Hide a message for another time, from now on; no effect if its time is over."""
        hidden = self._take_out(key, offset, pop_time)
        if hidden is not None:
            self._hide(key, hidden.message, self._timers.clock.now(), invisible_time)

    def _hide(self, key: QueueKey, message: StoredMessage, pop_time: int, invisible_time: int) -> None:
        def come_back() -> None:
            if self._take_out(key, message.queue_offset, pop_time) is not None:
                self._revive(key.group, message, pop_time)

        timer = self._timers.call_at(pop_time + invisible_time + _REVIVE_DELAY, come_back)
        self._hidden.setdefault(key, {})[message.queue_offset, pop_time] = _Hidden(message, timer)

    def _take_out(self, key: QueueKey, offset: int, pop_time: int) -> _Hidden | None:
        hidden = self._hidden.get(key, {}).pop((offset, pop_time), None)
        if hidden is not None:
            hidden.timer.cancel()
        return hidden

    def _forget(self, key: QueueKey) -> None:
        for hidden in self._hidden.pop(key, {}).values():
            hidden.timer.cancel()

    def delete_topic(self, topic: str) -> None:
        """Forget what was popped of a topic."""
        for key in [key for key in self._hidden if key.topic == topic]:
            self._forget(key)
