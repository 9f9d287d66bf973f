"""What a NameServer knows: brokers, topics, and small values by name."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Final, NamedTuple

from pyrocketmq.model.bodies.data_version import DataVersion
from pyrocketmq.model.bodies.route import BrokerData, QueueData, TopicRouteData
from pyrocketmq.testkit.store.topics import READ_WRITE, WRITABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyrocketmq.model.bodies.topic import TopicConfig
    from pyrocketmq.testkit.clock import Clock

BROKER_EXPIRY: Final = 120_000
"""Milliseconds without a registration after which a broker counts as gone."""

EXPIRY_SCAN: Final = 5_000
"""Milliseconds between two looks for such brokers."""

_UNIT, _UNIT_SUBSCRIPTION = 1, 2


class LiveBroker(NamedTuple):
    """One broker that has registered.

    Attributes:
        cluster: Its cluster.
        broker_name: Its name.
        broker_id: 0 for a master.
        address: Where it listens.
        version: Version of its topics.
        seen_at: When it last registered, in milliseconds since 1970.
        connection: What it registered over; `None` for a broker in the same fake.
    """

    cluster: str
    broker_name: str
    broker_id: int
    address: str
    version: DataVersion
    seen_at: int
    connection: Hashable | None


class RouteTable:
    """Brokers and the topics that they have.

    Args:
        clock: Tells which brokers are gone.
        shows_acting_master: Whether routes say that no replica may act as a master, as on 5.x.
    """

    def __init__(self, clock: Clock, *, shows_acting_master: bool) -> None:
        self._clock = clock
        self._shows_acting_master = shows_acting_master
        self._brokers: dict[tuple[str, int], LiveBroker] = {}
        self._queues: dict[str, dict[str, QueueData]] = {}

    def register_broker(
        self,
        *,
        cluster: str,
        broker_name: str,
        broker_id: int,
        address: str,
        topics: Mapping[str, TopicConfig],
        version: DataVersion,
        connection: Hashable | None,
    ) -> None:
        """Take in a broker; of a master also its topics, if they have changed."""
        known = self._brokers.get((broker_name, broker_id))
        self._brokers[broker_name, broker_id] = LiveBroker(
            cluster, broker_name, broker_id, address, version, self._clock.now(), connection
        )
        if broker_id:
            return
        is_changed = known is None or known.version != version
        for topic, config in topics.items():
            queues = self._queues.setdefault(topic, {})
            if is_changed or broker_name not in queues:
                queues[broker_name] = _queue_data(broker_name, config)

    def clear(self) -> None:
        """Forget all brokers and topics."""
        self._brokers.clear()
        self._queues.clear()

    def unregister_broker(self, broker_name: str, broker_id: int) -> None:
        """Forget a broker, and with the last of its name its topics."""
        self._brokers.pop((broker_name, broker_id), None)
        if not any(name == broker_name for name, _ in self._brokers):
            for topic, queues in list(self._queues.items()):
                queues.pop(broker_name, None)
                if not queues:
                    del self._queues[topic]

    def disconnect(self, connection: Hashable) -> None:
        """Forget the brokers that registered over a connection."""
        for broker in [broker for broker in self._brokers.values() if broker.connection is connection]:
            self.unregister_broker(broker.broker_name, broker.broker_id)

    def drop_expired(self) -> None:
        """Forget the brokers that do not register any more."""
        before = self._clock.now() - BROKER_EXPIRY
        for broker in [broker for broker in self._brokers.values() if broker.seen_at < before]:
            self.unregister_broker(broker.broker_name, broker.broker_id)

    def live_broker(self, broker_name: str, broker_id: int) -> LiveBroker | None:
        """Return a broker that has registered."""
        return self._brokers.get((broker_name, broker_id))

    def route(self, topic: str) -> TopicRouteData | None:
        """Return where a topic is, `None` if no broker has it."""
        queues = self._queues.get(topic)
        if not queues:
            return None
        brokers = self.broker_datas()
        return TopicRouteData(
            queue_datas=list(queues.values()),
            broker_datas=[brokers[name] for name in queues if name in brokers],
        )

    def register_route(self, topic: str, route: TopicRouteData) -> None:
        """Take in a topic by hand."""
        self._queues[topic] = {queue.broker_name: queue for queue in route.queue_datas}

    def delete_topic(self, topic: str, cluster: str | None) -> None:
        """Forget a topic, on all brokers or on those of a cluster."""
        queues = self._queues.get(topic, {})
        for broker_name in list(queues):
            if cluster is None or broker_name in self.clusters().get(cluster, ()):
                del queues[broker_name]
        if not queues:
            self._queues.pop(topic, None)

    def set_writable(self, broker_name: str, *, writable: bool) -> int:
        """Give or take the permission to write to a broker in all routes; returns in how many."""
        count = 0
        for queues in self._queues.values():
            queue = queues.get(broker_name)
            if queue is not None:
                perm = READ_WRITE if writable else queue.perm & ~WRITABLE
                queues[broker_name] = queue.replace(perm=perm)
                count += 1
        return count

    def broker_datas(self) -> dict[str, BrokerData]:
        """Return the brokers, by name."""
        datas: dict[str, BrokerData] = {}
        for broker in sorted(self._brokers.values(), key=lambda broker: broker.broker_id):
            data = datas.setdefault(
                broker.broker_name,
                BrokerData(
                    broker_name=broker.broker_name,
                    cluster=broker.cluster,
                    enable_acting_master=False if self._shows_acting_master else None,
                ),
            )
            data.broker_addrs[broker.broker_id] = broker.address
        return datas

    def clusters(self) -> dict[str, list[str]]:
        """Return the names of brokers, by cluster."""
        clusters: dict[str, list[str]] = {}
        for broker in self._brokers.values():
            names = clusters.setdefault(broker.cluster, [])
            if broker.broker_name not in names:
                names.append(broker.broker_name)
        return clusters

    def topics(self) -> list[str]:
        """Return the names of all topics."""
        return list(self._queues)

    def topics_of_cluster(self, cluster: str) -> list[str]:
        """Return the names of the topics of a cluster."""
        names = self.clusters().get(cluster, [])
        return [topic for topic, queues in self._queues.items() if any(name in queues for name in names)]

    def unit_topics(self, *, unit: bool | None = None, subscribed: bool | None = None) -> list[str]:
        """Return the names of topics by the two bits of their system flags; `None` leaves a bit open."""
        found: list[str] = []
        for topic, queues in self._queues.items():
            flag = next(iter(queues.values())).topic_sys_flag
            if unit in (None, bool(flag & _UNIT)) and subscribed in (None, bool(flag & _UNIT_SUBSCRIPTION)):
                found.append(topic)
        return found


def _queue_data(broker_name: str, config: TopicConfig) -> QueueData:
    return QueueData(
        broker_name=broker_name,
        read_queue_nums=config.read_queue_nums,
        write_queue_nums=config.write_queue_nums,
        perm=config.perm,
        topic_sys_flag=config.topic_sys_flag,
    )
