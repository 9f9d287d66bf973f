"""Where topics and brokers are."""

from __future__ import annotations

from pyrocketmq.model.declaration import JsonBody, Long, wire


class QueueData(JsonBody):
    """The queues of a topic on one broker.

    Attributes:
        broker_name: Name of the broker.
        read_queue_nums: Queues 0 up to this number, exclusive, can be read.
        write_queue_nums: Queues 0 up to this number, exclusive, can be written.
        perm: Bits: 4 readable, 2 writable, 1 inherited, 8 priority.
        topic_sys_flag: Bits: 1 unit, 2 unit subscription; normally 0.
    """

    broker_name: str
    read_queue_nums: int
    write_queue_nums: int
    perm: int
    topic_sys_flag: int = 0


class BrokerData(JsonBody):
    """The brokers of one name: a master and its replicas.

    Attributes:
        broker_name: Their name.
        broker_addrs: `host:port` by broker id; the master has id 0.
        cluster: Name of their cluster.
        zone_name: Their zone (5.x).
        enable_acting_master: Whether a replica may stand in for an absent master (5.x).
    """

    broker_name: str
    broker_addrs: dict[int, str] = wire(default_factory=dict)
    cluster: str | None = None
    zone_name: str | None = None
    enable_acting_master: bool | None = None


class LogicQueueMappingItem(JsonBody):
    """Where one stretch of a logical queue is (5.x).

    Attributes:
        gen: Number of the stretch.
        queue_id: The physical queue.
        bname: The broker that has it.
        logic_offset: Offset in the logical queue at which the stretch starts; -1 while that is open.
        start_offset: The same place in the physical queue.
        end_offset: Its end there, -1 while it grows.
        time_of_start: Store time of its first message in milliseconds, -1 for unknown.
        time_of_end: Store time of its last message in milliseconds, -1 for unknown.
    """

    gen: int
    queue_id: int
    bname: str
    logic_offset: Long
    start_offset: Long
    end_offset: Long = -1
    time_of_start: Long = -1
    time_of_end: Long = -1


class TopicQueueMappingInfo(JsonBody):
    """Which physical queues of one broker stand for which logical queues of a static topic (5.x).

    Attributes:
        topic: The topic.
        scope: `__global__` unless the topic has a scope of its own.
        total_queues: Number of logical queues.
        bname: The broker.
        epoch: When the mapping was made, in milliseconds.
        dirty: Whether the mapping is in doubt.
        curr_id_map: Physical queue by logical queue.
    """

    topic: str
    scope: str | None = None
    total_queues: int
    bname: str
    epoch: Long = 0
    dirty: bool = False
    curr_id_map: dict[int, int] | None = None


class TopicQueueMappingDetail(TopicQueueMappingInfo):
    """The same with the history of each logical queue that the broker hosts."""

    hosted_queues: dict[int, list[LogicQueueMappingItem]] | None = None


class TopicRouteData(JsonBody):
    """Where a topic is.

    Attributes:
        order_topic_conf: Queues per broker of an order topic, `broker-a:4;broker-b:4`.
        queue_datas: Its queues, by broker.
        broker_datas: The brokers that have them.
        filter_server_table: Of filter servers, which no longer exist.
        topic_queue_mapping_by_broker: The logical queues of a static topic (5.x).
    """

    order_topic_conf: str | None = None
    queue_datas: list[QueueData] = wire(default_factory=list)
    broker_datas: list[BrokerData] = wire(default_factory=list)
    filter_server_table: dict[str, list[str]] = wire(default_factory=dict)
    topic_queue_mapping_by_broker: dict[str, TopicQueueMappingInfo] | None = None


class ClusterInfo(JsonBody):
    """All brokers.

    Attributes:
        broker_addr_table: Brokers by name.
        cluster_addr_table: Names of brokers by cluster.
    """

    broker_addr_table: dict[str, BrokerData] = wire(default_factory=dict)
    cluster_addr_table: dict[str, list[str]] = wire(default_factory=dict)


class BrokerMemberGroup(JsonBody):
    """The brokers of one name as a NameServer sees them: `host:port` by broker id."""

    cluster: str
    broker_name: str
    broker_addrs: dict[int, str] = wire(default_factory=dict)


class GetBrokerMemberGroupResponseBody(JsonBody):
    """Answer of a NameServer about the brokers of one name."""

    broker_member_group: BrokerMemberGroup | None = None
