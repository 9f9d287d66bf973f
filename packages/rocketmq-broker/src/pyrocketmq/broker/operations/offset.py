"""Offsets: where groups stand in queues, and where queues begin and end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.plan import call, tell
from pyrocketmq.broker.retry import REPEAT_READS, RetryPolicy
from pyrocketmq.model.requests import (
    GetEarliestMsgStoretime,
    GetMaxOffset,
    GetMinOffset,
    QueryConsumerOffset,
    SearchOffsetByTimestamp,
    UpdateConsumerOffset,
)

if TYPE_CHECKING:
    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan


def query_consumer_offset(
    context: ClientContext,
    consumer_group: str,
    topic: str,
    queue_id: int,
    timeout: float | None = None,
    *,
    set_zero_if_not_found: bool | None = None,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[int]:
    """Ask where a group stands in a queue (QUERY_CONSUMER_OFFSET, 14).

    Brokers answer 0 for a group that has committed nothing, as long as the queue still starts at 0.

    Args:
        consumer_group: The group.
        topic: The topic.
        queue_id: The queue's number, from 0.
        timeout: Seconds for the whole call; by default the client's.
        set_zero_if_not_found: `False` asks a 5.x broker to refuse instead of answering 0; 4.9 ignores it.
        retry: What to repeat; `None` for nothing.

    Returns:
        The offset of the next message that the group will consume.

    Raises:
        OffsetError: the broker has no offset for this group and queue.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        offset = client.query_consumer_offset("billing", "orders", 0)
        ```
    """
    request = QueryConsumerOffset(
        consumer_group=consumer_group,
        topic=topic,
        queue_id=queue_id,
        set_zero_if_not_found=set_zero_if_not_found,
    )
    reply = yield from call(context, request, timeout, retry)
    return reply.offset


def update_consumer_offset(
    context: ClientContext,
    consumer_group: str,
    topic: str,
    queue_id: int,
    commit_offset: int,
    *,
    wait: bool = False,
    timeout: float | None = None,
) -> Plan[None]:
    """Commit where a group stands in a queue (UPDATE_CONSUMER_OFFSET, 15).

    One-way by default: the broker says nothing, not even when it refuses. A 5.x broker refuses groups that it has
    never seen; a pull or a heartbeat makes a group known.

    Args:
        consumer_group: The group.
        topic: The topic.
        queue_id: The queue's number, from 0.
        commit_offset: Offset of the next message to consume; forwards or backwards, brokers do not check the range.
        wait: Wait for the broker's confirmation.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        OffsetError: the broker refused (only with `wait`).
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time, or the request could not be written in time.

    Example:
        ```python
        client.update_consumer_offset("billing", "orders", 0, result.next_begin_offset, wait=True)
        ```
    """
    request = UpdateConsumerOffset(
        consumer_group=consumer_group, topic=topic, queue_id=queue_id, commit_offset=commit_offset
    )
    if wait:
        yield from call(context, request, timeout)
    else:
        yield from tell(context, request, timeout)


def search_offset_by_timestamp(
    context: ClientContext,
    topic: str,
    queue_id: int,
    timestamp: int,
    timeout: float | None = None,
    *,
    boundary: str | None = None,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[int]:
    """Find the offset that belongs to a time (SEARCH_OFFSET_BY_TIMESTAMP, 29).

    Args:
        topic: The topic.
        queue_id: The queue's number, from 0.
        timestamp: Milliseconds since the epoch, compared with the time at which the broker stored a message.
        timeout: Seconds for the whole call; by default the client's.
        boundary: `"lower"` for the first message at or after the time, `"upper"` for the last one at or before it
            (5.1.4 and later); the broker's default is lower.
        retry: What to repeat; `None` for nothing.

    Returns:
        The offset. For a time after all messages 5.x gives the end of the queue, 4.9 its last message.

    Raises:
        OffsetError: the broker refused.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        an_hour_ago = int((time.time() - 3600) * 1000)
        offset = client.search_offset_by_timestamp("orders", 0, an_hour_ago)
        ```
    """
    request = SearchOffsetByTimestamp(topic=topic, queue_id=queue_id, timestamp=timestamp, boundary_type=boundary)
    reply = yield from call(context, request, timeout, retry)
    return reply.offset


def get_max_offset(
    context: ClientContext,
    topic: str,
    queue_id: int,
    timeout: float | None = None,
    *,
    committed: bool | None = None,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[int]:
    """Ask for the end of a queue (GET_MAX_OFFSET, 30).

    Args:
        topic: The topic.
        queue_id: The queue's number, from 0.
        timeout: Seconds for the whole call; by default the client's.
        committed: Whether only messages count that replicas have confirmed; brokers take that for granted (5.x).
        retry: What to repeat; `None` for nothing.

    Returns:
        The offset that the next message will get; 0 for a topic or queue that does not exist.

    Raises:
        OffsetError: the broker refused.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        end = client.get_max_offset("orders", 0)
        ```
    """
    request = GetMaxOffset(topic=topic, queue_id=queue_id, committed=committed)
    reply = yield from call(context, request, timeout, retry)
    return reply.offset


def get_min_offset(
    context: ClientContext,
    topic: str,
    queue_id: int,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[int]:
    """Ask for the start of a queue (GET_MIN_OFFSET, 31).

    Args:
        topic: The topic.
        queue_id: The queue's number, from 0.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The offset of the oldest message that the broker still has; 0 for a topic or queue that does not exist.

    Raises:
        OffsetError: the broker refused.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        start = client.get_min_offset("orders", 0)
        ```
    """
    reply = yield from call(context, GetMinOffset(topic=topic, queue_id=queue_id), timeout, retry)
    return reply.offset


def get_earliest_store_time(
    context: ClientContext,
    topic: str,
    queue_id: int,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[int | None]:
    """Ask when the oldest message of a queue was stored (GET_EARLIEST_MSG_STORETIME, 32).

    Args:
        topic: The topic.
        queue_id: The queue's number, from 0.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        Milliseconds since the epoch by the broker's clock; `None` for a queue that is empty or does not exist.

    Raises:
        OffsetError: the broker refused.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        stored = client.get_earliest_store_time("orders", 0)
        ```
    """
    reply = yield from call(context, GetEarliestMsgStoretime(topic=topic, queue_id=queue_id), timeout, retry)
    return None if reply.timestamp < 0 else reply.timestamp
