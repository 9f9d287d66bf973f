"""Pops that wait for a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.testkit.clock import Timers
    from pyrocketmq.testkit.store.messages import StoredMessage

HOLDS_PER_QUEUE: Final = 1024
"""Waiting requests of a group at a queue; one more is turned away."""

ANY_QUEUE: Final = -1


class HeldPop:
    """One request that waits.

    Attributes:
        group: Its group.
        queue_id: The queue, -1 for any.
        retry: Tries again; returns whether the request is answered now.
        expire: Answers that there is nothing.
        is_over: Whether it was answered, or has no connection any more.
    """

    def __init__(
        self,
        group: str,
        queue_id: int,
        retry: Callable[[], bool],
        expire: Callable[[], None],
        is_alive: Callable[[], bool],
    ) -> None:
        self.group = group
        self.queue_id = queue_id
        self.retry = retry
        self.expire = expire
        self.is_over = False
        self._is_alive = is_alive

    def try_again(self) -> None:
        """Try again, if there is still somebody to answer to."""
        if not self.is_over:
            self.is_over = not self._is_alive() or self.retry()

    def give_up(self) -> None:
        """Answer that there is nothing."""
        if not self.is_over:
            self.is_over = True
            if self._is_alive():
                self.expire()


class PopHolds:
    """All waiting pops and notifications, by topic."""

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._held: dict[str, list[HeldPop]] = {}

    def hold(self, topic: str, pop: HeldPop, deadline: int) -> None:
        """Let a request wait until a time in milliseconds."""
        self._held.setdefault(topic, []).append(pop)
        self._timers.call_at(deadline, pop.give_up)

    def count(self, topic: str, group: str, queue_id: int) -> int:
        """Return how many requests of a group wait at a queue."""
        return len([pop for pop in self._waiting(topic) if (pop.group, pop.queue_id) == (group, queue_id)])

    def arrived(self, message: StoredMessage) -> None:
        """Try the requests that may want a new message."""
        if message.topic not in self._held:
            return  # as nearly always, and this runs for every message
        for pop in self._waiting(message.topic):
            if pop.queue_id in (ANY_QUEUE, message.queue_id):
                pop.try_again()

    def wake(self, topic: str, group: str) -> None:
        """Try the requests of a group."""
        for pop in self._waiting(topic):
            if pop.group == group:
                pop.try_again()

    def clear(self) -> None:
        """Forget all requests."""
        self._held.clear()

    def _waiting(self, topic: str) -> list[HeldPop]:
        if topic not in self._held:
            return []
        waiting = self._held[topic] = [pop for pop in self._held[topic] if not pop.is_over]
        return list(waiting)
