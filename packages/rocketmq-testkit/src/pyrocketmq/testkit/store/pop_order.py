"""Orderly pops: one batch per queue at a time, given again until all of it is acknowledged (5.x)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyrocketmq.testkit.clock import Clock
    from pyrocketmq.testkit.store.offsets import OffsetTable
    from pyrocketmq.testkit.store.pop import QueueKey


class _Batch(NamedTuple):
    """The messages that a group is working on in a queue.

    Attributes:
        pop_time: When they were popped.
        attempt_id: The client's id of the attempt.
        visible_at: By offset, when a message that is not acknowledged may be given again.
        end: The offset after the last one.
        counts: By offset, how often a message was given before.
    """

    pop_time: int
    attempt_id: str | None
    visible_at: dict[int, int]
    end: int
    counts: dict[int, int]


class PopOrderTable:
    """Which batches of which queues groups are working on.

    Args:
        clock: Tells when the time of a batch is over.
        offsets: Where groups stand: at their first message that is not acknowledged.
    """

    def __init__(self, clock: Clock, offsets: OffsetTable) -> None:
        self._clock = clock
        self._offsets = offsets
        self._batches: dict[QueueKey, _Batch] = {}

    def is_blocked(self, key: QueueKey, attempt_id: str | None) -> bool:
        """Whether the queue gives nothing: its batch is under way, and this is not the same attempt again."""
        batch = self._batches.get(key)
        if batch is None or (attempt_id is not None and attempt_id == batch.attempt_id):
            return False
        now = self._clock.now()
        return any(now < time for time in batch.visible_at.values())

    def begin(
        self, key: QueueKey, offsets: Sequence[int], pop_time: int, invisible_time: int, attempt_id: str | None
    ) -> dict[int, int]:
        """Take note of a batch.

        Returns:
            By offset, how often a message was given before; only those that were.
        """
        before = self._batches.get(key)
        counts: dict[int, int] = {}
        if before is not None:
            counts = {offset: before.counts.get(offset, 0) + 1 for offset in offsets if offset in before.visible_at}
        visible_at = dict.fromkeys(offsets, pop_time + invisible_time)
        self._batches[key] = _Batch(pop_time, attempt_id, visible_at, offsets[-1] + 1, counts)
        return counts

    def acknowledge(self, key: QueueKey, offset: int, pop_time: int) -> bool:
        """Take note that a message is consumed; returns whether its queue is free now."""
        batch = self._batches.get(key)
        if batch is None or batch.pop_time != pop_time or offset not in batch.visible_at:
            return False
        del batch.visible_at[offset]
        self._offsets.commit(*key, min(batch.visible_at, default=batch.end))
        return not batch.visible_at

    def hide_again(self, key: QueueKey, offset: int, pop_time: int, invisible_time: int) -> None:
        """Let a message be given again after another time, from now on."""
        batch = self._batches.get(key)
        if batch is not None and batch.pop_time == pop_time and offset in batch.visible_at:
            batch.visible_at[offset] = self._clock.now() + invisible_time

    def free_at(self, key: QueueKey) -> int | None:
        """Return when the queue gives its batch again, `None` if there is none."""
        batch = self._batches.get(key)
        return None if batch is None else max(batch.visible_at.values(), default=None)
