"""Which groups a client belongs to, and what it tells the broker about it."""

from __future__ import annotations

import os
import time
from typing import Final

from pyrocketmq.model.bodies import HeartbeatData, ProducerData

HEARTBEAT_PERIOD: Final = 30.0
"""Seconds between two heartbeats. A broker forgets a client that is silent for 120."""


class Membership:
    """The groups of one client.

    Args:
        address: IP address of this client, part of its id.
        instance_name: What tells clients on one machine apart; by default the process and the time.
    """

    def __init__(self, address: str = "127.0.0.1", instance_name: str | None = None) -> None:
        self.client_id = f"{address}@{instance_name or f'{os.getpid()}#{time.monotonic_ns()}'}"
        self._producer_groups: set[str] = set()

    @property
    def is_empty(self) -> bool:
        """Whether the client belongs to no group, so that it need not say anything."""
        return not self._producer_groups

    @property
    def producer_groups(self) -> list[str]:
        """The producer groups, in order."""
        return sorted(self._producer_groups)

    def add_producer(self, producer_group: str) -> None:
        """Join a producer group."""
        self._producer_groups.add(producer_group)

    def leave_all(self) -> list[str]:
        """Leave all groups; returns the producer groups that were left."""
        groups = self.producer_groups
        self._producer_groups.clear()
        return groups

    def heartbeat_data(self) -> HeartbeatData:
        """Return what the next heartbeat says."""
        return HeartbeatData(
            client_id=self.client_id,
            producer_data_set=[ProducerData(group_name=group) for group in self.producer_groups],
            consumer_data_set=[],
        )
