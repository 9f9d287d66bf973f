"""Queue locks of ordered consumption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyrocketmq.model.message import MessageQueue
    from pyrocketmq.testkit.clock import Clock

LOCK_LIFETIME: Final = 60_000
"""Milliseconds after which a lock that its holder did not renew is free."""


class LockTable:
    """Who holds which queue for a group. Connections mean nothing here: a lock ends by time or by its holder."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[tuple[str, MessageQueue], tuple[str, int]] = {}

    def lock(self, group: str, client_id: str, queues: Iterable[MessageQueue]) -> list[MessageQueue]:
        """Lock the queues that are free or the client's own.

        Returns:
            The queues that the client holds now.
        """
        now = self._clock.now()
        granted: list[MessageQueue] = []
        for queue in queues:
            holder, since = self._held.get((group, queue), (client_id, now))
            if holder == client_id or now - since > LOCK_LIFETIME:
                self._held[group, queue] = (client_id, now)
                granted.append(queue)
        return granted

    def unlock(self, group: str, client_id: str, queues: Iterable[MessageQueue]) -> None:
        """Free those of the queues that the client holds."""
        for queue in queues:
            if self._held.get((group, queue), ("", 0))[0] == client_id:
                del self._held[group, queue]

    def is_locked(self, group: str) -> bool:
        """Whether a group holds a lock that has not expired."""
        now = self._clock.now()
        return any(owner == group and now - since <= LOCK_LIFETIME for (owner, _), (_, since) in self._held.items())
