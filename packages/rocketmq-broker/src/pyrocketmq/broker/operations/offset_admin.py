"""Offsets of whole groups: resetting, copying and listing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.plan import call
from pyrocketmq.broker.retry import REPEAT_READS, RetryPolicy
from pyrocketmq.model.requests import (
    CloneGroupOffset,
    GetAllConsumerOffset,
    GetAllDelayOffset,
    InvokeBrokerToResetOffset,
    QueryCorrectionOffset,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan
    from pyrocketmq.model import MessageQueue

TO_END = -1
"""Instead of a time: the end of each queue."""


def reset_offset(
    context: ClientContext,
    consumer_group: str,
    topic: str,
    timestamp: int,
    *,
    is_force: bool = True,
    queue_id: int | None = None,
    offset: int | None = None,
    timeout: float | None = None,
) -> Plan[dict[MessageQueue, int]]:
    """Have a group go on at another time (INVOKE_BROKER_TO_RESET_OFFSET, 222).

    5.x moves the offsets on the broker, whether anyone of the group is connected or not; the next pull of each queue
    is answered with `OFFSET_ILLEGAL` and the new offset. 4.9 has the connected members move them, see
    `register_consumer`; each queue needs an offset before.

    Args:
        consumer_group: The group.
        topic: The topic.
        timestamp: Milliseconds since the epoch; -1 for the end of each queue.
        is_force: Also where that moves the group forwards (4.9; 5.x always does).
        queue_id: One queue only (5.x).
        offset: This offset of that queue instead of a time (5.x).
        timeout: Seconds for the whole call; by default the client's.

    Returns:
        The new offset of each queue.

    Raises:
        OffsetError: the broker refused: there is no such topic, the offset lies outside the queue, or on 4.9 nobody
            is connected or a queue has no offset yet.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time; the offsets may be moved.

    Example:
        ```python
        an_hour_ago = int((time.time() - 3600) * 1000)
        client.reset_offset("billing", "orders", an_hour_ago)
        ```
    """
    request = InvokeBrokerToResetOffset(
        topic=topic, group=consumer_group, timestamp=timestamp, is_force=is_force, queue_id=queue_id, offset=offset
    )
    reply = yield from call(context, request, timeout)
    return reply.offsets.offset_table


def clone_group_offset(
    context: ClientContext,
    src_group: str,
    dest_group: str,
    topic: str | None = None,
    *,
    offline: bool = False,
    timeout: float | None = None,
) -> Plan[None]:
    """Give one group the offsets of another (CLONE_GROUP_OFFSET, 314).

    Args:
        src_group: The group whose offsets are copied.
        dest_group: The group that gets them.
        topic: One topic only; by default every topic of the first group.
        offline: Whether the first group is offline, for brokers that ask.
        timeout: Seconds for the whole call; by default the client's.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time; the offsets may be copied.

    Example:
        ```python
        client.clone_group_offset("billing", "billing-copy", "orders")
        ```
    """
    request = CloneGroupOffset(src_group=src_group, dest_group=dest_group, topic=topic, offline=offline)
    yield from call(context, request, timeout)


def get_consumer_offsets(
    context: ClientContext, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[dict[str, dict[int, int]]]:
    """Ask for the offsets of all groups in all topics (GET_ALL_CONSUMER_OFFSET, 43).

    Args:
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        By `topic@group` the offset of each queue.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        offsets = client.get_consumer_offsets().get("orders@billing", {})
        ```
    """
    reply = yield from call(context, GetAllConsumerOffset(), timeout, retry)
    return reply.offsets.offset_table


def get_delay_offsets(
    context: ClientContext, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[dict[int, int]]:
    """Ask how far the delivery of delayed messages has come (GET_ALL_DELAY_OFFSET, 45).

    Args:
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The offset of each delay level.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        delivered = client.get_delay_offsets().get(1, 0)
        ```
    """
    reply = yield from call(context, GetAllDelayOffset(), timeout, retry)
    return reply.offsets.offset_table


def query_correction_offset(
    context: ClientContext,
    compare_group: str,
    topic: str,
    filter_groups: Iterable[str] = (),
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[dict[int, int]]:
    """Ask for the least offsets of the groups in a topic (QUERY_CORRECTION_OFFSET, 308).

    Args:
        compare_group: The group whose offsets should not be passed.
        topic: The topic.
        filter_groups: Groups to leave out.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The offset of each queue.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        slowest = client.query_correction_offset("billing", "orders")
        ```
    """
    request = QueryCorrectionOffset(
        compare_group=compare_group, topic=topic, filter_groups=",".join(filter_groups) or None
    )
    reply = yield from call(context, request, timeout, retry)
    return reply.offsets.correction_offsets
