"""Pulls that wait for a message (long polling)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.testkit.clock import Clock
    from pyrocketmq.testkit.filters import MessageFilter
    from pyrocketmq.testkit.store.messages import StoredMessage

HOLD_CHECK: Final = 5_000
"""Milliseconds between two looks at all held pulls."""


class HeldPull(NamedTuple):
    """One pull that waits.

    Attributes:
        offset: Where it wants to read.
        matches: Whether it wants a message; `None` for all.
        deadline: When it is answered whether there is something or not, in milliseconds since 1970.
        run: Runs the pull again, for good.
        is_alive: Whether its connection is still open.
    """

    offset: int
    matches: MessageFilter | None
    deadline: int
    run: Callable[[], None]
    is_alive: Callable[[], bool]


class PullHolds:
    """All held pulls, by topic and queue.

    Args:
        clock: Tells which have waited long enough.
        max_offset: Returns the end of a queue.
    """

    def __init__(self, clock: Clock, max_offset: Callable[[str, int], int]) -> None:
        self._clock = clock
        self._max_offset = max_offset
        self._held: dict[tuple[str, int], list[HeldPull]] = {}

    def hold(self, topic: str, queue_id: int, pull: HeldPull) -> None:
        """Let a pull wait."""
        self._held.setdefault((topic, queue_id), []).append(pull)

    def arrived(self, message: StoredMessage) -> None:
        """Run the pulls that want a new message."""
        if not self._held:
            return  # as nearly always, and this runs for every message
        key = (message.topic, message.queue_id)
        if key in self._held:
            self._run_those(
                key,
                lambda pull: message.queue_offset >= pull.offset and (pull.matches is None or pull.matches(message)),
            )

    def check(self) -> None:
        """Run the pulls whose time is over, and those whose queue has grown although no message woke them."""
        for key in list(self._held):
            self._run_those(key, self._is_over(self._clock.now(), self._max_offset(*key)))

    @staticmethod
    def _is_over(now: int, end: int) -> Callable[[HeldPull], bool]:
        return lambda pull: end > pull.offset or now >= pull.deadline

    def clear(self) -> None:
        """Forget all pulls."""
        self._held.clear()

    def _run_those(self, key: tuple[str, int], is_ready: Callable[[HeldPull], bool]) -> None:
        held = [pull for pull in self._held.pop(key) if pull.is_alive()]
        ready = [pull for pull in held if is_ready(pull)]
        waiting = [pull for pull in held if pull not in ready]
        if waiting:
            self._held[key] = waiting
        for pull in ready:
            pull.run()
