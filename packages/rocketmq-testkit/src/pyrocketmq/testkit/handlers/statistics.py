"""Statistics of topics, groups and the broker."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pyrocketmq.model.bodies.statistics import (
    BrokerStatsData,
    BrokerStatsItem,
    ConsumeStats,
    ConsumeStatsList,
    OffsetWrapper,
    QueryConsumeTimeSpanBody,
    QueueTimeSpan,
    TopicOffset,
    TopicStatsTable,
)
from pyrocketmq.model.bodies.subscription_group import GroupList, QuerySubscriptionResponseBody
from pyrocketmq.model.bodies.topic import TopicList
from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.model.message import MessageQueue
from pyrocketmq.model.requests import (
    GetBrokerConsumeStats,
    GetBrokerConsumeStatsReply,
    GetConsumeStats,
    GetConsumeStatsReply,
    GetTopicStatsInfo,
    GetTopicStatsInfoReply,
    QueryConsumeTimeSpan,
    QueryConsumeTimeSpanReply,
    QuerySubscriptionByConsumer,
    QuerySubscriptionByConsumerReply,
    QueryTopicConsumeByWho,
    QueryTopicConsumeByWhoReply,
    QueryTopicsByConsumer,
    QueryTopicsByConsumerReply,
    ViewBrokerStatsData,
    ViewBrokerStatsDataReply,
)
from pyrocketmq.testkit.handlers.registry import BROKER
from pyrocketmq.testkit.refusal import Refusal

if TYPE_CHECKING:
    from pyrocketmq.model.bodies.topic import TopicConfig
    from pyrocketmq.testkit.broker_server import BrokerServer
    from pyrocketmq.testkit.exchange import Exchange


@BROKER.handles(GetTopicStatsInfo, simplified="the rate of sends is 0")
def get_topic_stats_info(
    broker: BrokerServer, request: GetTopicStatsInfo, exchange: Exchange
) -> GetTopicStatsInfoReply:
    """Say where the queues of a topic begin and end."""
    config = _known_topic(broker, request.topic)
    table: dict[MessageQueue, TopicOffset] = {}
    for queue_id in range(max(config.read_queue_nums, config.write_queue_nums)):
        queue = broker.store.queue(request.topic, queue_id)
        newest = queue.at(queue.max_offset - 1)
        table[MessageQueue(request.topic, broker.name, queue_id)] = TopicOffset(
            min_offset=queue.min_offset,
            max_offset=queue.max_offset,
            last_update_timestamp=0 if newest is None else newest.store_timestamp,
        )
    rate = 0.0 if broker.profile.has_extended_json else None
    return GetTopicStatsInfoReply(stats=TopicStatsTable(offset_table=table, topic_put_tps=rate))


@BROKER.handles(GetConsumeStats)
def get_consume_stats(broker: BrokerServer, request: GetConsumeStats, exchange: Exchange) -> GetConsumeStatsReply:
    """Say where a group stands: in the topics asked for, or else in those that it has offsets in."""
    knows_list = broker.profile.knows("5.0.0")
    topics = list(filter(None, (request.topic_list or "").split(";"))) if knows_list else []
    if not topics:
        wanted = [request.topic] if request.topic else broker.offsets.topics_of(request.consumer_group)
        topics = [topic for topic in wanted if not broker.consumers.subscribes_else(request.consumer_group, topic)]
    table: dict[MessageQueue, OffsetWrapper] = {}
    for topic in topics:
        config = broker.topics.get(topic)
        table |= _positions(broker, request.consumer_group, topic, 0 if config is None else config.read_queue_nums)
    return GetConsumeStatsReply(stats=ConsumeStats(offset_table=table))


@BROKER.handles(GetBrokerConsumeStats, absent={"is_order": "false"})
def get_broker_consume_stats(
    broker: BrokerServer, request: GetBrokerConsumeStats, exchange: Exchange
) -> GetBrokerConsumeStatsReply:
    """Say where all groups stand, in the topics to which messages can be sent; how far they have pulled is left out."""
    extended = broker.profile.has_extended_json
    stats: list[dict[str, list[ConsumeStats]]] = []
    behind = in_flight = 0
    for group in broker.groups.all():
        by_topic: list[ConsumeStats] = []
        for topic in broker.offsets.topics_of(group):
            config = broker.topics.get(topic)
            if (
                config is None
                or (request.is_order and not config.order)
                or broker.consumers.subscribes_else(group, topic)
            ):
                continue
            table = _positions(broker, group, topic, config.write_queue_nums, tells_pulls=False)
            behind += sum(position.broker_offset - position.consumer_offset for position in table.values())
            in_flight -= sum(position.consumer_offset for position in table.values())
            by_topic.append(ConsumeStats(offset_table=table))
        stats.append({group: by_topic})
    return GetBrokerConsumeStatsReply(
        stats=ConsumeStatsList(
            consume_stats_list=stats,
            broker_addr=broker.address,
            total_diff=behind,
            total_inflight_diff=in_flight if extended else None,
        )
    )


def _positions(
    broker: BrokerServer, group: str, topic: str, queues: int, *, tells_pulls: bool = True
) -> dict[MessageQueue, OffsetWrapper]:
    """Say where a group stands in the first queues of a topic."""
    table: dict[MessageQueue, OffsetWrapper] = {}
    for queue_id in range(queues):
        queue = broker.store.queue(topic, queue_id)
        committed = max(0, broker.offsets.committed(group, topic, queue_id))
        pulled = max(committed, broker.offsets.pulled(group, topic, queue_id)) if tells_pulls else 0
        last = queue.at(committed - 1)
        table[MessageQueue(topic, broker.name, queue_id)] = OffsetWrapper(
            broker_offset=queue.max_offset,
            consumer_offset=committed,
            pull_offset=pulled if broker.profile.has_extended_json else None,
            last_timestamp=0 if last is None else last.store_timestamp,
        )
    return table


@BROKER.handles(QueryTopicConsumeByWho)
def query_topic_consume_by_who(
    broker: BrokerServer, request: QueryTopicConsumeByWho, exchange: Exchange
) -> QueryTopicConsumeByWhoReply:
    """Name the groups that consume a topic, now or once."""
    groups = dict.fromkeys([*broker.consumers.groups_of(request.topic), *broker.offsets.groups_of(request.topic)])
    return QueryTopicConsumeByWhoReply(groups=GroupList(group_list=list(groups)))


@BROKER.handles(QueryTopicsByConsumer)
def query_topics_by_consumer(
    broker: BrokerServer, request: QueryTopicsByConsumer, exchange: Exchange
) -> QueryTopicsByConsumerReply:
    """Name the topics that a group has offsets in."""
    topics = broker.offsets.topics_of(request.group)
    return QueryTopicsByConsumerReply(topics=TopicList(topic_list=topics, broker_addr=broker.address))


@BROKER.handles(QuerySubscriptionByConsumer)
def query_subscription_by_consumer(
    broker: BrokerServer, request: QuerySubscriptionByConsumer, exchange: Exchange
) -> QuerySubscriptionByConsumerReply:
    """Say what a group subscribes of a topic."""
    return QuerySubscriptionByConsumerReply(
        subscription=QuerySubscriptionResponseBody(
            group=request.group,
            topic=request.topic,
            subscription_data=broker.consumers.subscription(request.group, request.topic),
        )
    )


@BROKER.handles(QueryConsumeTimeSpan)
def query_consume_time_span(
    broker: BrokerServer, request: QueryConsumeTimeSpan, exchange: Exchange
) -> QueryConsumeTimeSpanReply:
    """Say what period each queue of a topic covers, and how far a group is in it."""
    config = _known_topic(broker, request.topic)
    spans = [
        _time_span(broker, request, queue_id)
        for queue_id in range(max(config.read_queue_nums, config.write_queue_nums))
    ]
    return QueryConsumeTimeSpanReply(time_spans=QueryConsumeTimeSpanBody(consume_time_span_set=spans))


def _time_span(broker: BrokerServer, request: QueryConsumeTimeSpan, queue_id: int) -> QueueTimeSpan:
    queue = broker.store.queue(request.topic, queue_id)
    oldest, newest = queue.at(queue.min_offset), queue.at(queue.max_offset - 1)
    consumed = queue.at(broker.offsets.committed(request.group, request.topic, queue_id) - 1)
    first = -1 if oldest is None else oldest.store_timestamp
    last = -1 if newest is None else newest.store_timestamp
    reached = first if consumed is None else consumed.store_timestamp
    return QueueTimeSpan(
        message_queue=MessageQueue(request.topic, broker.name, queue_id),
        min_time_stamp=first,
        max_time_stamp=last,
        consume_time_stamp=reached,
        delay_time=max(0, last - reached),
        min_time_stamp_str=_written(first),
        max_time_stamp_str=_written(last),
        consume_time_stamp_str=_written(reached),
    )


def _written(timestamp: int) -> str:
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(timestamp // 1000))
    return f"{moment},{timestamp % 1000:03d}"


@BROKER.handles(
    ViewBrokerStatsData,
    absent={"stats_name": "null", "stats_key": "null"},
    simplified="minute, hour and day all hold what was counted since the start",
)
def view_broker_stats_data(
    broker: BrokerServer, request: ViewBrokerStatsData, exchange: Exchange
) -> ViewBrokerStatsDataReply:
    """Give a counter; what it counted since the start counts for every period."""
    value = broker.stats.value(request.stats_name, request.stats_key)
    if value is None:
        raise Refusal(ResponseCode.SYSTEM_ERROR, f"The stats <{request.stats_name}> <{request.stats_key}> not exist")
    item = BrokerStatsItem(sum=value, tps=broker.stats.per_second(value))
    return ViewBrokerStatsDataReply(stats=BrokerStatsData(stats_minute=item, stats_hour=item, stats_day=item))


def _known_topic(broker: BrokerServer, topic: str) -> TopicConfig:
    config = broker.topics.get(topic)
    if config is None:
        raise Refusal(ResponseCode.TOPIC_NOT_EXIST, f"topic[{topic}] not exist")
    return config
