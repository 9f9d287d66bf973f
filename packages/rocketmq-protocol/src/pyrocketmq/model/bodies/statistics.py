"""Statistics of queues, groups and brokers."""

from __future__ import annotations

from pyrocketmq.model.bodies.data_version import DataVersion
from pyrocketmq.model.bodies.heartbeat import SubscriptionData
from pyrocketmq.model.declaration import JsonBody, Long, wire
from pyrocketmq.model.message import MessageQueue


class TopicOffset(JsonBody):
    """Ends of a queue, and when its last message was stored, in milliseconds; 0 for never."""

    min_offset: Long = 0
    max_offset: Long = 0
    last_update_timestamp: Long = 0


class TopicStatsTable(JsonBody):
    """Statistics of a topic; messages stored per second on 5.x only."""

    offset_table: dict[MessageQueue, TopicOffset] = wire(default_factory=dict)
    topic_put_tps: float | None = None


class OffsetWrapper(JsonBody):
    """Where a group stands in a queue.

    Attributes:
        broker_offset: End of the queue.
        consumer_offset: Offset that the group has committed.
        pull_offset: Offset that it last pulled (5.x).
        last_timestamp: Store time of the message before the committed offset, in milliseconds; 0 for none.
    """

    broker_offset: Long = 0
    consumer_offset: Long = 0
    pull_offset: Long | None = None
    last_timestamp: Long = 0


class ConsumeStats(JsonBody):
    """Where a group stands, by queue, and how many messages it consumes per second."""

    offset_table: dict[MessageQueue, OffsetWrapper] = wire(default_factory=dict)
    consume_tps: float = 0.0


class ConsumeStatsList(JsonBody):
    """Where all groups of a broker stand: each entry maps a group to its statistics by topic."""

    consume_stats_list: list[dict[str, list[ConsumeStats]]] = wire(default_factory=list)
    broker_addr: str | None = None
    total_diff: Long = 0
    total_inflight_diff: Long | None = None


class QueueTimeSpan(JsonBody):
    """What period the messages of a queue cover, and how far a group is in it; times in milliseconds.

    Attributes:
        message_queue: The queue.
        min_time_stamp: Store time of the oldest message.
        max_time_stamp: Store time of the newest message.
        consume_time_stamp: Store time of the message that the group has come to.
        delay_time: How long ago that is.
        min_time_stamp_str: The first time, as text.
        max_time_stamp_str: The second time, as text.
        consume_time_stamp_str: The third time, as text.
    """

    message_queue: MessageQueue
    min_time_stamp: Long = 0
    max_time_stamp: Long = 0
    consume_time_stamp: Long = 0
    delay_time: Long = 0
    min_time_stamp_str: str | None = None
    max_time_stamp_str: str | None = None
    consume_time_stamp_str: str | None = None


class QueryConsumeTimeSpanBody(JsonBody):
    """Periods of all queues of a topic."""

    consume_time_span_set: list[QueueTimeSpan] = wire(default_factory=list)


class ConsumeQueueData(JsonBody):
    """One entry of a queue's index.

    Attributes:
        physic_offset: Position of the message in the commit log, in bytes.
        physic_size: Size of its record in bytes.
        tags_code: Hash code of its tags.
        extend_data_json: Further data of the entry.
        bit_map: Bits of the filters that it passed.
        eval: Whether the group's filter takes it.
        msg: What is wrong with it.
    """

    physic_offset: Long = 0
    physic_size: int = 0
    tags_code: Long = 0
    extend_data_json: str | None = None
    bit_map: str | None = None
    eval: bool = False
    msg: str | None = None


class QueryConsumeQueueResponseBody(JsonBody):
    """A stretch of a queue's index, with the subscription that it was compared with."""

    subscription_data: SubscriptionData | None = None
    filter_data: str | None = None
    queue_data: list[ConsumeQueueData] = wire(default_factory=list)
    max_queue_index: Long = 0
    min_queue_index: Long = 0


class BrokerStatsItem(JsonBody):
    """One statistic over one period: its sum, its sum per second, its average per call."""

    sum: Long = 0
    tps: float = 0.0
    avgpt: float = 0.0


class BrokerStatsData(JsonBody):
    """One statistic over the last minute, hour and day."""

    stats_minute: BrokerStatsItem | None = None
    stats_hour: BrokerStatsItem | None = None
    stats_day: BrokerStatsItem | None = None


class KVTable(JsonBody):
    """Texts by name."""

    table: dict[str, str] = wire(default_factory=dict)


class TimerMetric(JsonBody):
    """Messages of a topic that wait for their time (5.x), and when that was counted, in milliseconds."""

    count: Long = 0
    time_stamp: Long = 0


class TimerMetrics(JsonBody):
    """Messages that wait for their time, by topic (5.x)."""

    timing_count: dict[str, TimerMetric] = wire(default_factory=dict)
    data_version: DataVersion | None = None
