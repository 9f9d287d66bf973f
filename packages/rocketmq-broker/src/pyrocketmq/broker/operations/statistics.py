"""Statistics: topics, groups and the broker in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.plan import call
from pyrocketmq.broker.retry import REPEAT_READS, RetryPolicy
from pyrocketmq.model.requests import (
    GetBrokerConsumeStats,
    GetConsumeStats,
    GetTopicStatsInfo,
    QueryConsumeTimeSpan,
    QuerySubscriptionByConsumer,
    QueryTopicConsumeByWho,
    QueryTopicsByConsumer,
    ViewBrokerStatsData,
)

if TYPE_CHECKING:
    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan
    from pyrocketmq.model.bodies import (
        BrokerStatsData,
        ConsumeStats,
        ConsumeStatsList,
        QueueTimeSpan,
        SubscriptionData,
        TopicStatsTable,
    )


def get_topic_stats(
    context: ClientContext, topic: str, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[TopicStatsTable]:
    """Ask where the queues of a topic begin and end (GET_TOPIC_STATS_INFO, 202).

    Args:
        topic: The topic.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        Ends, and the time of the last message, by queue.

    Raises:
        BrokerResponseError: there is no such topic.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        for mq, ends in client.get_topic_stats("orders").offset_table.items():
            print(mq.queue_id, ends.min_offset, ends.max_offset)
        ```
    """
    reply = yield from call(context, GetTopicStatsInfo(topic=topic), timeout, retry)
    return reply.stats


def get_consume_stats(
    context: ClientContext,
    consumer_group: str,
    topic: str | None = None,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[ConsumeStats]:
    """Ask where a group stands (GET_CONSUME_STATS, 208).

    Args:
        consumer_group: The group.
        topic: One topic only; by default every topic that the group has offsets in.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        End of the queue and offset of the group (0 for none), by queue. Without a topic, empty for a group that has
        no offsets.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        stats = client.get_consume_stats("billing", "orders")
        lag = sum(entry.broker_offset - entry.consumer_offset for entry in stats.offset_table.values())
        ```
    """
    reply = yield from call(context, GetConsumeStats(consumer_group=consumer_group, topic=topic), timeout, retry)
    return reply.stats


def get_broker_consume_stats(
    context: ClientContext,
    is_order: bool = False,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[ConsumeStatsList]:
    """Ask where all groups stand (GET_BROKER_CONSUME_STATS, 317).

    Args:
        is_order: Only topics that are ordered, instead of those that are not.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        For each group the offsets of its topics' queues, and the lag of all together, in messages.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        behind = client.get_broker_consume_stats().total_diff
        ```
    """
    reply = yield from call(context, GetBrokerConsumeStats(is_order=is_order), timeout, retry)
    return reply.stats


def query_consume_time_span(
    context: ClientContext,
    consumer_group: str,
    topic: str,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[list[QueueTimeSpan]]:
    """Ask what periods the queues of a topic cover, and how far a group is in them (QUERY_CONSUME_TIME_SPAN, 303).

    Args:
        consumer_group: The group.
        topic: The topic.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        For each queue the times of the oldest, the newest and the last consumed message, in milliseconds since the
        epoch.

    Raises:
        BrokerResponseError: there is no such topic.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        late = max(span.delay_time for span in client.query_consume_time_span("billing", "orders"))
        ```
    """
    reply = yield from call(context, QueryConsumeTimeSpan(topic=topic, group=consumer_group), timeout, retry)
    return reply.time_spans.consume_time_span_set


def query_topic_consume_by_who(
    context: ClientContext, topic: str, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[list[str]]:
    """Ask which groups consume a topic (QUERY_TOPIC_CONSUME_BY_WHO, 300): connected ones, and those with an offset.

    Args:
        topic: The topic.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The groups, in no order.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        groups = client.query_topic_consume_by_who("orders")
        ```
    """
    reply = yield from call(context, QueryTopicConsumeByWho(topic=topic), timeout, retry)
    return reply.groups.group_list


def query_topics_by_consumer(
    context: ClientContext,
    consumer_group: str,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[list[str]]:
    """Ask which topics a group has offsets in (QUERY_TOPICS_BY_CONSUMER, 343; from 5.0.0 on).

    Args:
        consumer_group: The group.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The names of the topics.

    Raises:
        BrokerResponseError: the broker is too old.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        topics = client.query_topics_by_consumer("billing")
        ```
    """
    reply = yield from call(context, QueryTopicsByConsumer(group=consumer_group), timeout, retry)
    return reply.topics.topic_list


def query_subscription_by_consumer(
    context: ClientContext,
    consumer_group: str,
    topic: str,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[SubscriptionData | None]:
    """Ask what a group subscribes of a topic (QUERY_SUBSCRIPTION_BY_CONSUMER, 345; from 5.0.0 on).

    Args:
        consumer_group: The group.
        topic: The topic.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The subscription; `None` where no member is connected, or none subscribes the topic.

    Raises:
        BrokerResponseError: the broker is too old.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        subscription = client.query_subscription_by_consumer("billing", "orders")
        ```
    """
    request = QuerySubscriptionByConsumer(group=consumer_group, topic=topic)
    reply = yield from call(context, request, timeout, retry)
    return reply.subscription.subscription_data


def view_broker_stats_data(
    context: ClientContext,
    stats_name: str,
    stats_key: str,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[BrokerStatsData]:
    """Ask for one statistic of a broker (VIEW_BROKER_STATS_DATA, 315).

    Args:
        stats_name: Its name, `"TOPIC_PUT_NUMS"` for instance.
        stats_key: Of what: a topic, `topic@group`, `queue@topic@group`, or the cluster, as the name wants it. A
            namespace is not added.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The statistic over the last minute, hour and day.

    Raises:
        BrokerSystemError: there is no such statistic.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        sent = client.view_broker_stats_data("TOPIC_PUT_NUMS", "orders").stats_minute.sum
        ```
    """
    request = ViewBrokerStatsData(stats_name=stats_name, stats_key=stats_key)
    reply = yield from call(context, request, timeout, retry)
    return reply.stats
