"""What a broker counts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyrocketmq.testkit.clock import Clock
    from pyrocketmq.testkit.store.messages import StoredMessage


class BrokerStats:
    """Counters by name and key, under the names that servers use."""

    def __init__(self, clock: Clock) -> None:
        self.started_at = clock.now()
        self.puts = 0
        self.gets = 0
        self._counters: Counter[tuple[str, str]] = Counter()
        self._clock = clock

    def count_put(self, cluster: str, message: StoredMessage) -> None:
        """Count a stored message."""
        self.puts += 1
        counters = self._counters
        counters["TOPIC_PUT_NUMS", message.topic] += 1
        counters["TOPIC_PUT_SIZE", message.topic] += len(message.record)
        counters["BROKER_PUT_NUMS", cluster] += 1

    def count_get(self, cluster: str, topic: str, group: str, messages: list[StoredMessage]) -> None:
        """Count messages that a group got."""
        self.gets += len(messages)
        counters = self._counters
        key = f"{topic}@{group}"
        counters["GROUP_GET_NUMS", key] += len(messages)
        counters["GROUP_GET_SIZE", key] += sum(len(message.record) for message in messages)
        counters["BROKER_GET_NUMS", cluster] += len(messages)

    def count_send_back(self, topic: str, group: str) -> None:
        """Count a message that a consumer sent back."""
        self._counters["SNDBCK_PUT_NUMS", f"{topic}@{group}"] += 1

    def value(self, name: str, key: str) -> int | None:
        """Return a counter, `None` if nothing was counted under that name."""
        return self._counters.get((name, key))

    def per_second(self, count: int) -> float:
        """Return a count as a rate since the start."""
        return count / max(1.0, (self._clock.now() - self.started_at) / 1000)
