"""Connected clients: who they are, and questions that the broker passes on to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.plan import call
from pyrocketmq.broker.retry import REPEAT_READS, RESEND_UNSENT, RetryPolicy
from pyrocketmq.model.requests import (
    ConsumeMessageDirectly,
    GetAllProducerInfo,
    GetConsumerConnectionList,
    GetConsumerRunningInfo,
    GetProducerConnectionList,
    InvokeBrokerToGetConsumerStatus,
)

if TYPE_CHECKING:
    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan
    from pyrocketmq.model import MessageQueue
    from pyrocketmq.model.bodies import (
        Connection,
        ConsumeMessageDirectlyResult,
        ConsumerConnection,
        ConsumerRunningInfo,
        ProducerInfo,
    )


def get_consumer_connections(
    context: ClientContext,
    consumer_group: str,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[ConsumerConnection]:
    """Ask for the connections of a consumer group, and what it subscribes (GET_CONSUMER_CONNECTION_LIST, 203).

    Args:
        consumer_group: The group.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The members with id, address, language and version, and the subscriptions by topic.

    Raises:
        BrokerResponseError: no member is connected (CONSUMER_NOT_ONLINE).
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        for connection in client.get_consumer_connections("billing").connection_set:
            print(connection.client_id, connection.client_addr)
        ```
    """
    reply = yield from call(context, GetConsumerConnectionList(consumer_group=consumer_group), timeout, retry)
    return reply.connections


def get_producer_connections(
    context: ClientContext,
    producer_group: str,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[list[Connection]]:
    """Ask for the connections of a producer group (GET_PRODUCER_CONNECTION_LIST, 204).

    Args:
        producer_group: The group.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The connections; 4.9 knows a group without any for a while.

    Raises:
        BrokerSystemError: no member is connected.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        for connection in client.get_producer_connections("shop"):
            print(connection.client_id, connection.client_addr)
        ```
    """
    reply = yield from call(context, GetProducerConnectionList(producer_group=producer_group), timeout, retry)
    return reply.connections.connection_set


def get_producers(
    context: ClientContext, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[dict[str, list[ProducerInfo]]]:
    """Ask for all connected producers (GET_ALL_PRODUCER_INFO, 328; from 4.9.4 on).

    Args:
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The producers by group.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        for group, producers in client.get_producers().items():
            print(group, len(producers))
        ```
    """
    reply = yield from call(context, GetAllProducerInfo(), timeout, retry)
    return reply.producers.data


def get_consumer_status(
    context: ClientContext,
    consumer_group: str,
    topic: str,
    client_id: str | None = None,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[dict[str, dict[MessageQueue, int]]]:
    """Ask members of a group where they stand (INVOKE_BROKER_TO_GET_CONSUMER_STATUS, 223).

    The broker asks each of them, up to five seconds each.

    Args:
        consumer_group: The group.
        topic: The topic.
        client_id: One member only; by default all.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        By client id the offset of each queue; members that do not answer are missing.

    Raises:
        BrokerSystemError: no member is connected.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        offsets = client.get_consumer_status("billing", "orders")
        ```
    """
    request = InvokeBrokerToGetConsumerStatus(topic=topic, group=consumer_group, client_addr=client_id)
    reply = yield from call(context, request, timeout, retry)
    return reply.status.consumer_table


def get_consumer_running_info(
    context: ClientContext,
    consumer_group: str,
    client_id: str,
    timeout: float | None = None,
    *,
    jstack: bool = False,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[ConsumerRunningInfo]:
    """Ask a member of a group about its inner life (GET_CONSUMER_RUNNING_INFO, 307).

    Args:
        consumer_group: The group.
        client_id: The member.
        timeout: Seconds for the whole call; by default the client's. The broker waits ten for the member.
        jstack: Whether it should list its threads.
        retry: What to repeat; `None` for nothing.

    Returns:
        What the member tells: settings, subscriptions, its queues, rates, and its threads if they were asked for.

    Raises:
        BrokerSystemError: the member is not connected.
        BrokerResponseError: it did not answer (CONSUME_MSG_TIMEOUT).
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        for client_id in client.get_consumer_list("billing"):
            print(client.get_consumer_running_info("billing", client_id).properties)
        ```
    """
    request = GetConsumerRunningInfo(consumer_group=consumer_group, client_id=client_id, jstack_enable=jstack)
    reply = yield from call(context, request, timeout, retry)
    return reply.running_info


def consume_message_directly(
    context: ClientContext,
    consumer_group: str,
    client_id: str,
    offset_msg_id: str,
    timeout: float | None = None,
    *,
    topic: str | None = None,
    broker_name: str | None = None,
    retry: RetryPolicy | None = RESEND_UNSENT,
) -> Plan[ConsumeMessageDirectlyResult]:
    """Have a member of a group consume one message now (CONSUME_MESSAGE_DIRECTLY, 309).

    Args:
        consumer_group: The group.
        client_id: The member.
        offset_msg_id: Offset id of the message, which this broker has to store.
        timeout: Seconds for the whole call; by default the client's. The broker waits ten for the member.
        topic: The topic, for those brokers that want it.
        broker_name: The broker's name, for those members that want it.
        retry: What to repeat. By default only what cannot have reached the broker.

    Returns:
        What the member made of it.

    Raises:
        BrokerSystemError: the member is not connected, does not do this, or the message is not there.
        BrokerResponseError: it did not answer (CONSUME_MSG_TIMEOUT).
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time; the message may be consumed.

    Example:
        ```python
        result = client.consume_message_directly("billing", client_id, message.offset_msg_id, topic="orders")
        ```
    """
    request = ConsumeMessageDirectly(
        consumer_group=consumer_group, client_id=client_id, msg_id=offset_msg_id, topic=topic, broker_name=broker_name
    )
    reply = yield from call(context, request, timeout, retry)
    return reply.result
