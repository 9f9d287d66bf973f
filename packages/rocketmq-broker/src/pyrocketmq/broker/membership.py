"""Which groups a client belongs to, and when it tells the broker about it."""

from __future__ import annotations

from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from pyrocketmq.model.bodies import ConsumerData, HeartbeatData, ProducerData
from pyrocketmq.model.names import check_group
from pyrocketmq.remote import fork

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from pyrocketmq.remote import Address

GroupDataT = TypeVar("GroupDataT", ProducerData, ConsumerData)

HEARTBEAT_PERIOD: Final = 30.0
"""Seconds between two heartbeats. A broker forgets a client that is silent for 120."""

RETRY_PERIOD: Final = 5.0
"""Seconds after which a heartbeat that failed is tried again."""

WATCH_PERIOD: Final = 1.0
"""Seconds between two looks at the connection: on another one the broker does not know the client."""


class _Groups(Generic[GroupDataT]):
    """The groups of one kind that a client is in; guarded by the lock of the membership."""

    def __init__(self) -> None:
        self.joined: dict[str, GroupDataT] = {}
        self.confirmed: dict[str, tuple[GroupDataT, Address | None]] = {}
        """What the broker knows the client as, and over which connection it was told."""

    def confirm(self, told: Iterable[GroupDataT], connection: Address | None) -> None:
        """Take note that the broker knows of groups, except of those left or joined anew since it was told."""
        for data in told:
            if self.joined.get(data.group_name) is data:
                self.confirmed[data.group_name] = data, connection

    def undo(self, data: GroupDataT) -> None:
        """Go back to what the broker knows, unless somebody else has joined or left meanwhile."""
        name = data.group_name
        if self.joined.get(name) is not data:
            return
        if name in self.confirmed:
            self.joined[name], _ = self.confirmed[name]
        else:
            del self.joined[name]

    def leave(self, name: str) -> bool:
        """Leave a group; returns whether the client was in it."""
        self.confirmed.pop(name, None)
        return self.joined.pop(name, None) is not None


class Membership:
    """The groups of one client; any thread may use it."""

    def __init__(self) -> None:
        self._lock = fork.Lock()
        self._producers: _Groups[ProducerData] = _Groups()
        self._consumers: _Groups[ConsumerData] = _Groups()

    def knows_producer(self, producer_group: str, connection: Address | None) -> bool:
        """Whether the broker has confirmed over this connection that the client is in a producer group.

        Until then it refuses replies to the client, and has nobody to ask about transactions.

        Args:
            producer_group: The group.
            connection: This end of the connection; `None` where there is none.
        """
        with self._lock:
            confirmed = self._producers.confirmed.get(producer_group)
        return connection is not None and confirmed is not None and confirmed[1] == connection

    def consumer(self, consumer_group: str) -> ConsumerData | None:
        """Return what the client is in a consumer group; `None` where it is no member."""
        with self._lock:
            return self._consumers.joined.get(consumer_group)

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
    def _joining(self, groups: _Groups[GroupDataT], data: GroupDataT) -> Generator[None]:
        with self._lock:
            groups.joined[data.group_name] = data
        try:
            yield
        except BaseException:
            with self._lock:
                groups.undo(data)
            raise

    def leave_producers(self, producer_group: str) -> bool:
        """Leave a producer group; returns whether the client was in it."""
        with self._lock:
            return self._producers.leave(producer_group)

    def leave_consumers(self, consumer_group: str) -> bool:
        """Leave a consumer group; returns whether the client was in it."""
        with self._lock:
            return self._consumers.leave(consumer_group)

    def leave_all(self) -> list[tuple[str | None, str | None]]:
        """Leave all groups; returns for each the producer group or the consumer group that it was."""
        with self._lock:
            groups: list[tuple[str | None, str | None]] = [(name, None) for name in self._producers.joined]
            groups += [(None, name) for name in self._consumers.joined]
            self._producers, self._consumers = _Groups(), _Groups()
        return groups

    def heartbeat_data(self, client_id: str) -> HeartbeatData:
        """Return what the next heartbeat says."""
        with self._lock:
            return HeartbeatData(
                client_id=client_id,
                producer_data_set=list(self._producers.joined.values()),
                consumer_data_set=list(self._consumers.joined.values()),
            )

    def confirm(self, data: HeartbeatData, connection: Address | None) -> None:
        """Take note that the broker has taken a heartbeat.

        Args:
            data: What `heartbeat_data` had returned.
            connection: This end of the connection that it went over.
        """
        with self._lock:
            self._producers.confirm(data.producer_data_set, connection)
            self._consumers.confirm(data.consumer_data_set, connection)


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
