"""Finding messages by key, by id, and by their place in a queue's index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.errors import BrokerError
from pyrocketmq.broker.plan import call
from pyrocketmq.broker.retry import REPEAT_READS, RetryPolicy
from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.model.message_id import decode_offset_message_id
from pyrocketmq.model.requests import QueryConsumeQueue, QueryMessage, ViewMessageById

if TYPE_CHECKING:
    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan
    from pyrocketmq.model import MessageExt
    from pyrocketmq.model.bodies import QueryConsumeQueueResponseBody

_END_OF_TIME = 2**63 - 1


def query_message(
    context: ClientContext,
    topic: str,
    key: str,
    max_num: int = 32,
    begin_timestamp: int = 0,
    end_timestamp: int = _END_OF_TIME,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[list[MessageExt]]:
    """Find messages by one of their keys (QUERY_MESSAGE, 12).

    The broker's index follows its messages with a delay, usually less than half a second.

    Args:
        topic: The topic.
        key: The key.
        max_num: How many messages at most; brokers give no more than 64.
        begin_timestamp: Earliest store time in milliseconds since the epoch.
        end_timestamp: Latest store time in milliseconds since the epoch.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The messages, newest first; empty where there is none. Brokers compare keys by hash; messages whose key only
        shares the hash are left out here.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        for message in client.query_message("orders", "order-17"):
            print(message.queue_id, message.queue_offset)
        ```
    """
    messages = yield from _query(context, topic, key, max_num, begin_timestamp, end_timestamp, timeout, retry)
    return [message for message in messages if key in message.keys]


def query_message_by_unique_key(
    context: ClientContext,
    topic: str,
    msg_id: str,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[list[MessageExt]]:
    """Find messages by their unique id, the `msg_id` of a send (QUERY_MESSAGE, 12).

    Args:
        topic: The topic.
        msg_id: The id.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The messages, newest first: none where the index does not have it yet, more than one where it was sent again.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        stored = client.query_message_by_unique_key("orders", result.msg_id)
        ```
    """
    # Without the field that says what kind of key it is: brokers find the id all the same, and disagree on whether a
    # signature covers that field.
    messages = yield from _query(context, topic, msg_id, 32, 0, _END_OF_TIME, timeout, retry)
    return [message for message in messages if message.msg_id == msg_id]


def _query(
    context: ClientContext,
    topic: str,
    key: str,
    max_num: int,
    begin_timestamp: int,
    end_timestamp: int,
    timeout: float | None,
    retry: RetryPolicy | None,
) -> Plan[list[MessageExt]]:
    request = QueryMessage(
        topic=topic, key=key, max_num=max_num, begin_timestamp=begin_timestamp, end_timestamp=end_timestamp
    )
    try:
        reply = yield from call(context, request, timeout, retry)
    except BrokerError as error:
        if error.response_code == ResponseCode.QUERY_NOT_FOUND:
            return []
        raise
    return reply.messages


def view_message(
    context: ClientContext,
    offset_msg_id: str,
    topic: str | None = None,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[MessageExt]:
    """Read the message with an offset id (VIEW_MESSAGE_BY_ID, 33).

    The id names the broker that stored the message; this client's broker has to be that one.

    Args:
        offset_msg_id: The id, `offset_msg_id` of a send or a message.
        topic: The topic, for those brokers that want it.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The message.

    Raises:
        BrokerSystemError: there is no such message.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.
        ProtocolError: the text is no offset id.

    Example:
        ```python
        message = client.view_message(sent.offset_msg_id)
        ```
    """
    request = ViewMessageById(offset=decode_offset_message_id(offset_msg_id).commit_log_offset, topic=topic)
    reply = yield from call(context, request, timeout, retry)
    return reply.message


def query_consume_queue(
    context: ClientContext,
    topic: str,
    queue_id: int,
    index: int,
    count: int = 32,
    consumer_group: str | None = None,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[QueryConsumeQueueResponseBody]:
    """Read entries of a queue's index (QUERY_CONSUME_QUEUE, 321), to see why a group does not get a message.

    Args:
        topic: The topic.
        queue_id: The queue's number, from 0.
        index: Offset of the first entry.
        count: How many entries at most.
        consumer_group: A connected group whose filter should judge the entries.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The entries, each with place and size of a message, and the ends of the queue.

    Raises:
        BrokerSystemError: there is no such queue.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        for entry in client.query_consume_queue("orders", 0, 0).queue_data:
            print(entry.physic_offset, entry.tags_code)
        ```
    """
    request = QueryConsumeQueue(topic=topic, queue_id=queue_id, index=index, count=count, consumer_group=consumer_group)
    reply = yield from call(context, request, timeout, retry)
    return reply.consume_queue
