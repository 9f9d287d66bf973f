"""What a broker counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyrocketmq.testkit.clock import Clock
    from pyrocketmq.testkit.store.messages import StoredMessage


class Puts:
    """What was stored in one topic."""

    __slots__ = ("number", "size")

    def __init__(self) -> None:
        self.number = 0
        self.size = 0


class BrokerStats:
    """Counters by name and key, under the names that servers use.

    Args:
        clock: Tells since when it counts.
        cluster: Name of the broker's cluster, a key of some counters.
    """

    def __init__(self, clock: Clock, cluster: str) -> None:
        self.started_at = clock.now()
        self.gets = 0
        self._counters: Counter[tuple[str, str]] = Counter()
        self._puts: defaultdict[str, Puts] = defaultdict(Puts)
        self._clock = clock
        self._cluster = cluster

    def count_put(self, message: StoredMessage) -> None:
        """Count a stored message."""
        puts = self._puts[message.topic]
        puts.number += 1
        puts.size += len(message.record)

    @property
    def puts(self) -> int:
        """Messages that were stored."""
        return sum(puts.number for puts in self._puts.values())

    def count_get(self, topic: str, group: str, messages: list[StoredMessage]) -> None:
        """Count messages that a group got."""
        self.gets += len(messages)
        counters = self._counters
        key = f"{topic}@{group}"
        counters["GROUP_GET_NUMS", key] += len(messages)
        counters["GROUP_GET_SIZE", key] += sum(len(message.record) for message in messages)
        counters["BROKER_GET_NUMS", self._cluster] += len(messages)

    def count_send_back(self, topic: str, group: str) -> None:
        """Count a message that a consumer sent back."""
        self._counters["SNDBCK_PUT_NUMS", f"{topic}@{group}"] += 1

    def value(self, name: str, key: str) -> int | None:
        """Return a counter, `None` if nothing was counted under that name."""
        if (name, key) == ("BROKER_PUT_NUMS", self._cluster):
            return self.puts or None
        puts = self._puts.get(key)
        if puts is not None and name == "TOPIC_PUT_NUMS":
            return puts.number
        if puts is not None and name == "TOPIC_PUT_SIZE":
            return puts.size
        return self._counters.get((name, key))

    def per_second(self, count: int) -> float:
        """Return a count as a rate since the start."""
        return count / max(1.0, (self._clock.now() - self.started_at) / 1000)
