"""Sending messages, one at a time and in batches."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pyrocketmq.broker.message_telemetry import sends
from pyrocketmq.broker.outgoing import BatchBody, SendOptions, outgoing_batch, outgoing_message
from pyrocketmq.broker.plan import Ask, tell
from pyrocketmq.broker.retry import RESEND_UNSENT, RetryPolicy
from pyrocketmq.model import MessageQueue, SendMessageResult
from pyrocketmq.model.requests import SendMessageReply, SendMessageV2
from pyrocketmq.model.result_data import SEND_STATUS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan


@sends
def sync_send_message(
    context: ClientContext,
    producer_group: str,
    body: bytes,
    mq: MessageQueue,
    properties: Mapping[str, str] | None = None,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = RESEND_UNSENT,
    **options: Unpack[SendOptions],
) -> Plan[SendMessageResult]:
    """Send one message and wait until the broker has stored it (SEND_MESSAGE_V2, 310).

    Args:
        producer_group: The producer's group; need not be known to the broker.
        body: The content, 1 byte to 4 MiB.
        mq: The queue; with `queue_id` -1 the broker chooses one. The topic is created if the broker is set so.
        properties: Properties of the message; names and values must not be empty.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat. By default only what cannot have reached the broker; repeating more can store the
            message twice.
        options: See `SendOptions`.

    Returns:
        The ids and the offset of the message. A status other than `SEND_OK` says that it is stored, but not yet as
        safely as the broker is set.

    Raises:
        BrokerResponseError: the broker refused.
        BrokerConnectionError: the connection failed; `may_have_arrived` tells whether the message may be stored.
        BrokerTimeoutError: no answer in time; the message may be stored.
        ValueError: the broker would not take the message: it is empty, too large, or has a bad topic or property.

    Example:
        ```python
        mq = MessageQueue(topic="orders", broker_name="broker-a", queue_id=0)
        result = client.sync_send_message("shop", b"order 17", mq, keys=["17"])
        ```
    """
    unique_id, request = outgoing_message(SendMessageV2, context, producer_group, body, mq, properties, options)
    return Ask(context, request, timeout, retry, partial(send_result, unique_id, mq))


@sends
def oneway_send_message(
    context: ClientContext,
    producer_group: str,
    body: bytes,
    mq: MessageQueue,
    properties: Mapping[str, str] | None = None,
    timeout: float | None = None,
    **options: Unpack[SendOptions],
) -> Plan[None]:
    """Send one message without an answer (SEND_MESSAGE_V2, 310, one-way).

    The broker does not answer even where it refuses the message. For logs and the like.

    Args:
        producer_group: The producer's group; need not be known to the broker.
        body: The content, 1 byte to 4 MiB.
        mq: The queue; with `queue_id` -1 the broker chooses one.
        properties: Properties of the message; names and values must not be empty.
        timeout: Seconds for writing the request; by default the client's.
        options: See `SendOptions`.

    Raises:
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: the request could not be written in time.
        ValueError: the broker would not take the message: it is empty, too large, or has a bad topic or property.

    Example:
        ```python
        client.oneway_send_message("log_producer", b"a line", mq)
        ```
    """
    _, request = outgoing_message(SendMessageV2, context, producer_group, body, mq, properties, options)
    yield from tell(context, request, timeout)


@sends
def sync_batch_send_message(
    context: ClientContext,
    producer_group: str,
    body: BatchBody,
    mq: MessageQueue,
    properties: Mapping[str, str] | None = None,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = RESEND_UNSENT,
    **options: Unpack[SendOptions],
) -> Plan[SendMessageResult]:
    """Send several messages to one queue in one request (SEND_BATCH_MESSAGE, 320).

    The broker stores all of them, at consecutive offsets, or none.

    Args:
        producer_group: The producer's group; need not be known to the broker.
        body: The messages: a sequence of bodies or of `Message`; or bytes that are a batch already. Other bytes
            become a batch of one message.
        mq: The queue; with `queue_id` -1 the broker chooses one.
        properties: Properties of every message.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat. By default only what cannot have reached the broker.
        options: Options of every message, see `SendOptions`; a batch cannot be delayed.

    Returns:
        The ids of all messages, joined by commas, and the offset of the first.

    Raises:
        BrokerResponseError: the broker refused.
        BrokerConnectionError: the connection failed; `may_have_arrived` tells whether the messages may be stored.
        BrokerTimeoutError: no answer in time; the messages may be stored.
        ValueError: the broker would not take the batch; where it is too large, divide it with `split_batch`.

    Example:
        ```python
        result = client.sync_batch_send_message("shop", [b"one", Message("orders", b"two", tags="urgent")], mq)
        ```
    """
    unique_id, request = outgoing_batch(context, producer_group, body, mq, properties, options)
    return Ask(context, request, timeout, retry, partial(send_result, unique_id, mq))


@sends
def oneway_batch_send_message(
    context: ClientContext,
    producer_group: str,
    body: BatchBody,
    mq: MessageQueue,
    properties: Mapping[str, str] | None = None,
    timeout: float | None = None,
    **options: Unpack[SendOptions],
) -> Plan[None]:
    """Send several messages to one queue without an answer (SEND_BATCH_MESSAGE, 320, one-way).

    Args:
        producer_group: The producer's group; need not be known to the broker.
        body: The messages, as `sync_batch_send_message` takes them.
        mq: The queue; with `queue_id` -1 the broker chooses one.
        properties: Properties of every message.
        timeout: Seconds for writing the request; by default the client's.
        options: Options of every message, see `SendOptions`; a batch cannot be delayed.

    Raises:
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: the request could not be written in time.
        ValueError: the broker would not take the batch; where it is too large, divide it with `split_batch`.

    Example:
        ```python
        client.oneway_batch_send_message("log_producer", [b"line 1", b"line 2"], mq)
        ```
    """
    _, request = outgoing_batch(context, producer_group, body, mq, properties, options)
    yield from tell(context, request, timeout)


def send_result(unique_id: str, mq: MessageQueue, reply: SendMessageReply) -> SendMessageResult:
    """Return what an application sees of the answer to a send."""
    if reply.queue_id != mq.queue_id:
        mq = mq._replace(queue_id=reply.queue_id)
    return SendMessageResult(
        SEND_STATUS[reply.code],
        unique_id or reply.msg_id,
        reply.msg_id,
        mq,
        reply.queue_offset,
        reply.transaction_id,
        reply.msg_region,
        reply.recall_handle,
    )
