"""Acknowledging popped messages, and hiding them for longer (5.x)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pyrocketmq.broker.plan import call
from pyrocketmq.broker.retry import RESEND_UNSENT, RetryPolicy
from pyrocketmq.model.bodies import BatchAck, BatchAckMessageRequestBody
from pyrocketmq.model.pop import ReceiptHandle
from pyrocketmq.model.requests import AckMessage, BatchAckMessage, ChangeMessageInvisibletime

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan


def ack_message(
    context: ClientContext,
    consumer_group: str,
    topic: str,
    receipt_handle: str | None,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = RESEND_UNSENT,
) -> Plan[None]:
    """Say that a popped message is consumed (ACK_MESSAGE, 200051; from 5.0.0 on).

    After its invisible time this has no effect, and is no error either: the message comes again.

    Args:
        consumer_group: The group.
        topic: The topic that was popped, `topic` of the message.
        receipt_handle: `receipt_handle` of the message, or what `change_invisible_time` returned.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat. By default only what cannot have reached the broker.

    Raises:
        BrokerResponseError: the broker refused.
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.
        ValueError: the message was not popped, or the handle is none.

    Example:
        ```python
        client.ack_message("billing", message.topic, message.receipt_handle)
        ```
    """
    yield from call(context, ack_request(context, consumer_group, topic, receipt_handle), timeout, retry)


def batch_ack_messages(
    context: ClientContext,
    consumer_group: str,
    topic: str,
    receipt_handles: Iterable[str | None],
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = RESEND_UNSENT,
) -> Plan[None]:
    """Say that several popped messages are consumed (BATCH_ACK_MESSAGE, 200151; from 5.1.3 on).

    Args:
        consumer_group: The group.
        topic: The topic that was popped, `topic` of the messages.
        receipt_handles: Their receipt handles, from any pops of this broker; those that are void do no harm.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat. By default only what cannot have reached the broker.

    Raises:
        BrokerResponseError: the broker refused.
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.
        ValueError: there is no handle, a handle is none, or they come from several brokers.

    Example:
        ```python
        client.batch_ack_messages("billing", "orders", [message.receipt_handle for message in result.messages])
        ```
    """
    pops: defaultdict[ReceiptHandle, list[int]] = defaultdict(list)
    for text in receipt_handles:
        handle = _parse(text)
        pops[handle._replace(queue_offset=0)].append(handle.queue_offset - handle.start_offset)
    brokers = {pop.broker_name for pop in pops}
    if len(brokers) != 1:
        raise ValueError(f"expected receipt handles of one broker, found {', '.join(sorted(brokers)) or 'none'}")
    acks = [
        BatchAck(
            consumer_group=consumer_group,
            topic=topic,
            retry=pop.retry,
            start_offset=pop.start_offset,
            queue_id=pop.queue_id,
            revive_queue_id=pop.revive_queue_id,
            pop_time=pop.pop_time,
            invisible_time=pop.invisible_time,
            bit_set=BatchAck.bits_of(indexes),
        )
        for pop, indexes in pops.items()
    ]
    body = BatchAckMessageRequestBody(broker_name=brokers.pop(), acks=acks)
    yield from call(context, BatchAckMessage(batch_ack=body), timeout, retry)


def change_invisible_time(
    context: ClientContext,
    consumer_group: str,
    topic: str,
    receipt_handle: str | None,
    invisible_time: float,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = RESEND_UNSENT,
) -> Plan[str]:
    """Hide a popped message for longer, or less long (CHANGE_MESSAGE_INVISIBLETIME, 200053; from 5.0.0 on).

    Args:
        consumer_group: The group.
        topic: The topic that was popped, `topic` of the message.
        receipt_handle: `receipt_handle` of the message, or what this call returned before; void afterwards.
        invisible_time: For how many seconds from now on to hide it.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat. By default only what cannot have reached the broker.

    Returns:
        The receipt handle that acknowledges the message from now on.

    Raises:
        BrokerResponseError: the broker refused.
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time; which handle is the right one is unknown then.
        ValueError: the message was not popped, or the handle is none.

    Example:
        ```python
        handle = client.change_invisible_time("billing", message.topic, message.receipt_handle, 120)
        ```
    """
    handle = _parse(receipt_handle)
    request = ChangeMessageInvisibletime(
        consumer_group=consumer_group,
        topic=_topic_at_server(context, handle, consumer_group, topic),
        queue_id=handle.queue_id,
        extra_info=str(receipt_handle),
        offset=handle.queue_offset,
        invisible_time=round(invisible_time * 1000),
    )
    reply = yield from call(context, request, timeout, retry)
    changed = handle._replace(
        start_offset=handle.queue_offset,
        pop_time=reply.pop_time,
        invisible_time=reply.invisible_time,
        revive_queue_id=reply.revive_qid,
    )
    return str(changed)


def ack_request(context: ClientContext, consumer_group: str, topic: str, receipt_handle: str | None) -> AckMessage:
    """Return the request that acknowledges a message.

    Raises:
        ValueError: the handle is none.
    """
    handle = _parse(receipt_handle)
    return AckMessage(
        consumer_group=consumer_group,
        topic=_topic_at_server(context, handle, consumer_group, topic),
        queue_id=handle.queue_id,
        extra_info=str(receipt_handle),
        offset=handle.queue_offset,
    )


def _topic_at_server(context: ClientContext, handle: ReceiptHandle, consumer_group: str, topic: str) -> str:
    """Return the topic whose queue holds the message, which may be a retry topic."""
    return handle.topic_of(context.name_at_server(topic), context.name_at_server(consumer_group))


def _parse(receipt_handle: str | None) -> ReceiptHandle:
    if receipt_handle is None:
        raise ValueError("a message without a receipt handle was not popped")
    return ReceiptHandle.parse(receipt_handle)
