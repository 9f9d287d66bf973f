"""Which groups a client belongs to, and when it tells the broker about it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeVar

from pyrocketmq.model.bodies import ConsumerData, HeartbeatData, ProducerData
from pyrocketmq.model.names import check_group

if TYPE_CHECKING:
    from collections.abc import Generator

    from pyrocketmq.remote import Address

GroupDataT = TypeVar("GroupDataT", ProducerData, ConsumerData)

HEARTBEAT_PERIOD: Final = 30.0
"""Seconds between two heartbeats. A broker forgets a client that is silent for 120."""

RETRY_PERIOD: Final = 5.0
"""Seconds after which a heartbeat that failed is tried again."""

WATCH_PERIOD: Final = 1.0
"""Seconds between two looks at the connection: on another one the broker does not know the client."""


class Membership:
    """The groups of one client; any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._producers: dict[str, ProducerData] = {}
        self._consumers: dict[str, ConsumerData] = {}

    @property
    def producer_groups(self) -> list[str]:
        """The producer groups, in order."""
        with self._lock:
            return sorted(self._producers)

    def consumer(self, consumer_group: str) -> ConsumerData | None:
        """Return what the client is in a consumer group; `None` where it is no member."""
        with self._lock:
            return self._consumers.get(consumer_group)

    @contextmanager
    def joining_producers(self, producer_group: str) -> Generator[None]:
        """Join a producer group; leave it again where the block fails."""
        with self._joining(self._producers, ProducerData(group_name=check_group(producer_group))):
            yield

    @contextmanager
    def joining_consumers(self, data: ConsumerData) -> Generator[None]:
        """Join a consumer group, or change what the client is in it; undone where the block fails."""
        with self._joining(self._consumers, data):
            yield

    @contextmanager
    def _joining(self, groups: dict[str, GroupDataT], data: GroupDataT) -> Generator[None]:
        name = data.group_name
        with self._lock:
            before = groups.get(name)
            groups[name] = data
        try:
            yield
        except BaseException:
            with self._lock:
                if before is None:
                    groups.pop(name, None)
                else:
                    groups[name] = before
            raise

    def leave_producers(self, producer_group: str) -> bool:
        """Leave a producer group; returns whether the client was in it."""
        with self._lock:
            return self._producers.pop(producer_group, None) is not None

    def leave_consumers(self, consumer_group: str) -> bool:
        """Leave a consumer group; returns whether the client was in it."""
        with self._lock:
            return self._consumers.pop(consumer_group, None) is not None

    def leave_all(self) -> list[tuple[str | None, str | None]]:
        """Leave all groups; returns for each the producer group or the consumer group that it was."""
        with self._lock:
            groups: list[tuple[str | None, str | None]] = [(name, None) for name in self._producers]
            groups += [(None, name) for name in self._consumers]
            self._producers.clear()
            self._consumers.clear()
        return groups

    def heartbeat_data(self, client_id: str) -> HeartbeatData:
        """Return what the next heartbeat says."""
        with self._lock:
            return HeartbeatData(
                client_id=client_id,
                producer_data_set=list(self._producers.values()),
                consumer_data_set=list(self._consumers.values()),
            )


class HeartbeatSchedule:
    """When a heartbeat is due: from time to time, and at once on another connection."""

    def __init__(self) -> None:
        self._next = 0.0
        self._connection: Address | None = None

    def is_due(self, connection: Address | None) -> bool:
        """Whether the broker should hear of the client now.

        Args:
            connection: This end of the connection; `None` where there is none.
        """
        return monotonic() >= self._next or (connection != self._connection and self._connection is not None)

    def note_sent(self, connection: Address | None) -> None:
        """Take note that a heartbeat has arrived over a connection."""
        self._connection = connection
        self._next = monotonic() + HEARTBEAT_PERIOD

    def note_failed(self) -> None:
        """Take note that a heartbeat has failed."""
        self._connection = None
        self._next = monotonic() + RETRY_PERIOD
